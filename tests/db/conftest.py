"""A database that holds notes, for this room has never heard of a run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from trackline.db.migrate import migrate_sqlite
from trackline.db.sqlite import SqliteDatabase


@pytest.fixture
def migrations(tmp_path: Path) -> Path:
    """A folder of migrations that tests may add to."""
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "0001_notes.sql").write_text(
        "-- Notes; and what is said of them.\n"
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;\n"
        "CREATE TABLE remarks (note_id INTEGER NOT NULL REFERENCES notes (id) DEFERRABLE INITIALLY DEFERRED) STRICT;\n"
    )
    return folder


@pytest.fixture
def file(tmp_path: Path, migrations: Path) -> Path:
    path = tmp_path / "notes.db"
    migrate_sqlite(path, migrations, {})
    return path


@pytest.fixture
def notes(file: Path) -> Iterator[SqliteDatabase]:
    database = SqliteDatabase(file)
    yield database
    database.close()
