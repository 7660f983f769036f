"""Where experiments, runs and metrics are kept, from the address that people write."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from shutil import copyfile
from typing import TYPE_CHECKING, Protocol, TypeVar

from trackline.db import sqlite_health
from trackline.db.database import Database
from trackline.db.errors import DatabaseRefused
from trackline.db.migrate import check_sqlite, migrate_sqlite
from trackline.db.reading import OwnReading, SqliteReading
from trackline.db.sqlite import SqliteDatabase
from trackline.db.sqlite_backup import copy_sqlite
from trackline.db.transaction import Transaction
from trackline.db.uri import PostgresAddress, SqliteFile, database_address
from trackline.jobs.doctor import Finding
from trackline.jobs.doctor.sqlite import examine_sqlite

if TYPE_CHECKING:
    from trackline.db.postgres.connect import Server
    from trackline.db.postgres.database import PostgresDatabase

T = TypeVar("T")

MIGRATIONS = files("trackline.store") / "migrations"
FOREIGN_TABLES = {"alembic_version": "MLflow"}


class Metadata(Protocol):
    """`shown`: the place and its kind, without a password. `file`: where it is, if it is one.

    `warning`: why the place is perhaps not the one that was meant.
    """

    shown: str
    file: Path | None
    warning: str | None

    def check(self) -> None:
        """Make sure that `open` may be called, without changing anything. Raises DatabaseRefused."""

    def make_folder(self) -> None:
        """In which it will be, if it is a file. Raises OSError."""

    def open(self, as_it_is: bool = False) -> Database:
        """With its tables brought up to date, unless it is taken `as_it_is`. Raises DatabaseRefused, and OSError."""

    def open_for_serving(self) -> tuple[Database, Database]:
        """As `open`, and the same for reads that cost: a read replica does them where there is one.

        Closing the second closes both.
        """

    def examine(self, workers: int, deep: bool) -> list[Finding]:
        """What is to be said of its health; nothing is changed. `deep` reads all of an SQLite file."""

    def reading(self) -> OwnReading:
        """It, whosever it is, to be read and left as it is. Raises DatabaseRefused."""

    def look(self, question: Callable[[Transaction], T]) -> T:
        """What `question(transaction)` finds in it as it is; nothing is made. Raises Unavailable."""

    def save(self, target: Path) -> dict[str, int]:
        """Write all that it holds at one moment into an SQLite file, while others work on it; the rows of each table.

        Raises DatabaseRefused, and OSError.
        """

    def load(self, source: Path) -> None:
        """Fill it, which must be empty, from such a file, all or nothing. Raises DatabaseRefused, and OSError."""


def metadata_at(uri: str, replica: str = "") -> Metadata:
    """`replica`: the address of a standby that takes reads off it. Raises DatabaseRefused for what is no address, or
    one of a database that is not supported.
    """
    address = database_address(uri)
    standby = database_address(replica) if replica else None
    if isinstance(address, PostgresAddress) and not isinstance(standby, SqliteFile):
        return _InPostgres(address, standby)
    if isinstance(address, SqliteFile) and standby is None:
        return _InSqlite(address)
    raise DatabaseRefused(
        "--read-replica-backend-store-uri is for PostgreSQL: a streaming replica of --backend-store-uri.",
        "Leave it out, or see docs/postgresql.md.",
    )


class _InSqlite:
    def __init__(self, address: SqliteFile) -> None:
        self._path, self.warning = address
        self.file: Path | None = self._path
        self.shown = f"{self._path} (SQLite)"

    def check(self) -> None:
        check_sqlite(self._path, MIGRATIONS / "sqlite", FOREIGN_TABLES)

    def make_folder(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)

    def open(self, as_it_is: bool = False) -> Database:
        if as_it_is:
            self.check()
        else:
            self.make_folder()
            migrate_sqlite(self._path, MIGRATIONS / "sqlite", FOREIGN_TABLES)
        return SqliteDatabase(self._path)

    def open_for_serving(self) -> tuple[Database, Database]:
        database = self.open()
        return database, database

    def examine(self, workers: int, deep: bool) -> list[Finding]:  # noqa: ARG002 there is one
        return examine_sqlite(self._path, MIGRATIONS / "sqlite", deep)

    def reading(self) -> OwnReading:
        return SqliteReading(self._path)

    def look(self, question: Callable[[Transaction], T]) -> T:
        return sqlite_health.look(self._path, question)

    def save(self, target: Path) -> dict[str, int]:
        self.check()
        if not self._path.exists():
            raise DatabaseRefused(f"There is no database {self._path}.", "Name the server's with --backend-store-uri.")
        return copy_sqlite(self._path, target)

    def load(self, source: Path) -> None:
        if self._path.exists() and self._path.stat().st_size:
            raise DatabaseRefused(
                f"{self._path} exists already.", "Name a new file with --backend-store-uri, or move that one away."
            )
        self.make_folder()
        staged = self._path.with_name(f"{self._path.name}.restoring")
        copyfile(source, staged)
        migrate_sqlite(staged, MIGRATIONS / "sqlite", FOREIGN_TABLES)
        staged.replace(self._path)


class _InPostgres:
    file: Path | None = None
    warning: str | None = None

    def __init__(self, address: PostgresAddress, standby: PostgresAddress | None) -> None:
        self._server = _server_of(address)
        self._standby = None if standby is None else _server_of(standby)
        self.shown = f"{self._server.name} (PostgreSQL)"

    def check(self) -> None:
        from trackline.db.postgres.migrate import check_postgres
        from trackline.db.postgres.replica import check_standby

        check_postgres(self._server, MIGRATIONS / "postgres", FOREIGN_TABLES)
        if self._standby is not None:
            check_standby(self._standby)

    def make_folder(self) -> None: ...

    def open(self, as_it_is: bool = False) -> PostgresDatabase:
        from trackline.db.postgres.database import PostgresDatabase
        from trackline.db.postgres.migrate import check_postgres, migrate_postgres

        prepare = check_postgres if as_it_is else migrate_postgres
        prepare(self._server, MIGRATIONS / "postgres", FOREIGN_TABLES)
        return PostgresDatabase(self._server)

    def open_for_serving(self) -> tuple[Database, Database]:
        from trackline.db.postgres.replica import ReplicatedDatabase

        database = self.open()
        return database, database if self._standby is None else ReplicatedDatabase(database, self._standby)

    def examine(self, workers: int, deep: bool) -> list[Finding]:  # noqa: ARG002 it has checks of its own for that
        from trackline.jobs.doctor.postgres import examine_postgres

        return examine_postgres(self._server, self._standby, MIGRATIONS / "postgres", workers)

    def reading(self) -> OwnReading:
        from trackline.db.postgres.reading import PostgresReading

        return PostgresReading(self._server)

    def look(self, question: Callable[[Transaction], T]) -> T:
        from trackline.db.postgres import health

        return health.look(self._server, question)

    def save(self, target: Path) -> dict[str, int]:
        from trackline.db.postgres.backup import copy_postgres

        self.check()
        migrate_sqlite(target, MIGRATIONS / "sqlite", FOREIGN_TABLES)
        return copy_postgres(self._server, target)

    def load(self, source: Path) -> None:
        from trackline.db.postgres.backup import fill_postgres
        from trackline.db.postgres.migrate import migrate_postgres

        migrate_postgres(self._server, MIGRATIONS / "postgres", FOREIGN_TABLES)
        migrate_sqlite(source, MIGRATIONS / "sqlite", FOREIGN_TABLES)  # one of an older version
        fill_postgres(self._server, source)


def _server_of(address: PostgresAddress) -> Server:
    if find_spec("psycopg") is None:
        raise DatabaseRefused("PostgreSQL needs a driver.", "Install it: pip install 'trackline[postgres]'")
    from trackline.db.postgres.connect import server_of

    return server_of(address)
