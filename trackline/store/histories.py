"""The histories of metrics: all points of a series, wherever they lie."""

from __future__ import annotations

from collections.abc import Iterator

from trackline.db.transaction import Transaction
from trackline.domain.points import Series, in_order, join_series
from trackline.store.logged_points import read_log
from trackline.store.metric_blocks import find_blocks


def history(tx: Transaction, run_id: int, key: str) -> Series:
    """All points of one metric, each once, by timestamp, then step, then value. Empty if there is none."""
    return histories(tx, [run_id], key)[run_id]


def histories(tx: Transaction, run_ids: list[int], key: str) -> dict[int, Series]:
    """The `history` of each run."""
    return dict(each_history(tx, run_ids, key))


def each_history(tx: Transaction, run_ids: list[int], key: str) -> Iterator[tuple[int, Series]]:
    """The `history` of one run after the other, so that the points of all need not be held at once."""
    row = tx.row("SELECT id FROM keys WHERE name = :key", {"key": key})
    for run_id, parts in read_parts(tx, run_ids, row[0]) if row else ((run_id, []) for run_id in run_ids):
        yield run_id, _merge(parts)


def read_parts(tx: Transaction, run_ids: list[int], key_id: int) -> Iterator[tuple[int, list[Series]]]:
    """The points of one metric as they were kept, for one run after the other: any number of parts, each in order."""
    blocks = find_blocks(tx, run_ids, key_id)
    logged: dict[int, list[Series]] = {}
    for run_id, part in read_log(tx, run_ids, key_id):
        logged.setdefault(run_id, []).append(part)
    for run_id in run_ids:
        parts = [*(block.series() for block in blocks.get(run_id, ())), *logged.get(run_id, ())]
        yield run_id, [part for part in parts if len(part.steps)]


def _merge(parts: list[Series]) -> Series:
    # In the order of their beginnings the parts of most series follow one another, and need no sorting.
    return in_order(join_series(sorted(parts, key=lambda part: int(part.timestamps[0]))))
