"""What can be seen of a database's health, whichever it is: facts, without a verdict. Nothing is changed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.resources.abc import Traversable
from typing import NamedTuple

_COMMENT = re.compile(r"--[^\n]*")
_MADE = re.compile(r"\bCREATE\s+(?:UNIQUE\s+)?(TABLE|INDEX|TRIGGER)\s+(\w+)[^;]*;", re.IGNORECASE)

Book = list[tuple[int, str]]  # number and name of each migration that was applied


class Parts(NamedTuple):
    """Names of what is in a schema. `invalid` are indexes that are there and not used, since making them failed."""

    tables: frozenset[str]
    indexes: frozenset[str]
    triggers: frozenset[str]
    invalid: frozenset[str] = frozenset()


class Made(NamedTuple):
    """What migrations make, by name; of an index, the statement that makes it."""

    tables: frozenset[str]
    indexes: dict[str, str]
    triggers: frozenset[str]


def made_by(migrations: Iterable[Traversable]) -> Made:
    """Read from the SQL of these files."""
    found: dict[str, dict[str, str]] = {"TABLE": {}, "INDEX": {}, "TRIGGER": {}}
    for file in migrations:
        for statement in _MADE.finditer(_COMMENT.sub("", file.read_text(encoding="utf-8"))):
            found[statement[1].upper()][statement[2]] = " ".join(statement[0].split())
    return Made(frozenset(found["TABLE"]), found["INDEX"], frozenset(found["TRIGGER"]))
