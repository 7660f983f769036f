"""A PostgreSQL database into an SQLite file with the same tables, and back: all of one snapshot, by COPY."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from trackline.db.errors import DatabaseRefused
from trackline.db.postgres.connect import Server
from trackline.db.sqlite_backup import Filling, Table, rows_of, tables_of

_NO_LIMITS = """
SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL lock_timeout = '10s'
"""
_TYPES = """
SELECT column_name, udt_name FROM information_schema.columns
WHERE table_schema = current_schema() AND table_name = %s
"""
_ANY = sql.SQL("SELECT 1 FROM {} LIMIT 1")
_COUNTER = "SELECT pg_get_serial_sequence(format('%%I', %s::text), 'id')"


def copy_postgres(server: Server, target: Path) -> dict[str, int]:
    """Fill `target`, which has all tables and nothing in them, and count the rows of each. Raises psycopg.Error."""
    filling = Filling(target)
    counts = {}
    with server.connect() as connection, connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY", prepare=False)
        connection.execute(_NO_LIMITS, prepare=False)
        _check_same_schema(server, connection, target)
        for table in tables_of(target):
            given = _given_last(connection, table.name)
            counts[table.name] = filling.add(table._replace(counted=given), _rows(connection, table))
    filling.close()
    return counts


def fill_postgres(server: Server, source: Path) -> None:
    """Fill the database, which has all tables and nothing in them, all or nothing. Raises psycopg.Error."""
    with server.connect() as connection, connection.transaction():
        connection.execute(_NO_LIMITS, prepare=False)
        _check_same_schema(server, connection, source)
        for table in tables_of(source):
            if connection.execute(_ANY.format(sql.Identifier(table.name))).fetchone():
                raise DatabaseRefused(
                    f"{server.name} is not empty: there are rows in {table.name}.",
                    "Make an empty database (createdb trackline_restored) and name that with --backend-store-uri.",
                )
            types = _types(connection, table)
            with connection.cursor().copy(_copy(table, "FROM STDIN (FORMAT BINARY)")) as copy:
                copy.set_types(types)
                for row in rows_of(source, table):
                    copy.write_row(row)
            _go_on_counting(connection, table)


def _check_same_schema(server: Server, connection: psycopg.Connection, file: Path) -> None:
    with closing(sqlite3.connect(file)) as other:
        here = {name for (name,) in connection.execute("SELECT name FROM schema_migrations").fetchall()}
        there = {name for (name,) in other.execute("SELECT name FROM schema_migrations")}
    if here != there:
        raise DatabaseRefused(
            f"The schema of {server.name} is not this program's ({', '.join(sorted(here ^ there))}).",
            "Start the server of the newest version once, and use the command of the same version.",
        )


def _rows(connection: psycopg.Connection, table: Table) -> Iterator[tuple[Any, ...]]:
    types = _types(connection, table)
    with connection.cursor().copy(_copy(table, "TO STDOUT (FORMAT BINARY)")) as copy:
        copy.set_types(types)
        yield from copy.rows()


def _copy(table: Table, how: str) -> sql.Composed:
    columns = sql.SQL(", ").join(sql.Identifier(name) for name in table.columns)
    return sql.SQL("COPY {} ({}) " + how).format(sql.Identifier(table.name), columns)


def _types(connection: psycopg.Connection, table: Table) -> list[str]:
    known: dict[str, str] = dict(connection.execute(_TYPES, [table.name]).fetchall())
    return [known[name] for name in table.columns]


def _given_last(connection: psycopg.Connection, table: str) -> int | None:
    """The highest id that was given in the table, None where it counts none."""
    counter = _counter(connection, table)
    if counter is None:
        return None
    row = connection.execute(sql.SQL("SELECT last_value, is_called FROM {}").format(sql.SQL(counter))).fetchone()
    return int(row[0]) if row and row[1] else None


def _go_on_counting(connection: psycopg.Connection, table: Table) -> None:
    counter = _counter(connection, table.name)
    if counter is not None:
        highest = sql.SQL("(SELECT max(id) FROM {})").format(sql.Identifier(table.name))
        connection.execute(
            sql.SQL("SELECT setval(%s, greatest({}, %s::bigint)) WHERE greatest({}, %s::bigint) > 0").format(
                highest, highest
            ),
            [counter, table.counted, table.counted],
        )


def _counter(connection: psycopg.Connection, table: str) -> str | None:
    has_id = "id" in dict(connection.execute(_TYPES, [table]).fetchall())
    row = connection.execute(_COUNTER, [table]).fetchone() if has_id else None
    return row[0] if row else None
