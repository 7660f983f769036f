"""Runs as the lines of a file: CSV for spreadsheets, JSON for programs."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from trackline.domain.filters import Field, Kind
from trackline.domain.tables import RunTable
from trackline.wire.ui import cells

Format = Literal["csv", "json"]
ATTRIBUTES = ("run_id", "run_name", "experiment_id", "status", "user_id", "start_time", "end_time")

_PREFIXES: dict[Kind, str] = {
    "metric": "metrics",
    "minimum": "min",
    "maximum": "max",
    "parameter": "params",
    "tag": "tags",
    "attribute": "attributes",
}
_BARE = re.compile(r"""[^\s'"`(),=<>!]+""")
_FORMULA = re.compile(r"[=+\-@\t\r]")


def header(table: RunTable) -> list[str]:
    return [*ATTRIBUTES, *(_spelled(field) for field in table.fields)]


def begin(form: Format, names: list[str]) -> str:
    return _csv([names]) if form == "csv" else "["


def lines(form: Format, names: list[str], table: RunTable, is_first: bool) -> str:
    """The runs of one page; `is_first`: nothing stands before them."""
    rows = list(_rows(table))
    if form == "csv":
        return _csv([[_safe(cell) for cell in row] for row in rows])
    encode = msgspec.json.Encoder().encode
    text = ",\n".join(encode(dict(zip(names, row, strict=True))).decode() for row in rows)
    return text if is_first or not rows else f",\n{text}"


def end(form: Format) -> str:
    return "" if form == "csv" else "]\n"


def _rows(table: RunTable) -> Iterator[tuple[Any, ...]]:
    attributes = [getattr(table.runs, name) for name in ATTRIBUTES]
    return zip(*attributes, *(cells(column) for column in table.values), strict=True)


def _spelled(field: Field) -> str:
    """As the filter language reads it."""
    key = field.key if _BARE.fullmatch(field.key) else f"`{field.key.replace('`', '``')}`"
    return f"{_PREFIXES[field.kind]}.{key}"


def _csv(rows: list[list[Any]]) -> str:
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    return file.getvalue()


def _safe(cell: Any) -> Any:
    """A text that a spreadsheet would take for a formula gets a quote in front, so that opening a file runs nothing."""
    if isinstance(cell, str) and _FORMULA.match(cell) and not _is_number(cell):
        return f"'{cell}"
    return cell


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
