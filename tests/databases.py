"""The databases that Trackline works on, for tests that must hold on each: made once, then copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Protocol

from tests.postgres import Cluster
from trackline.db.database import Database
from trackline.db.migrate import migrate_sqlite
from trackline.db.postgres.database import PostgresDatabase
from trackline.db.postgres.transaction import PostgresTransaction
from trackline.db.sqlite import SqliteDatabase, SqliteTransaction, connect
from trackline.db.transaction import Transaction

NOW_MS = 1_700_000_000_000
_SQLITE_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'sqlite_sequence'"
_POSTGRES_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"


def tables(tx: Transaction) -> list[str]:
    """The names of all tables."""
    query = _SQLITE_TABLES if isinstance(tx, SqliteTransaction) else _POSTGRES_TABLES
    return sorted(name for (name,) in tx.rows(query))


class Engine(Protocol):
    """A kind of database."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """An open transaction on a database that has all tables and nothing in them; it is rolled back in the end."""

    def database(self) -> AbstractContextManager[Database]:
        """Such a database."""

    def twice(self) -> AbstractContextManager[tuple[Database, Database]]:
        """One such database, opened twice, as by two processes."""

    def uri(self) -> AbstractContextManager[str]:
        """The address of a database in which nothing is, for a server."""


class Sqlite:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made = 0
        self.template = folder / "template.db"
        migrate_sqlite(self.template, files("trackline.store") / "migrations" / "sqlite", {})

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        with closing(connect(self._copy())) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield SqliteTransaction(connection, NOW_MS)
            connection.execute("ROLLBACK")

    @contextmanager
    def database(self) -> Iterator[Database]:
        with closing(SqliteDatabase(self._copy())) as database:
            yield database

    @contextmanager
    def twice(self) -> Iterator[tuple[Database, Database]]:
        file = self._copy()
        with closing(SqliteDatabase(file)) as one, closing(SqliteDatabase(file)) as other:
            yield one, other

    @contextmanager
    def uri(self) -> Iterator[str]:
        yield f"sqlite:///{self._new()}"

    def _copy(self) -> Path:
        return Path(shutil.copy(self.template, self._new()))

    def _new(self) -> Path:
        self._made += 1
        return self._folder / f"{self._made}.db"


class Postgres:
    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._shared = cluster.new(cluster.migrated)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        with self._cluster.server(self._shared).connect() as connection:
            connection.execute("SET idle_in_transaction_session_timeout = 0")
            # What counts up does not go back with a transaction.
            connection.execute(
                "SELECT setval(format('%I', sequencename)::regclass, 1, false) "
                "FROM pg_sequences WHERE last_value IS NOT NULL"
            )
            connection.execute("BEGIN")
            yield PostgresTransaction(connection.pipe, NOW_MS)
            connection.execute("ROLLBACK")

    @contextmanager
    def database(self) -> Iterator[Database]:
        with (
            self._new(self._cluster.migrated) as name,
            closing(PostgresDatabase(self._cluster.server(name))) as database,
        ):
            yield database

    @contextmanager
    def twice(self) -> Iterator[tuple[Database, Database]]:
        with self._new(self._cluster.migrated) as name:
            server = self._cluster.server(name)
            with closing(PostgresDatabase(server)) as one, closing(PostgresDatabase(server)) as other:
                yield one, other

    @contextmanager
    def uri(self) -> Iterator[str]:
        with self._new("template0") as name:
            yield self._cluster.uri(name)

    @contextmanager
    def migrated_uri(self) -> Iterator[str]:
        """As `uri`, with all tables."""
        with self._new(self._cluster.migrated) as name:
            yield self._cluster.uri(name)

    @contextmanager
    def _new(self, template: str) -> Iterator[str]:
        name = self._cluster.new(template)
        try:
            yield name
        finally:
            self._cluster.drop(name)
