"""Brings a PostgreSQL database to the schema that this program knows, one numbered file of SQL after another.

Any number of processes may try at once: one of them holds the lock and works, the others wait and find it done.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources.abc import Traversable

import psycopg

from trackline.db.errors import DatabaseRefused
from trackline.db.migrate import migration_files, refuse_what_is_too_new
from trackline.db.postgres.connect import Server
from trackline.db.postgres.failures import said

OLDEST = 14  # of the major versions that are tried
_LOCK = 0x7472_6163_6B6C_696E  # of ours alone, in any database
_WAIT = "10min"  # for another process that migrates
_LIMITS = "SET LOCAL lock_timeout = '10s'; SET LOCAL statement_timeout = '10min'"

_HINT = (
    "Check that the server runs, that user and password are right, that the database exists (createdb makes one) and "
    "that this user may make tables in it."
)
_HELD = "Somebody else holds its tables for long: find them in pg_stat_activity, end them or wait, then start it again."
_HINTS: dict[str | None, str] = {
    "42501": "Let the owner of the schema give this user the right to make tables in it; trackline doctor says how.",
    "55P03": _HELD,
    "57014": _HELD,
}

_BOOK = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    number     BIGINT PRIMARY KEY,
    name       TEXT NOT NULL,
    applied_at TIMESTAMPTZ NOT NULL DEFAULT now()
)
"""

# Of the schema in which tables are made; without those that belong to extensions.
TABLES = """
SELECT c.relname FROM pg_class c
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT EXISTS (
    SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
)
ORDER BY c.relname
"""


def migrate_postgres(server: Server, migrations: Traversable, foreign_tables: dict[str, str]) -> None:
    """Bring the database up to date. Raises as `check_postgres`."""
    with _connected(server) as connection:
        _refuse_what_is_not_ours(server, connection, migrations, foreign_tables)
        if _missing(connection, migrations):
            with connection.transaction():
                connection.execute(f"SET LOCAL lock_timeout = '{_WAIT}'; SET LOCAL statement_timeout = '{_WAIT}'")
                connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
                connection.execute(_LIMITS)
                _apply(connection, migrations)


def check_postgres(server: Server, migrations: Traversable, foreign_tables: dict[str, str]) -> None:
    """Make sure that the database may be migrated, without changing it.

    `foreign_tables` maps a table that gives another program's database away to that program's name. Raises
    DatabaseRefused for such a database, for one that is newer than this program, and for a server that cannot be
    reached or used.
    """
    with _connected(server) as connection:
        _refuse_what_is_not_ours(server, connection, migrations, foreign_tables)


@contextmanager
def _connected(server: Server) -> Iterator[psycopg.Connection]:
    try:
        with server.connect() as connection:
            yield connection
    except psycopg.Error as error:
        raise DatabaseRefused(
            f"The PostgreSQL database {server.name} cannot be used: {said(error)}.", _HINTS.get(error.sqlstate, _HINT)
        ) from error


def _refuse_what_is_not_ours(
    server: Server, connection: psycopg.Connection, migrations: Traversable, foreign_tables: dict[str, str]
) -> None:
    _refuse_what_cannot_hold_it(server, connection)
    tables = [name for (name,) in connection.execute(TABLES)]
    for table, program in foreign_tables.items():
        if table in tables:
            raise DatabaseRefused(
                f"{server.name} is a database of {program}'s; Trackline never changes it.",
                "Give Trackline a database of its own: createdb trackline",
            )
    if "schema_migrations" not in tables:
        if tables:
            raise DatabaseRefused(
                f"{server.name} holds tables of another program ({', '.join(tables[:3])} …).",
                "Give Trackline a database of its own: createdb trackline",
            )
        return
    refuse_what_is_too_new(server.name, connection.execute("SELECT number, name FROM schema_migrations"), migrations)


def _refuse_what_cannot_hold_it(server: Server, connection: psycopg.Connection) -> None:
    version = connection.info.server_version // 10_000
    if version < OLDEST:
        raise DatabaseRefused(
            f"{server.name} is PostgreSQL {version}; Trackline needs {OLDEST} or newer.", "Upgrade the database server."
        )
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise DatabaseRefused(
            f"{server.name} keeps its texts as {encoding}, which has no place for all that people write.",
            "Make the database with createdb --encoding=UTF8 --template=template0",
        )
    (schema,) = connection.execute("SELECT current_schema()").fetchone() or (None,)
    if schema is None:
        raise DatabaseRefused(
            f"The search_path of {server.name} names no schema that exists.", "Make the schema, or name another."
        )


def _missing(connection: psycopg.Connection, migrations: Traversable) -> list[tuple[int, Traversable]]:
    known = [name for (name,) in connection.execute(TABLES)]
    done = _applied(connection) if "schema_migrations" in known else set()
    return [(number, file) for number, file in migration_files(migrations) if number not in done]


def _applied(connection: psycopg.Connection) -> set[int]:
    return {number for (number,) in connection.execute("SELECT number FROM schema_migrations")}


def _apply(connection: psycopg.Connection, migrations: Traversable) -> None:
    connection.execute(_BOOK)
    for number, file in _missing(connection, migrations):
        connection.execute(file.read_bytes())
        connection.execute("INSERT INTO schema_migrations (number, name) VALUES (%s, %s)", [number, file.name])
