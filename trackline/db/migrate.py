"""Brings a database to the schema that this program knows, one numbered file of SQL after another.

What the SQL makes is not this room's business: it gets the folder, and keeps the book (`schema_migrations`).

A migration adds: programs from before it go on working on what it has made, so that several servers can be upgraded
one after another. One with which they would not has a name that ends in `.breaking.sql`; they refuse a database in
whose book it stands.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.resources.abc import Traversable
from pathlib import Path

from trackline.db.errors import DatabaseRefused
from trackline.db.sqlite import connect

WAIT_SECONDS = 10  # for other processes that prepare the same file
LOOK_AGAIN_SECONDS = 0.1

BREAKING = ".breaking.sql"

BOOK = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    number     INTEGER PRIMARY KEY,
    name       TEXT    NOT NULL,
    applied_at TEXT    NOT NULL DEFAULT CURRENT_TIMESTAMP
)
"""


def migrate_sqlite(path: Path, migrations: Traversable, foreign_tables: dict[str, str]) -> None:
    """Create the file or bring it up to date; several processes may try at once. Raises as `check_sqlite`."""
    check_sqlite(path, migrations, foreign_tables)
    with _refusal(path):
        connection = connect(path)
        try:
            _apply(connection, migrations)
        finally:
            connection.close()


def check_sqlite(path: Path, migrations: Traversable, foreign_tables: dict[str, str]) -> None:
    """Make sure that the file, if there is one, may be migrated. It is not touched, and nothing is made beside it.

    `foreign_tables` maps a table that gives another program's database away to that program's name.
    Raises DatabaseRefused for such a database, for one that is newer than this program, and for a file
    that is no SQLite database.
    """
    with _refusal(path):
        try:
            _look_at(path, migrations, foreign_tables)
        except sqlite3.DatabaseError:  # or was another process just about to write it?
            time.sleep(LOOK_AGAIN_SECONDS)
            _look_at(path, migrations, foreign_tables)


def _look_at(path: Path, migrations: Traversable, foreign_tables: dict[str, str]) -> None:
    if path.exists() and path.stat().st_size > 0:
        connection = connect_without_touching(path)
        try:
            _refuse_what_is_not_ours(path, connection, migrations, foreign_tables)
        finally:
            connection.close()


@contextmanager
def _refusal(path: Path) -> Iterator[None]:
    """What SQLite says of the file, with what to do about it."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        if "not a database" in str(error) or "malformed" in str(error):
            raise DatabaseRefused(
                f"{path} is not a SQLite database ({error}).", "Name another file with --backend-store-uri."
            ) from error
        raise DatabaseRefused(
            f"{path} cannot be opened: {error}.",
            "Check that the folder exists, that this user may write to it and that the disk is not full.",
        ) from error


def _refuse_what_is_not_ours(
    path: Path, connection: sqlite3.Connection, migrations: Traversable, foreign_tables: dict[str, str]
) -> None:
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for table, program in foreign_tables.items():
        if table in tables:
            raise DatabaseRefused(
                f"{path} is a database of {program}'s; Trackline never changes it.",
                "Give Trackline a file of its own, for example --backend-store-uri sqlite:///trackline.db. "
                f"What is in this one is brought over by: trackline import sqlite:///{path}",
            )
    if "schema_migrations" not in tables:
        if tables:
            raise DatabaseRefused(
                f"{path} holds tables of another program ({', '.join(sorted(tables)[:3])} …).",
                "Give Trackline a file of its own with --backend-store-uri.",
            )
        return
    refuse_what_is_too_new(str(path), connection.execute("SELECT number, name FROM schema_migrations"), migrations)


def refuse_what_is_too_new(shown: str, book: Iterable[tuple[int, str]], migrations: Traversable) -> None:
    """Raises DatabaseRefused where the database at `shown` was changed so that this program cannot use it."""
    known = max(number for number, _ in migration_files(migrations))
    broken = [number for number, name in book if number > known and name.endswith(BREAKING)]
    if broken:
        raise DatabaseRefused(
            f"{shown} has schema {max(broken)}, this program knows up to {known}: a newer Trackline has written it.",
            "Start the newer version again, or upgrade this one.",
        )


def connect_without_touching(path: Path, alone: bool | None = None) -> sqlite3.Connection:
    """For reading. Nothing is written beside the file either, as SQLite would in WAL mode even for a reader.

    `alone`: nobody writes to the file meanwhile; None looks for signs of it.
    """
    name = str(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    if alone is None:
        alone = not any(Path(f"{path}{suffix}").exists() for suffix in ("-wal", "-journal"))
    return sqlite3.connect(f"file:{name}?mode=ro{'&immutable=1' if alone else ''}", uri=True)


def _apply(connection: sqlite3.Connection, migrations: Traversable) -> None:
    _switch_to_wal(connection)
    connection.execute("BEGIN IMMEDIATE")  # the second of two processes waits here, then finds nothing to do
    try:
        connection.execute(BOOK)
        done = {number for (number,) in connection.execute("SELECT number FROM schema_migrations")}
        for number, file in migration_files(migrations):
            if number not in done:
                for statement in _statements(file.read_text(encoding="utf-8")):
                    connection.execute(statement)
                connection.execute("INSERT INTO schema_migrations (number, name) VALUES (?, ?)", (number, file.name))
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """SQLite does not wait for the lock that this takes, as it does for all others."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def migration_files(migrations: Traversable) -> list[tuple[int, Traversable]]:
    """The files of SQL with their numbers, in order."""
    files = [file for file in migrations.iterdir() if file.name.endswith(".sql")]
    return sorted(((int(file.name.split("_")[0]), file) for file in files), key=lambda pair: pair[0])


def _statements(script: str) -> list[str]:
    """The statements of `script`; executescript would commit the transaction that holds them together."""
    statements: list[str] = []
    rest = ""
    for line in script.splitlines(keepends=True):
        rest += line
        if sqlite3.complete_statement(rest):
            statements.append(rest)
            rest = ""
    return [*statements, rest]
