"""Databases for tests: migrated once, then a copy of the file for each test that wants one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from trackline.db.migrate import migrate_sqlite
from trackline.db.sqlite import SqliteDatabase, SqliteTransaction, connect

NOW_MS = 1_700_000_000_000


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file with nothing in it."""
    path = tmp_path_factory.mktemp("template") / "trackline.db"
    migrate_sqlite(path, files("trackline.store") / "migrations" / "sqlite", {})
    return path


@pytest.fixture
def database_file(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(template, tmp_path / "trackline.db"))


@pytest.fixture
def store_tx(database_file: Path) -> Iterator[SqliteTransaction]:
    """An open transaction, for functions of the store; it is rolled back in the end."""
    connection = connect(database_file)
    connection.execute("BEGIN IMMEDIATE")
    yield SqliteTransaction(connection, NOW_MS)
    connection.execute("ROLLBACK")
    connection.close()


@pytest.fixture
def database(database_file: Path) -> Iterator[SqliteDatabase]:
    database = SqliteDatabase(database_file)
    yield database
    database.close()
