"""What can be seen of an SQLite file's health, also while a server works on it, or when none can."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple, TypeVar

from trackline.db.errors import Unavailable
from trackline.db.health import Book, Parts
from trackline.db.migrate import connect_without_touching
from trackline.db.sqlite import SqliteTransaction
from trackline.db.transaction import Transaction

T = TypeVar("T")

_HEADER = 20  # bytes of the file, of which the last two say how it is journaled
_WAL = b"\2\2"


class SqliteHealth(NamedTuple):
    """Sizes in bytes. `damage` is what quick_check says: empty if all is well, None if it was not asked."""

    book: Book
    parts: Parts
    is_wal: bool
    size: int
    free: int
    log_size: int
    damage: list[str] | None


def read_health(path: Path, deep: bool) -> SqliteHealth:
    """`deep` reads the whole file. Raises sqlite3.Error, OSError."""
    with closing(connect_without_touching(path)) as connection:
        names: dict[str, set[str]] = {"table": set(), "index": set(), "trigger": set()}
        for kind, name in connection.execute("SELECT type, name FROM sqlite_master WHERE type <> 'view'"):
            names[kind].add(name)
        book = "schema_migrations" in names["table"]
        pages, free, page_size = (_number(connection, what) for what in ("page_count", "freelist_count", "page_size"))
        log = Path(f"{path}-wal")
        return SqliteHealth(
            book=list(connection.execute("SELECT number, name FROM schema_migrations")) if book else [],
            parts=Parts(frozenset(names["table"]), frozenset(names["index"]), frozenset(names["trigger"])),
            is_wal=_header(path).endswith(_WAL),
            size=pages * page_size,
            free=free * page_size,
            log_size=log.stat().st_size if log.exists() else 0,
            damage=_damage(connection) if deep else None,
        )


def look(path: Path, question: Callable[[Transaction], T]) -> T:
    """What `question(transaction)` finds in the file as it is. Raises Unavailable."""
    try:
        with closing(connect_without_touching(path)) as connection:
            return question(SqliteTransaction(connection, time.time_ns() // 1_000_000))
    except sqlite3.Error as error:
        raise Unavailable(f"The database cannot be read: {error}.") from error


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    (number,) = connection.execute(f"PRAGMA {pragma}").fetchone()
    return int(number)


def _header(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEADER)


def _damage(connection: sqlite3.Connection) -> list[str]:
    said = [line for (line,) in connection.execute("PRAGMA quick_check(5)")]
    return [] if said == ["ok"] else said
