from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb

from tests.jobs.importers.made import brought, seen, trackline
from tests.servers import ROOT, clean_environment


def exported(source: Path, folder: Path, *flags: str) -> str:
    done = trackline("export", folder, "--format", "parquet", "--backend-store-uri", f"sqlite:///{source}", *flags)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def asked(folder: Path, query: str) -> list[Any]:
    """What DuckDB answers; a table's name stands for its file."""
    with duckdb.connect() as connection:
        for table in ("runs", "params", "tags", "metrics"):
            connection.execute(f"CREATE VIEW {table} AS FROM '{folder}/{table}.parquet'")
        return connection.execute(query).fetchall()


def test_duckdb_reads_from_the_files_what_a_client_sees(mlflow_database: Path, tmp_path: Path) -> None:
    brought(mlflow_database, f"sqlite:///{tmp_path / 'trackline.db'}")
    folder = tmp_path / "tables"
    assert "runs.parquet: 8 rows" in exported(tmp_path / "trackline.db", folder)
    there = seen("3.17", tmp_path, f"sqlite:///{mlflow_database}")["runs"]
    points: dict[str, Any] = {run_id: {key: [] for key in there[run_id]["points"]} for run_id in there}
    for run_id, key, *point, value in asked(
        folder, "SELECT run_id, key, epoch_ms(timestamp), step, value FROM metrics"
    ):
        points[run_id][key].append([*point, repr(value + 0.0)])
    for run_id, run in there.items():
        assert {key: sorted(series) for key, series in points[run_id].items()} == run["points"]
        for table in ("params", "tags"):
            assert dict(asked(folder, f"SELECT key, value FROM {table} WHERE run_id = '{run_id}'")) == run[table]
        columns = (
            "name, experiment_id, r.user, status, epoch_ms(start_time), epoch_ms(end_time), lifecycle, artifact_uri"
        )
        (row,) = asked(folder, f"SELECT {columns} FROM runs r WHERE run_id = '{run_id}'")
        assert [*row] == [*run["info"], *run["place"]]
    count, low, high = asked(folder, "SELECT count(*), min(value), max(value) FROM metrics WHERE key = 'odd'")[0]
    assert (count, low) == (8 * 7, -math.inf)
    assert math.isnan(high)


def test_some_experiments_are_exported_and_nothing_is_overwritten(mlflow_database: Path, tmp_path: Path) -> None:
    brought(mlflow_database, f"sqlite:///{tmp_path / 'trackline.db'}")
    folder = tmp_path / "tables"
    exported(tmp_path / "trackline.db", folder, "--experiment", "second")
    assert asked(folder, "SELECT DISTINCT experiment FROM runs") == [("second",)]
    source = f"sqlite:///{tmp_path / 'trackline.db'}"
    done = trackline("export", folder, "--format", "parquet", "--backend-store-uri", source)
    assert done.returncode == 2
    assert f"There is something at {folder} already." in done.stderr


def test_without_the_library_the_command_says_how_to_get_it(mlflow_database: Path, tmp_path: Path) -> None:
    brought(mlflow_database, f"sqlite:///{tmp_path / 'trackline.db'}")
    without = "import sys; sys.modules['pyarrow'] = None; from trackline.cli.main import main; main()"
    arguments = ["export", str(tmp_path / "tables"), "--format", "parquet"]
    done = subprocess.run(
        [sys.executable, "-c", without, *arguments, "--backend-store-uri", f"sqlite:///{tmp_path / 'trackline.db'}"],
        capture_output=True,
        text=True,
        check=False,
        env=clean_environment(PYTHONPATH=str(ROOT)),
    )
    assert done.returncode == 2
    assert "pip install 'trackline[parquet]'" in done.stderr
    assert not (tmp_path / "tables").exists()
