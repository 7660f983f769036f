"""Where experiments, runs and metrics are kept, from the address that people write."""

from __future__ import annotations

from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from trackline.db.database import Database
from trackline.db.errors import DatabaseRefused
from trackline.db.migrate import check_sqlite, migrate_sqlite
from trackline.db.sqlite import SqliteDatabase
from trackline.db.uri import PostgresAddress, SqliteFile, database_address

if TYPE_CHECKING:
    from trackline.db.postgres.connect import Server

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

    def open(self, as_it_is: bool = False) -> Database:
        """With its tables brought up to date, unless it is taken `as_it_is`. Raises DatabaseRefused, and OSError."""


def metadata_at(uri: str) -> Metadata:
    """Raises DatabaseRefused for what is no address, or one of a database that is not supported."""
    address = database_address(uri)
    return _InSqlite(address) if isinstance(address, SqliteFile) else _InPostgres(address)


class _InSqlite:
    def __init__(self, address: SqliteFile) -> None:
        self._path, self.warning = address
        self.file: Path | None = self._path
        self.shown = f"{self._path} (SQLite)"

    def check(self) -> None:
        check_sqlite(self._path, MIGRATIONS / "sqlite", FOREIGN_TABLES)

    def open(self, as_it_is: bool = False) -> Database:
        if as_it_is:
            self.check()
        else:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            migrate_sqlite(self._path, MIGRATIONS / "sqlite", FOREIGN_TABLES)
        return SqliteDatabase(self._path)


class _InPostgres:
    file: Path | None = None
    warning: str | None = None

    def __init__(self, address: PostgresAddress) -> None:
        self._server = _server_of(address)
        self.shown = f"{self._server.name} (PostgreSQL)"

    def check(self) -> None:
        from trackline.db.postgres.migrate import check_postgres

        check_postgres(self._server, MIGRATIONS / "postgres", FOREIGN_TABLES)

    def open(self, as_it_is: bool = False) -> Database:
        from trackline.db.postgres.database import PostgresDatabase
        from trackline.db.postgres.migrate import check_postgres, migrate_postgres

        prepare = check_postgres if as_it_is else migrate_postgres
        prepare(self._server, MIGRATIONS / "postgres", FOREIGN_TABLES)
        return PostgresDatabase(self._server)


def _server_of(address: PostgresAddress) -> Server:
    if find_spec("psycopg") is None:
        raise DatabaseRefused("PostgreSQL needs a driver.", "Install it: pip install 'trackline[postgres]'")
    from trackline.db.postgres.connect import server_of

    return server_of(address)
