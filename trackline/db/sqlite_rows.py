"""Statements on several values, spelled for so many: SQLite works on such a one sooner than on a list of JSON."""

from __future__ import annotations

import re
from functools import lru_cache

ROWS_AT_ONCE = 32  # that one INSERT takes, which is prepared for each number of rows

_VALUES = re.compile(r"VALUES \(([^()]*)\)")


@lru_cache(maxsize=256)
def of_rows(sql: str, count: int) -> tuple[str, list[str]]:
    """The same INSERT, of so many rows, with `?` for parameters; their names in one row."""
    names = [name.strip(" :") for name in _VALUES.findall(sql)[0].split(",")]
    row = ", ".join("?" * len(names))
    return _VALUES.sub("VALUES " + ", ".join([f"({row})"] * count), sql), names


@lru_cache(maxsize=512)
def of_one(sql: str, name: str) -> str | None:
    """The same query where the list `name` has one element, which is bound instead of the list: a quarter of the time.

    None where the list stands elsewhere than after IN.
    """
    text = sql.replace(f"IN (SELECT value FROM json_each(:{name}))", f"IN (:{name})")
    return None if text == sql or f"json_each(:{name})" in text else text
