"""Runs side by side: what they are, and what they have in the fields wanted, or in all fields that they use."""

from __future__ import annotations

from trackline.db.transaction import Transaction
from trackline.domain.filters import Field
from trackline.domain.tables import Comparison, ComparisonQuery, KeyKind, Names
from trackline.store.run_keys import names_used
from trackline.store.run_table import run_cells, run_columns
from trackline.store.runs import run_numbers

_KINDS: tuple[KeyKind, ...] = ("parameter", "metric", "tag")


def read_comparison(tx: Transaction, query: ComparisonQuery) -> Comparison:
    """The runs in the order asked for, living and deleted ones."""
    numbers = run_numbers(tx, query.run_ids)
    ids = [numbers[uuid] for uuid in query.run_ids if uuid in numbers]
    fields, more = (query.fields, []) if query.fields is not None else _fields(tx, ids, query)
    columns, _ = run_columns(tx, ids)
    cells = run_cells(tx, ids, fields)
    return Comparison(
        runs=columns,
        missing=[uuid for uuid in query.run_ids if uuid not in numbers],
        fields=fields,
        values=[[cells.get((field, number)) for number in ids] for field in fields],
        more=more,
    )


def _fields(tx: Transaction, ids: list[int], query: ComparisonQuery) -> tuple[list[Field], list[KeyKind]]:
    fields: list[Field] = []
    more: list[KeyKind] = []
    most = query.max_results
    for kind in _KINDS:
        names = Names(kind=kind, search=query.search, max_results=most, varying=query.differing)
        rows = names_used(tx, ids, names)
        shown = query.measure if kind == "metric" else kind
        fields += [Field(shown, row.key) for row in rows[:most]]
        if len(rows) > most:
            more.append(kind)
    return fields, more
