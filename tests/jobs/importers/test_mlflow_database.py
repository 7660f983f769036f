from __future__ import annotations

import hashlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.databases import Engine
from tests.jobs.importers.made import GENERATIONS, brought, mlflow, seen, trackline
from tests.servers import ROOT, clean_environment, running_server


def digest(path: Path) -> tuple[str, int]:
    return hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns


@pytest.mark.parametrize("version", GENERATIONS)
def test_a_client_sees_the_same_history_in_mlflow_and_after_the_import(
    made_database: Callable[[str], Path], version: str, tmp_path: Path
) -> None:
    source = made_database(version)
    before = digest(source)
    said = brought(source, f"sqlite:///{tmp_path / 'trackline.db'}")
    assert "New: 8 runs" in said
    assert digest(source) == before
    assert sorted(path.name for path in source.parent.glob("mlflow.db*")) == ["mlflow.db"]
    there = seen(version, tmp_path, f"sqlite:///{shutil.copy(source, tmp_path / 'copy.db')}")
    with running_server(tmp_path) as server:
        assert seen(version, tmp_path, server.url) == there


def test_a_second_import_adds_what_is_new_and_nothing_else(
    mlflow_database: Path, engine: Engine, tmp_path: Path
) -> None:
    with engine.uri() as into:
        brought(mlflow_database, into)
        foreseen = trackline("import", mlflow_database, "--backend-store-uri", into, "--dry-run").stdout
        assert "  8 of these runs are there already, with 3,1" in foreseen
        assert "New: 0 runs, 0 points. Here before: 8 runs." in brought(mlflow_database, into)
        mlflow("3.17", tmp_path, "grow", f"sqlite:///{mlflow_database}")
        # Of the run that went on two points, of the new one 7 + 4 + 1.
        assert "New: 1 runs, 14 points. Here before: 8 runs." in brought(mlflow_database, into)
        there = seen("3.17", tmp_path, f"sqlite:///{mlflow_database}")
        with running_server(tmp_path, f"--backend-store-uri={into}") as server:
            assert seen("3.17", tmp_path, server.url) == there


def test_a_source_with_a_live_wal_is_read_with_what_is_in_it_and_left_as_it_is(
    mlflow_database: Path, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(mlflow_database, isolation_level=None)) as writing:
        writing.execute("PRAGMA journal_mode = WAL")
        writing.execute("PRAGMA wal_autocheckpoint = 0")
        writing.execute("UPDATE params SET value = 'only in the WAL' WHERE key = 'lr'")
        files = [mlflow_database, Path(f"{mlflow_database}-wal")]
        before = [digest(file) for file in files]
        target = tmp_path / "trackline.db"
        brought(mlflow_database, f"sqlite:///{target}")
        assert [digest(file) for file in files] == before
    with closing(sqlite3.connect(target)) as here:
        values = "SELECT DISTINCT value FROM params JOIN keys ON keys.id = key_id WHERE name = 'lr'"
        assert here.execute(values).fetchall() == [("only in the WAL",)]


def test_an_experiment_whose_id_is_taken_gets_another_and_it_is_said(mlflow_database: Path, tmp_path: Path) -> None:
    target = tmp_path / "trackline.db"
    with running_server(tmp_path) as server:
        mlflow("3.17", tmp_path, "make", server.url, "mlflow-artifacts:/elsewhere")
    with closing(sqlite3.connect(target)) as here, here:
        here.execute("UPDATE experiments SET name = 'other ' || name, created_ms = 1 WHERE id > 0")
        here.execute("UPDATE registered_models SET name = 'other'")
    foreseen = trackline("import", mlflow_database, "--backend-store-uri", f"sqlite:///{target}", "--dry-run").stdout
    assert "Experiment 'second' (id 2) would get another id, since this one is taken there." in foreseen
    assert "Experiment 'Default' (id 0) is there: its runs would be added to it." in foreseen
    said = brought(mlflow_database, f"sqlite:///{target}")
    assert "Experiment 'second' has the id 5 here, not 2: its id was taken." in said


