"""What one comparison of a filter leaves over: few things are sooner sorted than all others are passed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from trackline.db.dialect import Dialect
from trackline.db.transaction import Transaction
from trackline.domain.filters import MEASURED, And, Comparison, Tree
from trackline.store.search.conditions import Tables, compared
from trackline.store.search.pages import Parameters

FEW = 2000  # rows; to sort them takes milliseconds
LOOKED_UP = frozenset({"=", "IN", "LIKE", "ILIKE"})
INDEXED = 64  # characters at the beginning of a value that the indexes of params and tags hold


class Few(NamedTuple):
    """A query for ids that yields `size` of them."""

    source: str
    size: int


def fewest(tx: Transaction, sources: list[str], parameters: Parameters, most: int | None = None) -> Few | None:
    """That of the queries in `sources` which yields least, None where none of them yields few rows: `most`, or FEW."""
    most = FEW if most is None else most
    if not sources:
        return None
    counts = ", ".join(f"(SELECT count(*) FROM ({source} LIMIT {most + 1}) few)" for source in sources)
    row = tx.row(f"SELECT {counts}", parameters.values)
    count, source = min(zip(row or (), sources, strict=True))
    return Few(source, int(count)) if count <= most else None


def yields_more(tx: Transaction, source: str, parameters: Parameters, number: int) -> bool:
    """Whether that query yields more rows."""
    (count,) = tx.rows(f"SELECT count(*) FROM ({source} LIMIT {number + 1}) first", parameters.values)[0]
    return int(count) > number


def candidate_sources(
    tree: Tree | None, tables: Tables, keys: Mapping[str, int], dialect: Dialect, parameters: Parameters
) -> list[str]:
    """Queries for `id`, answered from an index; each yields all rows that the filter is true of, or more."""
    sources = []
    for comparison in _required(tree):
        field, operator = comparison.field, comparison.operator
        if field.kind == "attribute" and field.key in tables.lookups and operator in LOOKED_UP:
            named = compared(tables.columns[field.key], comparison, dialect, parameters)
            sources.append(f"{tables.lookups[field.key]} AND {named}")
        elif field.kind in tables.values and field.key in keys and operator != "IS NULL":
            sources.append(_source(comparison, tables, keys[field.key], parameters))
    return sources


def _required(tree: Tree | None) -> Iterator[Comparison]:
    """The comparisons without which the filter cannot be true."""
    match tree:
        case Comparison():
            yield tree
        case And(parts):
            for part in parts:
                yield from _required(part)


def _source(comparison: Comparison, tables: Tables, key: int, parameters: Parameters) -> str:
    table = tables.values[comparison.field.kind]
    source = f"SELECT v.{tables.owner} AS id FROM {table} v WHERE v.key_id = {parameters.bind(key)}"
    if comparison.field.kind in MEASURED and comparison.operator != "!=":
        return f"{source} AND v.value {comparison.operator} {parameters.bind(comparison.value)}"
    if comparison.field.kind not in MEASURED and comparison.operator == "=":
        # Beside `value = …`, SQLite would put the value into substr() as well and not use the index.
        return f"{source} AND substr(v.value, 1, {INDEXED}) = {parameters.bind(str(comparison.value)[:INDEXED])}"
    return source
