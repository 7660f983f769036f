"""What can be seen of a PostgreSQL database's health by a user who may do no more than use it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

import psycopg

from trackline.db.errors import Unavailable
from trackline.db.health import Book, Parts
from trackline.db.postgres.connect import Server
from trackline.db.postgres.database import read_on
from trackline.db.postgres.migrate import TABLES
from trackline.db.transaction import Transaction

T = TypeVar("T")

_SETTINGS = """
SELECT name, setting FROM pg_settings
WHERE name IN ('autovacuum', 'fsync', 'full_page_writes', 'synchronous_commit', 'track_counts')
"""
_INDEXES = """
SELECT c.relname, i.indisvalid AND i.indisready FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE c.relnamespace = current_schema()::regnamespace
"""
_TRIGGERS = """
SELECT t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE c.relnamespace = current_schema()::regnamespace AND NOT t.tgisinternal AND t.tgenabled <> 'D'
"""
# What is kept for superusers is nobody else's; -1 is no limit.
_CONNECTIONS = """
SELECT least(
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
        - coalesce(current_setting('reserved_connections', true), '0')::int,
    (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database()),
    (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user)
), (
    SELECT count(*) FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND application_name <> current_setting('application_name')
)
"""
_TABLES_IN_USE = """
SELECT relname, n_live_tup, n_dead_tup, greatest(last_vacuum, last_autovacuum) FROM pg_stat_user_tables
WHERE schemaname = current_schema() ORDER BY n_dead_tup DESC
"""
_OLDEST = """
SELECT coalesce(extract(epoch FROM max(clock_timestamp() - xact_start)), 0)::float8 FROM pg_stat_activity
WHERE backend_type = 'client backend'
"""
# Of tables as in TABLES. Who does not own them cannot change them when a new version has to.
_RIGHTS = """
SELECT current_user::text, current_schema()::text, has_schema_privilege(current_schema(), 'CREATE'),
    pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean,
    coalesce(array_agg(relname::text ORDER BY relname) FILTER (WHERE NOT may_write), '{}'),
    coalesce(array_agg(relname::text ORDER BY relname) FILTER (WHERE NOT is_own), '{}')
FROM (
    SELECT c.relname, has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT')
        AND has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE') AS may_write,
        pg_has_role(c.relowner, 'USAGE') AS is_own
    FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = ANY (%s)
) tables
"""
_LAG = """
SELECT pg_is_in_recovery(), CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
    ELSE coalesce(extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()), 0) END::float8
"""


class Table(NamedTuple):
    """Rows as PostgreSQL counts them, which is about right. `vacuumed`: when last, by whomever; None for never."""

    name: str
    live: int
    dead: int
    vacuumed: datetime | None


class Rights(NamedTuple):
    """What `user` may do: `may_make` tables in `schema`; not write to those `unwritable`, nor alter those `foreign`.

    `reads_only`: nobody writes here. It is a standby, or the connection is set to read.
    """

    user: str
    schema: str
    may_make: bool
    reads_only: bool
    unwritable: list[str]
    foreign: list[str]


class PostgresHealth(NamedTuple):
    """`allowed` connections for this user, of which programs other than Trackline have `others`.

    `ahead_seconds` is its clock before that of this machine. `oldest_seconds`: of the longest open transaction.
    """

    version: str
    settings: dict[str, str]
    book: Book
    parts: Parts
    rights: Rights
    allowed: int
    others: int
    tables: list[Table]
    ahead_seconds: float
    oldest_seconds: float


def read_health(server: Server) -> PostgresHealth:
    """Raises psycopg.Error."""
    with server.connect() as connection:
        ask = connection.execute
        tables = frozenset(name for (name,) in ask(TABLES))
        indexes: dict[str, bool] = dict(ask(_INDEXES).fetchall())
        allowed, others = _row(connection, _CONNECTIONS)
        return PostgresHealth(
            version=str(connection.info.parameter_status("server_version")),
            settings=dict(ask(_SETTINGS).fetchall()),
            book=ask("SELECT number, name FROM schema_migrations").fetchall() if "schema_migrations" in tables else [],
            parts=Parts(
                tables,
                frozenset(indexes),
                frozenset(name for (name,) in ask(_TRIGGERS)),
                frozenset(name for name, is_valid in indexes.items() if not is_valid),
            ),
            rights=Rights(*_row(connection, _RIGHTS, [list(tables)])),
            allowed=allowed,
            others=others,
            tables=[Table(*row) for row in ask(_TABLES_IN_USE)],
            ahead_seconds=_seconds_ahead(connection),
            oldest_seconds=_row(connection, _OLDEST)[0],
        )


def seconds_behind(standby: Server) -> float | None:
    """How far it is behind its primary; None for a server that is no standby. Raises psycopg.Error."""
    with standby.connect() as connection:
        is_standby, seconds = _row(connection, _LAG)
        return float(seconds) if is_standby else None


def look(server: Server, question: Callable[[Transaction], T]) -> T:
    """What `question(transaction)` finds. Raises Unavailable."""
    try:
        with closing(server.connect()) as connection:
            found = read_on(connection, time.time_ns() // 1_000_000, question, ())
            connection.pipe.settle()
            return found
    except psycopg.Error as error:
        raise Unavailable(f"The database cannot be read: {error}.") from error


def _seconds_ahead(connection: psycopg.Connection) -> float:
    """Taken as halfway between question and answer."""
    before = time.time()
    (theirs,) = _row(connection, "SELECT extract(epoch FROM clock_timestamp())::float8")
    return float(theirs) - (before + time.time()) / 2


def _row(connection: psycopg.Connection, query: str, parameters: Sequence[object] = ()) -> tuple[Any, ...]:
    """The only one."""
    (row,) = connection.execute(query.encode(), parameters).fetchall()
    return tuple(row)
