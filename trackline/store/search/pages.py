"""Sorted pages: the ORDER BY of a search, and the condition that a page begins after the last row of the one before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

from trackline.domain.filters import (
    ExperimentQuery,
    LoggedModelQuery,
    ModelVersionQuery,
    RegisteredModelQuery,
    RunQuery,
)
from trackline.domain.page_tokens import SortValue, make_token
from trackline.store.access.permissions import Seen

Query: TypeAlias = RunQuery | ExperimentQuery | LoggedModelQuery | RegisteredModelQuery | ModelVersionQuery


class Page(NamedTuple):
    """Ids in the order that was asked for; the token of the page after them, None where they are the last."""

    ids: list[int]
    next_page_token: str | None


class Key(NamedTuple):
    """One of the expressions that rows are sorted by.

    It may be NULL only where a key before it (its rank) tells those rows from the others.
    """

    sql: str
    ascending: bool = True

    @property
    def later(self) -> str:
        """The sign that compares a key with one that comes before it."""
        return ">" if self.ascending else "<"


class Parameters:
    """The values of a statement, under names made as they come."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def name(self, value: Any) -> str:
        name = f"p{len(self.values)}"
        self.values[name] = value
        return name

    def bind(self, value: Any) -> str:
        """The placeholder for `value`."""
        return f":{self.name(value)}"

    def adopt(self, seen: Seen) -> str:
        """The condition, whose values have names of their own."""
        self.values |= seen.values
        return seen.condition


def columns(keys: Sequence[Key]) -> str:
    return ", ".join(key.sql for key in keys)


def sorted_by(keys: Sequence[Key]) -> str:
    return ", ".join(f"{key.sql} {'ASC' if key.ascending else 'DESC'}" for key in keys)


def beyond(keys: Sequence[Key], after: Sequence[SortValue] | None, parameters: Parameters) -> str:
    """A condition: the row comes after the one whose keys have the values in `after`; always true of the first page."""
    if after is None:
        return "TRUE"
    # Where a value is NULL, it is so in all rows of the same rank.
    known = [(key, parameters.bind(value)) for key, value in zip(keys, after, strict=True) if value is not None]
    ways = []
    for place, (key, value) in enumerate(known):
        same = [f"{earlier.sql} = {its}" for earlier, its in known[:place]]
        ways.append(" AND ".join([*same, f"{key.sql} {key.later} {value}"]))
    first, value = known[0]
    # That the first key is not before its value follows from the rest, but an index can look this up.
    return f"({first.sql} {first.later}= {value} AND ({' OR '.join(ways)}))"


def page_of(query: Query, rows: Sequence[Sequence[Any]]) -> Page:
    """The page that `rows` (an id, then the values of all keys) make; a row too many shows that another follows."""
    return Page([row[0] for row in rows[: query.max_results]], token_of_next(query, rows, 1))


def token_of_next(query: Query, rows: Sequence[Sequence[Any]], first: int) -> str | None:
    """The token of the page after the one that `rows` make, whose values of keys begin at the place `first`."""
    return make_token(query, rows[query.max_results - 1][first:]) if len(rows) > query.max_results else None