def test_only_the_named_experiments_come(mlflow_database: Path, tmp_path: Path) -> None:
    into = f"sqlite:///{tmp_path / 'trackline.db'}"
    assert "New: 2 runs" in brought(mlflow_database, into, "--experiment", "second")
    refused = trackline("import", mlflow_database, "--backend-store-uri", into, "--experiment", "thrid")
    assert refused.returncode == 2
    assert "has no experiment 'thrid'. It has Default, doomed" in refused.stderr


def test_a_dry_run_touches_nothing(mlflow_database: Path, tmp_path: Path) -> None:
    target = tmp_path / "none" / "trackline.db"
    done = trackline("import", mlflow_database, "--backend-store-uri", f"sqlite:///{target}", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "4 experiments, 8 runs" in done.stdout
    assert not target.parent.exists()


def test_what_has_no_place_here_is_listed_with_its_number(mlflow_database: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(mlflow_database)) as there, there:
        row: dict[str, Any] = {"id": "tr-1", "experiment": 1}
        columns = "request_id, experiment_id, timestamp_ms, status"
        there.execute(f"INSERT INTO trace_info ({columns}) VALUES (:id, :experiment, 1, 'OK')", row)
    said = brought(mlflow_database, f"sqlite:///{tmp_path / 'trackline.db'}")
    assert "1 traces: Trackline has no place for them yet" in said


def test_a_version_number_that_is_taken_here_is_told_of(mlflow_database: Path, tmp_path: Path) -> None:
    target = tmp_path / "trackline.db"
    brought(mlflow_database, f"sqlite:///{target}")
    with closing(sqlite3.connect(target)) as here, here:
        here.execute("UPDATE model_versions SET created_ms = 1, description = 'another' WHERE version = 3")
    done = trackline("import", mlflow_database, "--backend-store-uri", f"sqlite:///{target}")
    assert done.returncode == 1
    assert "1 versions of shop: 3: a version of this number, made here, is in the way" in done.stdout
    assert "1 MISSING OR DIFFERENT" in done.stdout


def test_a_file_that_is_no_database_of_a_tracker_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as connection, connection:
        connection.execute("CREATE TABLE notes (id INTEGER)")
    done = trackline("import", other, "--backend-store-uri", f"sqlite:///{tmp_path / 'trackline.db'}")
    assert done.returncode == 2
    assert "is no database of MLflow's" in done.stderr
    assert not (tmp_path / "trackline.db").exists()


def test_an_import_that_was_killed_goes_on_and_ends_with_the_same(mlflow_database: Path, tmp_path: Path) -> None:
    grow(mlflow_database, runs=150, points=3_000, long=200_000)
    into = f"sqlite:///{tmp_path / 'trackline.db'}"
    command = [sys.executable, "-m", "trackline", "import", str(mlflow_database), "--backend-store-uri", into]
    for _ in range(3):
        process = subprocess.Popen(command, env=clean_environment(PYTHONPATH=str(ROOT)), stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        size = size_of(tmp_path)
        while size_of(tmp_path) < size + 500_000 and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL) if process.poll() is None else None
        process.wait()
    brought(mlflow_database, into)
    said = brought(mlflow_database, into)
    assert "New: 0 runs, 0 points. Here before: 159 runs." in said


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("trackline.db*"))


def grow(database: Path, runs: int, points: int, long: int) -> None:
    """Runs of 10 metrics with `points` in all, and one with `long` of a single metric."""
    random = Random(1)
    with closing(sqlite3.connect(database)) as there, there:
        for number, many in enumerate([*[points] * runs, long]):
            run_id = f"{random.getrandbits(128):032x}"
            there.execute(
                "INSERT INTO runs (run_uuid, name, status, start_time, end_time, lifecycle_stage, artifact_uri, "
                "experiment_id) VALUES (?, 'made', 'FINISHED', ?, 9, 'active', '', 1)",
                (run_id, number),
            )
            keys = 1 if many == long else 10
            there.executemany(
                "INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES (?, ?, ?, ?, ?, 0)",
                ((f"m{at % keys}", random.random(), at, run_id, at // keys) for at in range(many)),
            )
