"""One request's statements on one connection to PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from psycopg.pq.abc import PGresult

from trackline.db.dialect import Dialect, PostgresDialect
from trackline.db.postgres.connect import ServerConnection
from trackline.db.postgres.pipe import Statement
from trackline.db.postgres.sql import translate


class PostgresTransaction:
    """Satisfies `Transaction`. It begins with `opening`, which goes out with the first statement that asks."""

    dialect: Dialect = PostgresDialect()

    def __init__(self, connection: ServerConnection, now_ms: int, *opening: Statement) -> None:
        self._pipe = connection.pipe
        self._opening = opening
        self._opened: list[PGresult] | None = None  # None: nothing has gone out
        self.waiting = list(opening)  # statements that nobody has asked an answer of yet
        self.now_ms = now_ms
        self.asker: object = None
        self.statements = 0
        self.announced: set[str] = set()

    def announce(self, topic: str) -> None:
        self.announced.add(topic)

    def execute(self, sql: str, parameters: Mapping[str, Any] = {}) -> None:
        self.many(sql, [parameters])

    def many(self, sql: str, rows: Iterable[Mapping[str, Any]]) -> None:
        self.statements += 1
        text, names = translate(sql)
        self.waiting += [Statement(text, [row[name] for name in names]) for row in rows]

    def changed(self, sql: str, parameters: Mapping[str, Any] = {}) -> int:
        return self._ask(sql, parameters).command_tuples or 0

    def rows(self, sql: str, parameters: Mapping[str, Any] = {}) -> list[Any]:
        return self._pipe.rows(self._ask(sql, parameters))

    def row(self, sql: str, parameters: Mapping[str, Any] = {}) -> Any | None:
        rows = self.rows(sql, parameters)
        return rows[0] if rows else None

    def opened(self) -> list[PGresult]:
        """What came of the statements in `opening`."""
        if self._opened is None:
            self._run()
        return self._opened or []

    def leave(self) -> None:
        """End one that has only read, without waiting for the end."""
        if self._opened is not None:
            self._pipe.leave(Statement("COMMIT"))

    def _ask(self, sql: str, parameters: Mapping[str, Any]) -> PGresult:
        self.execute(sql, parameters)
        return self._run()[-1]

    def _run(self) -> list[PGresult]:
        waiting, self.waiting = self.waiting, []
        is_first, self._opened = self._opened is None, self._opened or []
        results = self._pipe.run(waiting)
        if is_first:
            self._opened = results[: len(self._opening)]
        return results
