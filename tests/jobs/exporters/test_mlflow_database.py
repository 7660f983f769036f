from __future__ import annotations

import json
import math
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.databases import NOW_MS, Sqlite
from tests.jobs.importers.made import brought, mlflow, seen, trackline
from tools.client_environments import environment
from trackline.db.sqlite import SqliteTransaction, connect
from trackline.domain.entities import Metric
from trackline.jobs.exporters.mlflow_database import make_schema
from trackline.store.experiments import create_default_experiment
from trackline.store.metrics import log_points
from trackline.store.runs import NewRun, insert_run, run_number

Point: TypeAlias = tuple[int, int, float]

WIDE = st.integers(-(2**62), 2**62)
POINT = st.tuples(WIDE, st.integers(0, 2**53), st.floats(width=64))
HISTORIES = st.dictionaries(
    st.text("abcdef/._- 0123456789", min_size=1, max_size=20).filter(lambda name: name.strip("/. ") == name),
    st.lists(POINT, min_size=1, max_size=20),
    min_size=1,
    max_size=5,
)


def exported(source: Path, target: Path, *flags: str) -> str:
    done = trackline("export", target, "--backend-store-uri", f"sqlite:///{source}", *flags)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_mlflow_sees_the_same_after_a_journey_there_and_back(mlflow_database: Path, tmp_path: Path) -> None:
    brought(mlflow_database, f"sqlite:///{tmp_path / 'trackline.db'}")
    back = tmp_path / "back.db"
    exported(tmp_path / "trackline.db", back)
    assert seen("3.17", tmp_path, f"sqlite:///{back}") == seen("3.17", tmp_path, f"sqlite:///{mlflow_database}")


def test_mlflow_goes_on_with_an_exported_database(mlflow_database: Path, tmp_path: Path) -> None:
    brought(mlflow_database, f"sqlite:///{tmp_path / 'trackline.db'}")
    back = tmp_path / "back.db"
    exported(tmp_path / "trackline.db", back)
    mlflow("3.17", tmp_path, "grow", f"sqlite:///{back}")
    assert len(seen("3.17", tmp_path, f"sqlite:///{back}")["runs"]) == 9


def test_some_experiments_are_exported_without_the_others(mlflow_database: Path, tmp_path: Path) -> None:
    brought(mlflow_database, f"sqlite:///{tmp_path / 'trackline.db'}")
    exported(tmp_path / "trackline.db", tmp_path / "some.db", "--experiment", "second")
    with closing(sqlite3.connect(tmp_path / "some.db")) as written:
        assert written.execute("SELECT name FROM experiments").fetchall() == [("second",)]
        assert written.execute("SELECT count(*) FROM runs").fetchone() == (2,)
        assert written.execute("SELECT count(*) FROM registered_models").fetchone() == (0,)


def test_nothing_is_overwritten(mlflow_database: Path, tmp_path: Path) -> None:
    brought(mlflow_database, f"sqlite:///{tmp_path / 'trackline.db'}")
    there = tmp_path / "there.db"
    there.write_text("mine")
    done = trackline("export", there, "--backend-store-uri", f"sqlite:///{tmp_path / 'trackline.db'}")
    assert done.returncode == 2
    assert f"There is something at {there} already." in done.stderr
    assert there.read_text() == "mine"


def test_the_schema_is_the_one_that_mlflow_makes(made_database: Callable[[str], Path], tmp_path: Path) -> None:
    with (
        closing(sqlite3.connect(made_database("3.17"))) as theirs,
        closing(sqlite3.connect(tmp_path / "ours.db")) as ours,
    ):
        make_schema(ours)
        assert shape(ours) == shape(theirs)


def shape(connection: sqlite3.Connection) -> dict[str, Any]:
    """What counts of a schema: columns, keys, indexes and the names of constraints."""
    found: dict[str, Any] = {}
    for kind, name, table, sql in connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall():
        if kind == "table":
            keys = sorted(row[2:] for row in connection.execute(f"PRAGMA foreign_key_list('{name}')"))
            words = " ".join(sql.replace("(", " ").replace(")", " ").split())
            constraints = sorted(part.split()[0] for part in words.split("CONSTRAINT ")[1:])
            columns = sorted(row[1:] for row in connection.execute(f"PRAGMA table_xinfo('{name}')"))
            found[name] = [columns, keys, constraints, words.count("CHECK")]
        elif kind == "index":
            columns = [row[1:] for row in connection.execute(f"PRAGMA index_xinfo('{name}')")]
            unique = [row[2:] for row in connection.execute(f"PRAGMA index_list('{table}')") if row[1] == name]
            if not name.startswith("sqlite_autoindex"):
                found[name] = [table, [(row[1], row[2]) for row in columns], unique]
        else:
            found[name] = table
    found["version"] = connection.execute("SELECT * FROM alembic_version").fetchall()
    return found


READER = """
import json, sys
from mlflow import MlflowClient
client = MlflowClient(sys.argv[1])
print(json.dumps({
    run.info.run_id: {
        key: sorted(
            [one.step, one.timestamp, repr(one.value)] for one in client.get_metric_history(run.info.run_id, key)
        )
        for key in run.data.metrics
    }
    for run in client.search_runs(["0"], max_results=1000)
}))
"""


@pytest.mark.slow
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(HISTORIES, min_size=30, max_size=30))
def test_mlflows_client_reads_every_point_as_it_was_logged(
    histories: list[dict[str, list[Point]]], sqlite_engine: Sqlite, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("points")
    source = Path(shutil.copy(sqlite_engine.template, folder / "trackline.db"))
    with closing(connect(source)) as connection:
        tx = SqliteTransaction(connection, NOW_MS)
        create_default_experiment(tx, "mlflow-artifacts:/")
        for number, history in enumerate(histories):
            insert_run(tx, NewRun(f"run{number}", "0", "run", "ann", 1, []))
            run = run_number(tx, f"run{number}")
            for key, points in history.items():
                log_points(tx, run, [Metric(key, value, timestamp, step) for step, timestamp, value in points])
    exported(source, folder / "mlflow.db")
    command = [str(environment("3.17")), "-c", READER, f"sqlite:///{folder / 'mlflow.db'}"]
    read = json.loads(subprocess.run(command, capture_output=True, check=True, cwd=folder, text=True).stdout)
    expected = {
        f"run{number}": {
            key: sorted({(step, timestamp, as_mlflow(value)) for step, timestamp, value in points})
            for key, points in history.items()
        }
        for number, history in enumerate(histories)
    }
    assert read == json.loads(json.dumps(expected))


def as_mlflow(value: float) -> str:
    largest = sys.float_info.max
    return repr(value if math.isnan(value) else min(max(value, -largest), largest) + 0.0)
