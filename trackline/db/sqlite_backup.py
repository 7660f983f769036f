"""A whole database as one SQLite file, which is what backups of every kind of database are."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from trackline.db.sqlite import connect

PAGES = 256  # copied at a time; then others have their turn at the disk
PAUSE_SECONDS = 0.005
AT_ONCE = 1000  # rows

# In the order in which they were made: what others refer to comes before them.
_TABLES = """
SELECT name FROM sqlite_master
WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> 'schema_migrations' ORDER BY rowid
"""


class Table(NamedTuple):
    """`counted`: the column of ids that are given once and never again, and the highest that was given."""

    name: str
    columns: tuple[str, ...]
    counted: int | None


def copy_sqlite(source: Path, target: Path) -> dict[str, int]:
    """Make `target` what `source` is at one moment, and count the rows of each table. Who writes is not held up.

    Raises sqlite3.Error.
    """
    with closing(connect(source, read_only=True)) as old, closing(sqlite3.connect(target)) as new:
        # The copy is on its way to where it will be kept. Flushed to the disk here, all of it at once, it would keep
        # those waiting who commit.
        new.execute("PRAGMA synchronous = OFF")
        # One snapshot from the first page to the last; otherwise each write from elsewhere would begin the copy anew.
        old.execute("BEGIN")
        old.execute("SELECT count(*) FROM sqlite_master").fetchone()
        old.backup(new, pages=PAGES, progress=lambda *_: time.sleep(PAUSE_SECONDS))
        old.execute("ROLLBACK")
    lay_down(target)
    return count_rows(target)


def lay_down(file: Path) -> None:
    """Take a database that nobody has open out of WAL mode: one file, with nothing beside it. It is not flushed."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA journal_mode = DELETE")


def count_rows(file: Path) -> dict[str, int]:
    with closing(sqlite3.connect(file)) as connection:
        names = [name for (name,) in connection.execute(_TABLES)]
        return {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names}


def damage(file: Path) -> list[str]:
    """What is wrong with the file, by SQLite's own check and that of references; nothing if all is well."""
    with closing(sqlite3.connect(file)) as connection:
        said = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(10)")]
        lost = [
            f"a row of {row[0]} refers to none of {row[2]}" for row in connection.execute("PRAGMA foreign_key_check")
        ]
    return [line for line in said if line != "ok"] + lost[:10]


def tables_of(file: Path) -> list[Table]:
    with closing(sqlite3.connect(file)) as connection:
        names = [name for (name,) in connection.execute(_TABLES)]
        counted = dict(connection.execute("SELECT name, seq FROM sqlite_sequence"))
        return [Table(name, _columns(connection, name), counted.get(name)) for name in names]


def rows_of(file: Path, table: Table) -> Iterator[tuple[Any, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        yield from connection.execute(f"SELECT {', '.join(table.columns)} FROM {table.name}")


class Filling:
    """An empty database in a file, being filled by tables. It is not safe against a crash: then it is thrown away."""

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = OFF")
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.execute("BEGIN")

    def add(self, table: Table, rows: Iterable[tuple[Any, ...]]) -> int:
        """How many they were."""
        places = ", ".join("?" * len(table.columns))
        statement = f"INSERT INTO {table.name} ({', '.join(table.columns)}) VALUES ({places})"
        count = self._connection.executemany(statement, rows).rowcount
        if table.counted is not None:
            self._connection.execute("DELETE FROM sqlite_sequence WHERE name = ?", (table.name,))
            self._connection.execute(
                "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table.name, table.counted)
            )
        return max(count, 0)

    def close(self) -> None:
        self._connection.execute("COMMIT")
        self._connection.close()


def _columns(connection: sqlite3.Connection, table: str) -> tuple[str, ...]:
    return tuple(name for (name,) in connection.execute("SELECT name FROM pragma_table_info(?)", (table,)))
