"""A PostgreSQL database that is only read, perhaps another program's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

import psycopg
from psycopg.pq.abc import PGresult

from trackline.db.errors import DatabaseRefused
from trackline.db.postgres.connect import Server
from trackline.db.postgres.pipe import Pipe, Statement
from trackline.db.postgres.sql import translate
from trackline.db.postgres.transaction import PostgresTransaction
from trackline.db.reading import OwnReading, columns_by_table, in_one_line, told_of
from trackline.db.transaction import Transaction

_COLUMNS = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()"
# It may take as long as it takes, and sees one snapshot.
_BEGIN = """
SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0;
BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY
"""


class _Told:
    """A pipe that raises Unavailable for whatever PostgreSQL has against a statement."""

    def __init__(self, server: Server, pipe: Pipe) -> None:
        self._shown = server.name
        self._pipe = pipe

    def run(self, statements: Sequence[Statement]) -> list[PGresult]:
        with told_of(self._shown, psycopg.Error):
            return self._pipe.run(statements)

    def rows(self, result: PGresult) -> list[Any]:
        return self._pipe.rows(result)


class PostgresReading(OwnReading):
    def __init__(self, server: Server) -> None:
        self._shown = server.name
        try:
            self._connection = server.connect()
        except psycopg.OperationalError as error:
            raise DatabaseRefused(
                f"{server.name} cannot be reached: {in_one_line(error)}.",
                "Check the address, and that it runs.",
            ) from error
        self._connection.execute(_BEGIN, prepare=False)
        self.tx: Transaction = PostgresTransaction(_Told(server, self._connection.pipe), 0)

    def columns(self) -> dict[str, set[str]]:
        return columns_by_table(self.tx.rows(_COLUMNS))

    def stream(self, sql: str, parameters: Mapping[str, Any], size: int) -> Iterator[list[Any]]:
        text, names = translate(sql)
        cursor = psycopg.RawServerCursor(self._connection, "stream")
        with closing(cursor):
            with told_of(self._shown, psycopg.Error):
                cursor.execute(text, [parameters[name] for name in names], binary=True)
            while rows := self._next(cursor, size):
                yield rows

    def _next(self, cursor: psycopg.RawServerCursor[Any], size: int) -> list[Any]:
        with told_of(self._shown, psycopg.Error):
            return cursor.fetchmany(size)

    def close(self) -> None:
        self._connection.close()
