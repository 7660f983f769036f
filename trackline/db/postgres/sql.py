"""From `:name`, as statements are written everywhere in this program, to PostgreSQL's `$1`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

# A parameter, or one of the things in which a colon means something else: texts, quoted names, comments, casts.
_TOKEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|::|:([A-Za-z_]\w*)""")

_VALUES = re.compile(r"VALUES \([^()]*\)")


class Translated(NamedTuple):
    text: str
    names: tuple[str, ...]  # of the parameters, $1 first


@lru_cache(maxsize=2048)
def translate(sql: str) -> Translated:
    numbers: dict[str, int] = {}

    def spelled(token: re.Match[str]) -> str:
        name = token[1]
        return token[0] if name is None else f"${numbers.setdefault(name, len(numbers) + 1)}"

    text = _TOKEN.sub(spelled, sql)
    return Translated(text, tuple(numbers))


@lru_cache(maxsize=512)
def translate_rows(sql: str, count: int) -> Translated:
    """An INSERT of so many rows in one statement; `names` are those of one row, whose parameters follow one another."""
    text, names = translate(sql)
    width = len(names)
    rows = (", ".join(f"${place}" for place in range(first, first + width)) for first in range(1, count * width, width))
    return Translated(_VALUES.sub("VALUES " + ", ".join(f"({row})" for row in rows), text), names)
