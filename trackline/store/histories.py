"""The histories of metrics: all points of a series, wherever they lie."""

from __future__ import annotations

from itertools import chain

from trackline.db.transaction import Transaction
from trackline.domain.points import Series, in_order, join_series
from trackline.store.logged_points import read_log
from trackline.store.metric_blocks import read_blocks


def history(tx: Transaction, run_id: int, key: str) -> Series:
    """All points of one metric, each once, by timestamp, then step, then value. Empty if there is none."""
    return histories(tx, [run_id], key)[run_id]


def histories(tx: Transaction, run_ids: list[int], key: str) -> dict[int, Series]:
    """The `history` of each run."""
    parts: dict[int, list[Series]] = {run_id: [] for run_id in run_ids}
    row = tx.row("SELECT id FROM keys WHERE name = :key", {"key": key})
    if row is not None:
        (key_id,) = row
        for run_id, part in chain(read_blocks(tx, run_ids, key_id), read_log(tx, run_ids, key_id)):
            if len(part.steps):
                parts[run_id].append(part)
    return {run_id: _merge(found) for run_id, found in parts.items()}


def _merge(parts: list[Series]) -> Series:
    # In the order of their beginnings the parts of most series follow one another, and need no sorting.
    return in_order(join_series(sorted(parts, key=lambda part: int(part.timestamps[0]))))
