"""Whole runs, many at once: seven statements however many they are."""

from __future__ import annotations

from collections import defaultdict

from trackline.db.transaction import Transaction
from trackline.domain.entities import Metric, Param, Run, RunData, RunInputs, RunOutputs, Tag
from trackline.domain.filters import RunQuery
from trackline.store.datasets import dataset_inputs_of, models_of
from trackline.store.metrics import latest
from trackline.store.runs import INFO_COLUMNS, NewRun, info_of, insert_run, run_number
from trackline.store.search import search_runs


def create_run(tx: Transaction, new: NewRun) -> Run:
    return read_runs(tx, [insert_run(tx, new)])[0]


def find_runs(tx: Transaction, query: RunQuery) -> tuple[list[Run], str | None]:
    """One page of what is searched for, and the token of the next."""
    page = search_runs(tx, query)
    return read_runs(tx, page.ids), page.next_page_token


def get_run(tx: Transaction, uuid: str) -> Run:
    return read_runs(tx, [run_number(tx, uuid)])[0]


def read_runs(tx: Transaction, ids: list[int]) -> list[Run]:
    """The runs of these numbers, in the order of the numbers."""
    infos = tx.rows(f"SELECT {INFO_COLUMNS} WHERE {tx.dialect.among('r.id', 'ids')}", {"ids": ids})
    metrics: defaultdict[int, list[Metric]] = defaultdict(list)
    for run_id, key, value, timestamp, step in latest(tx, ids):
        metrics[run_id].append(Metric(key, value, timestamp, step))
    params: defaultdict[int, list[Param]] = defaultdict(list)
    for run_id, key, text in _named_values(tx, "params", ids):
        params[run_id].append(Param(key, text))
    tags: defaultdict[int, list[Tag]] = defaultdict(list)
    for run_id, key, text in _named_values(tx, "tags", ids):
        tags[run_id].append(Tag(key, text))
    datasets = dataset_inputs_of(tx, ids)
    read, written = models_of(tx, ids)
    runs = {
        row[0]: Run(
            info_of(row),
            RunData(metrics[row[0]], params[row[0]], tags[row[0]]),
            RunInputs(datasets.get(row[0], []), read.get(row[0], [])),
            RunOutputs(written.get(row[0], [])),
        )
        for row in infos
    }
    return [runs[number] for number in ids if number in runs]


def _named_values(tx: Transaction, table: str, ids: list[int]) -> list[tuple[int, str, str]]:
    return tx.rows(
        f"SELECT v.run_id, k.name, v.value FROM {table} v JOIN keys k ON k.id = v.key_id "
        f"WHERE {tx.dialect.among('v.run_id', 'ids')} ORDER BY v.run_id, k.name",
        {"ids": ids},
    )
