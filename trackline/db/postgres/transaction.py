"""One request's statements on one connection to PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from psycopg import Connection, RawCursor

from trackline.db.dialect import Dialect, PostgresDialect
from trackline.db.postgres.sql import translate


class PostgresTransaction:
    """Satisfies `Transaction`."""

    dialect: Dialect = PostgresDialect()

    def __init__(self, connection: Connection, now_ms: int) -> None:
        self._connection = connection
        self.now_ms = now_ms
        self.asker: object = None
        self.statements = 0
        self.announced: set[str] = set()

    def announce(self, topic: str) -> None:
        self.announced.add(topic)

    def execute(self, sql: str, parameters: Mapping[str, Any] = {}) -> int:
        return self._send(sql, parameters).rowcount

    def many(self, sql: str, rows: Iterable[Mapping[str, Any]]) -> None:
        self.statements += 1
        text, names = translate(sql)
        values = [[row[name] for name in names] for row in rows]
        cursor = RawCursor(self._connection)
        if len(values) == 1:
            cursor.execute(text, values[0])
        else:
            cursor.executemany(text, values)

    def rows(self, sql: str, parameters: Mapping[str, Any] = {}) -> list[Any]:
        return self._send(sql, parameters).fetchall()

    def row(self, sql: str, parameters: Mapping[str, Any] = {}) -> Any | None:
        return self._send(sql, parameters).fetchone()

    def _send(self, sql: str, parameters: Mapping[str, Any]) -> RawCursor[Any]:
        self.statements += 1
        text, names = translate(sql)
        return RawCursor(self._connection).execute(text, [parameters[name] for name in names], binary=True)
