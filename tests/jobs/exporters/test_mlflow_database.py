from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.jobs.importers.made import brought, mlflow, seen, trackline
from trackline.jobs.exporters.mlflow_database import make_schema


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
        indexes = written.execute("SELECT name FROM sqlite_master WHERE name LIKE 'index_metrics_%' ORDER BY name")
        assert indexes.fetchall() == [("index_metrics_run_uuid",), ("index_metrics_run_uuid_key_step",)]


def test_a_dry_run_says_what_would_be_written_and_writes_nothing(mlflow_database: Path, tmp_path: Path) -> None:
    brought(mlflow_database, f"sqlite:///{tmp_path / 'trackline.db'}")
    before = sorted(tmp_path.iterdir())
    flags = ("--backend-store-uri", f"sqlite:///{tmp_path / 'trackline.db'}", "--dry-run")
    some = trackline("export", tmp_path / "some.db", "--experiment", "second", *flags)
    assert (some.returncode, some.stderr) == (0, "")
    assert "1 experiment, 2 runs," in some.stdout and "Registered models are left out" in some.stdout
    assert sorted(tmp_path.iterdir()) == before
    assert "There is something" in trackline("export", tmp_path / "trackline.db", *flags).stderr


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
