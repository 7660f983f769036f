"""What the fuzzers begin with: requests made from the shapes, words of the languages, and inputs worth keeping."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

from tests.fuzz.door import PART, ROUTES
from tests.wire.shapes import full
from trackline.domain import filters
from trackline.server.endpoints import Call
from trackline.server.routes import CALLS

KEPT = Path(__file__).parent / "corpus"  # a file for each target, an input a line, in base64
LANGUAGE = (
    *("metrics.m", "min.m", "params.`p`", 'tags."t"', "attributes.run_id", "dataset.name", "run_name", "created"),
    *(
        "= 'x'",
        "!= 1",
        "<= -1e3",
        "LIKE '%_'",
        "ILIKE",
        "IN ('a','b')",
        "NOT IN (",
        "IS NOT NULL",
        "AND ",
        "OR ",
        "NOT (",
        ")",
    ),
    *(" ASC", " DESC", "\n", "''", "``", '""'),
)
PLACES = (
    *("../", "%2e%2e%2f", "%252e", "\\", "//", "#", "?", "@", "file://", "runs:/", "models:/m/1", "s3://bucket/root/"),
    *("mlflow-artifacts:/", "mlflow-artifacts://host/", "/var/artifacts/", "link/", "%00", "%0a", "C:/", "~", ".", ":"),
)
WORDS = {"filters": LANGUAGE, "paths": PLACES, "sources": PLACES}


def kept(name: str) -> list[bytes]:
    """Inputs that once went wrong, or that lead into many corners."""
    file = KEPT / f"{name}.txt"
    return [b64decode(line) for line in file.read_text().split()] if file.exists() else []


def seeds(name: str) -> list[bytes]:
    made = {"door": _requests, "shapes": _bodies}.get(name)
    plain = [word.encode() for word in WORDS.get(name, ())]
    return [*kept(name), *(made() if made else plain)]


def words(name: str) -> list[str]:
    """What libFuzzer may put into an input as a whole."""
    if name not in {"door", "shapes"}:
        return list(WORDS.get(name, ()))
    fields = {field for call in CALLS for field in full(call.shape)}
    values = (
        '"1"',
        "null",
        "-1",
        "1e400",
        "NaN",
        "[]",
        "{}",
        '"\\u0000"',
        '"\\ud800"',
        '"runs:/1/m"',
        '"ALL"',
        "9" * 19,
    )
    keys = ("metrics.m", "IN (", "LIKE '%'", "AND", *filters.RUNS.prefixes) if name == "door" else ()
    return [*(f'"{field}":' for field in sorted(fields)), *values, *keys]


def _bodies() -> Iterator[bytes]:
    shapes = dict.fromkeys(call.shape for call in CALLS)
    for number, shape in enumerate(shapes):
        yield bytes([number]) + json.dumps(full(shape)).encode()


def _requests() -> Iterator[bytes]:
    for number, route in enumerate(ROUTES):
        given = full(route.shape) if isinstance(route, Call) else {"path": "m/x", "run_id": "1", "model_id": "1"}
        query = urlencode({name: value for name, value in given.items() if isinstance(value, str)}).encode()
        yield bytes([number]) + PART.join((b"1", query, json.dumps(given).encode()))
