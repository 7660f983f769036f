"""Whole runs, many at once: one statement for those whose documents are kept, seven more for the others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import partial

from trackline.db.transaction import Transaction
from trackline.domain.entities import RUN_NAME_TAG, Metric, Param, Run, RunData, RunInputs, RunOutputs, Tag
from trackline.domain.filters import RunQuery
from trackline.store.datasets import dataset_inputs_of, models_of
from trackline.store.editions import Documents
from trackline.store.metric_summaries import latest
from trackline.store.runs import INFO_COLUMNS, NewRun, ask_insert_run, info_of, run_not_found
from trackline.store.search import search_runs

# The location, which changes with the experiment's, is a part of what a run's document depends on.
_EDITIONS = """
SELECT r.id, r.edition, coalesce(r.artifact_location, e.artifact_location)
FROM runs r JOIN experiments e ON e.id = r.experiment_id
"""


def ask_create_run(tx: Transaction, new: NewRun) -> Callable[[], Run]:
    """The new run as it is shown, which comes by calling what this returns (`tx.ask`)."""
    put = ask_insert_run(tx, new)
    tags = {tag.key: tag.value for tag in new.tags} | {RUN_NAME_TAG: new.name}
    data = RunData(tags=[Tag(*tag) for tag in sorted(tags.items())])
    return lambda: Run(put(), data, RunInputs(), RunOutputs())


def find_documents(tx: Transaction, documents: Documents[Run], query: RunQuery) -> tuple[list[bytes], str | None]:
    """The documents of one page of what is searched for, and the token of the next."""
    page = search_runs(tx, query)
    rows = tx.rows(f"{_EDITIONS} WHERE {tx.dialect.among('r.id', 'ids')}", {"ids": page.ids})
    found = dict(zip([row[0] for row in rows], documents.of(rows, partial(read_runs, tx)), strict=True))
    return [found[number] for number in page.ids], page.next_page_token


def ask_document(tx: Transaction, documents: Documents[Run], uuid: str) -> Callable[[], bytes]:
    """The run's document, which comes by calling what this returns (`tx.ask`)."""
    found = tx.ask(f"{_EDITIONS} WHERE r.uuid = :uuid", {"uuid": uuid})

    def document() -> bytes:
        rows = found()
        if not rows:
            raise run_not_found(uuid)
        return documents.of(rows, partial(read_runs, tx))[0]

    return document


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
