"""One request's statements on one connection to PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from psycopg.pq.abc import PGresult

from trackline.db.dialect import Dialect, PostgresDialect
from trackline.db.postgres.pipe import Statement
from trackline.db.postgres.sql import translate, translate_rows
from trackline.db.transaction import Answer

BEGIN_READ = Statement("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
BEGIN = Statement("BEGIN")
XID = "pg_current_xact_id()::text"  # the number of the transaction
COMMIT = Statement("COMMIT")
ROLLBACK = Statement("ROLLBACK")
ROWS_AT_ONCE = 100  # in one statement, which is prepared for each number of rows


class Asked(Protocol):
    """Where statements go: a pipe, or what has their answers already."""

    def run(self, statements: Sequence[Statement]) -> list[PGresult]: ...

    def rows(self, result: PGresult) -> list[Any]: ...


class PostgresTransaction:
    """Satisfies `Transaction`. It begins with `opening`, which goes out with the first statement that asks."""

    dialect: Dialect = PostgresDialect()

    def __init__(self, pipe: Asked, now_ms: int, *opening: Statement) -> None:
        self._pipe = pipe
        self._opened: list[PGresult] | None = None  # None: nothing has gone out
        self._results: list[PGresult] = []  # of the statements that wait, in time
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

    def insert(self, sql: str, rows: Sequence[Mapping[str, Any]]) -> None:
        self.statements += 1
        for first in range(0, len(rows), ROWS_AT_ONCE):
            some = rows[first : first + ROWS_AT_ONCE]
            text, names = translate_rows(sql, len(some))
            self.waiting.append(Statement(text, [row[name] for row in some for name in names]))

    def changed(self, sql: str, parameters: Mapping[str, Any] = {}) -> int:
        self.execute(sql, parameters)
        return self._run()[-1].command_tuples or 0

    def rows(self, sql: str, parameters: Mapping[str, Any] = {}) -> list[Any]:
        return self.ask(sql, parameters)()

    def ask(self, sql: str, parameters: Mapping[str, Any] = {}) -> Answer:
        self.execute(sql, parameters)
        results, place = self._results, len(self.waiting) - 1

        def rows() -> list[Any]:
            if not results:
                self._run()
            return self._pipe.rows(results[place])

        return rows

    def row(self, sql: str, parameters: Mapping[str, Any] = {}) -> Any | None:
        rows = self.rows(sql, parameters)
        return rows[0] if rows else None

    def opened(self) -> list[PGresult]:
        """What came of the first statements, those in `opening` before all."""
        if self._opened is None:
            self._run()
        return self._opened or []

    @property
    def has_begun(self) -> bool:
        return self._opened is not None

    def _run(self) -> list[PGresult]:
        waiting, self.waiting = self.waiting, []
        results, self._results = self._results, []
        if self._opened is None:
            self._opened = results
        results += self._pipe.run(waiting)
        return results
