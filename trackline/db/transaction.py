"""The one way in which the rest of the program talks to a database: statements inside a transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

from trackline.db.dialect import Dialect

Answer: TypeAlias = Callable[[], list[Any]]


class Transaction(Protocol):
    """An open transaction; it ends when the function that was given it returns or raises.

    Parameters are named (`:name`). A Python list binds as one value, for `dialect.among` and
    `dialect.each`. `statements` counts what was sent so far. `asker` is whoever this is done for, in terms of the rooms
    above; None for the program itself.
    """

    now_ms: int
    dialect: Dialect
    statements: int
    asker: object

    def announce(self, topic: str) -> None:
        """Tell those who listen to the database (`Database.listen`), once this is committed, that `topic` changed."""

    def execute(self, sql: str, parameters: Mapping[str, Any] = {}) -> None:
        """Run one statement. It may wait for the next that asks something, or for the commit, and fail only there."""

    def many(self, sql: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Run one statement once for each of `rows`, as `execute` does."""

    def insert(self, sql: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """As `many`, for an `INSERT … VALUES (…)` of nothing but parameters: of all rows at once, so that none of them
        may be in conflict with another one.
        """

    def changed(self, sql: str, parameters: Mapping[str, Any] = {}) -> int:
        """Run one statement; returns the number of rows it changed."""

    def rows(self, sql: str, parameters: Mapping[str, Any] = {}) -> list[Any]:
        """All rows of a query (or of a RETURNING clause), as tuples."""

    def ask(self, sql: str, parameters: Mapping[str, Any] = {}) -> Answer:
        """As `rows`, which come by calling what this returns. What is asked together is answered in one round trip."""

    def row(self, sql: str, parameters: Mapping[str, Any] = {}) -> Any | None:
        """The first row of a query as a tuple, or None."""
