"""The table of runs: one page of what a search finds, with the cells of the columns that are wanted and no others."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from trackline.db.transaction import Transaction
from trackline.domain.filters import MEASURED, Field, Kind, RunQuery
from trackline.domain.tables import CELL, Cell, RunColumns, RunCount, RunTable, RunTableQuery
from trackline.store.keys import find_keys
from trackline.store.run_family import read_family
from trackline.store.run_keys import telling_fields
from trackline.store.search import count_runs, search_runs

_RUNS = """
SELECT id, uuid, name, experiment_id, user_id, status, lifecycle, start_ms, end_ms, seen_ms FROM runs WHERE {condition}
"""
_METRICS = """
SELECT run_id, key_id, value, min_value, max_value FROM metric_summaries WHERE {condition}
"""
_TEXTS = """
SELECT run_id, key_id, substr(value, 1, CAST(:longest AS INTEGER)) FROM {table} WHERE {condition}
"""
_TABLES: dict[Kind, str] = {"parameter": "params", "tag": "tags"}
_EXTREMES: tuple[Kind, ...] = ("metric", "minimum", "maximum")  # as _METRICS has them

Cells = Mapping[tuple[Field, int], Cell]


def read_run_table(tx: Transaction, query: RunTableQuery) -> RunTable:
    """Raises InvalidParameter."""
    runs = query.runs
    page = search_runs(tx, msgspec.structs.replace(runs, max_results=query.skip + runs.max_results))
    ids = page.ids[query.skip :]
    is_whole = runs.page_token is None and page.next_page_token is None
    fields = telling_fields(tx, runs.experiment_ids) if query.fields is None else query.fields
    columns, numbers = run_columns(tx, ids)
    cells = run_cells(tx, numbers, fields, query.longest)
    return RunTable(
        total=len(page.ids) if is_whole else count_runs(tx, runs) if query.counted else None,
        runs=columns,
        fields=fields,
        values=[[cells.get((field, number)) for number in numbers] for field in fields],
        next_page_token=page.next_page_token,
        family=read_family(tx, dict(zip(numbers, columns.run_id, strict=True)), runs) if query.family else None,
    )


def read_run_count(tx: Transaction, query: RunQuery) -> RunCount:
    """Raises InvalidParameter."""
    return RunCount(count_runs(tx, query))


def run_columns(tx: Transaction, ids: list[int]) -> tuple[RunColumns, list[int]]:
    """The runs in the order of their numbers, and those numbers."""
    found = {row[0]: row for row in tx.rows(_RUNS.format(condition=tx.dialect.among("id", "ids")), {"ids": ids})}
    rows = [found[number] for number in ids]
    number, uuid, name, experiment, user, status, lifecycle, start, end, seen = (
        zip(*rows, strict=True) if rows else [()] * 10
    )
    columns = RunColumns(
        run_id=list(uuid),
        run_name=list(name),
        experiment_id=[str(one) for one in experiment],
        user_id=list(user),
        status=list(status),
        lifecycle_stage=list(lifecycle),
        start_time=list(start),
        end_time=[one or None for one in end],
        last_seen=[at if one == "RUNNING" else None for one, at in zip(status, seen, strict=True)],
    )
    return columns, list(number)


def run_cells(tx: Transaction, ids: list[int], fields: Sequence[Field], longest: int = CELL) -> Cells:
    """What these runs have in these fields; attributes are columns of their own and have no cells."""
    keys = find_keys(tx, {field.key for field in fields})
    wanted: defaultdict[tuple[Kind, int], list[Field]] = defaultdict(list)
    for field in fields:
        if field.key in keys:
            wanted[field.kind, keys[field.key]].append(field)
    cells: dict[tuple[Field, int], Cell] = {}
    for kind, run, key, value in [*_numbers(tx, ids, fields, keys), *_texts(tx, ids, wanted, longest)]:
        for field in wanted.get((kind, key), ()):
            cells[field, run] = value
    return cells


def _numbers(
    tx: Transaction, ids: list[int], fields: Sequence[Field], keys: Mapping[str, int]
) -> list[tuple[Kind, int, int, Cell]]:
    rows = tx.rows(
        _METRICS.format(condition=_of(tx)),
        {"ids": ids, "keys": [keys[field.key] for field in fields if field.kind in MEASURED and field.key in keys]},
    )
    return [
        (kind, run, key, math.nan if value is None else value)
        for run, key, *values in rows
        for kind, value in zip(_EXTREMES, values, strict=True)
    ]


def _texts(
    tx: Transaction, ids: list[int], wanted: Mapping[tuple[Kind, int], list[Field]], longest: int
) -> list[tuple[Kind, int, int, Cell]]:
    found: list[tuple[Kind, int, int, Cell]] = []
    for kind, table in _TABLES.items():
        keys = [key for of, key in wanted if of == kind]
        rows = tx.rows(_TEXTS.format(table=table, condition=_of(tx)), {"ids": ids, "keys": keys, "longest": longest})
        found += [(kind, run, key, value) for run, key, value in rows]
    return found


def _of(tx: Transaction) -> str:
    return f"{tx.dialect.among('run_id', 'ids')} AND {tx.dialect.among('key_id', 'keys')}"
