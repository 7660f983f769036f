"""A PostgreSQL database that is only read, perhaps another program's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import psycopg

from trackline.db.errors import DatabaseRefused
from trackline.db.postgres.connect import Server
from trackline.db.postgres.sql import translate
from trackline.db.postgres.transaction import PostgresTransaction
from trackline.db.reading import OwnReading, columns_by_table
from trackline.db.transaction import Transaction

_COLUMNS = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()"
# It may take as long as it takes, and sees one snapshot.
_BEGIN = """
SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0;
BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY
"""


class PostgresReading(OwnReading):
    def __init__(self, server: Server) -> None:
        try:
            self._connection = server.connect()
        except psycopg.OperationalError as error:
            raise DatabaseRefused(
                f"{server.name} cannot be reached: {error}.", "Check the address, and that it runs."
            ) from error
        self._connection.execute(_BEGIN, prepare=False)
        self.tx: Transaction = PostgresTransaction(self._connection.pipe, 0)

    def columns(self) -> dict[str, set[str]]:
        return columns_by_table(self.tx.rows(_COLUMNS))

    def stream(self, sql: str, parameters: Mapping[str, Any], size: int) -> Iterator[list[Any]]:
        text, names = translate(sql)
        with psycopg.RawServerCursor(self._connection, "stream") as cursor:
            cursor.execute(text, [parameters[name] for name in names], binary=True)
            while rows := cursor.fetchmany(size):
                yield rows

    def close(self) -> None:
        self._connection.close()
