"""A database that is only read, perhaps another program's: nothing in it or beside it is changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

from trackline.db.errors import DatabaseRefused, Unavailable
from trackline.db.migrate import connect_without_touching
from trackline.db.sqlite import SqliteTransaction
from trackline.db.transaction import Transaction

_WAL_MARK = b"\x02\x02"  # bytes 18 and 19 of a file in WAL mode
_COLUMNS = """
SELECT t.name, c.name FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'
"""


class Reading(Protocol):
    """It shows one snapshot where the database can give one without keeping others from writing."""

    def rows(self, sql: str, parameters: Mapping[str, Any] = {}) -> list[Any]:
        """All rows of a query, as `Transaction.rows`."""

    def among(self, column: str, parameter: str) -> str:
        """A condition: the column has one of the values in the list `parameter`."""

    def exactly(self, text: str) -> str:
        """An expression that is the same for two texts only where each letter is."""

    def columns(self) -> dict[str, set[str]]:
        """The names of the columns of each table."""

    def stream(self, sql: str, parameters: Mapping[str, Any], size: int) -> Iterator[list[Any]]:
        """The rows of a query, at most `size` at a time."""

    def close(self) -> None: ...


class OwnReading(Reading, Protocol):
    """Of a kind of database that Trackline keeps its own data in, too."""

    tx: Transaction

    def rows(self, sql: str, parameters: Mapping[str, Any] = {}) -> list[Any]:
        return self.tx.rows(sql, parameters)

    def among(self, column: str, parameter: str) -> str:
        return self.tx.dialect.among(column, parameter)

    def exactly(self, text: str) -> str:
        return text


@contextmanager
def told_of(shown: str, failure: type[Exception]) -> Iterator[None]:
    """Whatever a driver raises as a `failure` while it reads `shown` is raised as Unavailable, in one line."""
    try:
        yield
    except failure as error:
        raise Unavailable(f"{shown} could not be read: {in_one_line(error)}.") from error


def in_one_line(error: Exception) -> str:
    """What a driver said, without the period at its end."""
    return str(error.args[-1] if error.args else error).partition("\n")[0].rstrip(".")


def columns_by_table(rows: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """`rows`: the name of a table and of a column in it."""
    found: dict[str, set[str]] = {}
    for table, column in rows:
        found.setdefault(table, set()).add(column)
    return found


class SqliteReading(OwnReading):
    """A file in WAL mode is read as it is now, whatever is written meanwhile. In any other mode a long snapshot would
    lock writers out, so each statement sees what there is when it is run.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise DatabaseRefused(f"There is no file {path}.", "Name one that exists: sqlite:////absolute/path.db.")
        self._connection = _connect(path)
        self.tx: Transaction = SqliteTransaction(self._connection, 0)

    def columns(self) -> dict[str, set[str]]:
        return columns_by_table(self.tx.rows(_COLUMNS))

    def stream(self, sql: str, parameters: Mapping[str, Any], size: int) -> Iterator[list[Any]]:
        with closing(self._connection.execute(sql, parameters)) as cursor:
            while rows := cursor.fetchmany(size):
                yield rows

    def close(self) -> None:
        self._connection.close()


def _connect(path: Path) -> sqlite3.Connection:
    with path.open("rb") as file:
        in_wal_mode = file.read(20)[18:] == _WAL_MARK
    # A reader of a file in another mode must see the locks of those who write to it.
    connection = connect_without_touching(path, alone=in_wal_mode and not Path(f"{path}-wal").exists())
    try:
        connection.isolation_level = None
        connection.execute("PRAGMA busy_timeout = 10000")
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA cache_size = -32768")  # KiB
        if in_wal_mode:
            connection.execute("BEGIN")
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
    except sqlite3.DatabaseError as error:
        connection.close()
        raise DatabaseRefused(f"{path} cannot be read: {error}.", "Name an SQLite database.") from error
    return connection
