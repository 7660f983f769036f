"""From `:name`, as statements are written everywhere in this program, to PostgreSQL's `$1`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

# A parameter, or one of the things in which a colon means something else: texts, quoted names, comments, casts.
_TOKEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|::|:([A-Za-z_]\w*)""")


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
