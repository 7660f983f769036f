"""The metrics of runs: log their points, read them back. How points are stored: METRIC-FORMAT.md."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from trackline.db.transaction import Transaction
from trackline.domain.entities import Metric
from trackline.domain.points import NO_POINTS, Series, in_order, join_series
from trackline.domain.summaries import Summary, summarize
from trackline.store.keys import intern_keys
from trackline.store.metric_blocks import SIZES, Sizes, add_points, find_blocks, merge_tiers
from trackline.store.metric_log import append_records, ask_size, empty_log, pack_records, read_log, unpack_records

_SUMMARIES_BY_NAME = """
SELECT keys.name, keys.id, step, timestamp_ms, value, min_value, max_value, points
FROM keys LEFT JOIN metric_summaries ON run_id = :run_id AND key_id = keys.id
WHERE {names}
"""

_PUT_SUMMARY = """
INSERT INTO metric_summaries (run_id, key_id, step, timestamp_ms, value, min_value, max_value, points)
VALUES (:run_id, :key_id, :step, :timestamp, :value, :min_value, :max_value, :points)
ON CONFLICT (run_id, key_id) DO UPDATE SET
    step = excluded.step, timestamp_ms = excluded.timestamp_ms, value = excluded.value,
    min_value = excluded.min_value, max_value = excluded.max_value, points = excluded.points
"""

_UNSEALED = """
SELECT count(*), coalesce(max(points_until), 0), (SELECT count(*) FROM metric_blocks WHERE run_id = :run_id)
FROM metric_log WHERE run_id = :run_id
"""

_LATEST = """
SELECT run_id, keys.name, value, timestamp_ms, step
FROM metric_summaries JOIN keys ON keys.id = key_id
WHERE {runs}
ORDER BY run_id, keys.name
"""


def log_points(tx: Transaction, run_id: int, metrics: Sequence[Metric], sizes: Sizes = SIZES) -> None:
    """Add points to the run's metrics; one that is there already changes no history."""
    if not metrics:
        return
    by_key: dict[str, list[Metric]] = {}
    for metric in metrics:
        by_key.setdefault(metric.key, []).append(metric)
    if len(metrics) >= sizes.log:
        records = pack_records(metrics, _update_summaries(tx, run_id, by_key))
        add_points(tx, run_id, unpack_records([records]), sizes)
        return
    logged = ask_size(tx, run_id)
    records = pack_records(metrics, _update_summaries(tx, run_id, by_key))
    ((size,),) = logged()
    if append_records(tx, run_id, size, records) >= sizes.log:
        add_points(tx, run_id, empty_log(tx, run_id), sizes)


def seal_run(tx: Transaction, run_id: int, sizes: Sizes = SIZES) -> None:
    """Bring the run's points into their most compact form. More may be logged afterwards.

    Few points that came in one batch take least room, and least work, where they are.
    """
    ((rows, points, blocks),) = tx.rows(_UNSEALED, {"run_id": run_id})
    if not blocks and rows <= 1 and points < sizes.few:
        return
    merge_tiers(tx, run_id, empty_log(tx, run_id) if rows else NO_POINTS, sizes)


def latest(tx: Transaction, run_ids: list[int]) -> list[tuple[int, str, float, int, int]]:
    """(run, key, value, timestamp in ms, step) of each metric's latest point, by run, then key."""
    rows = tx.rows(_LATEST.format(runs=tx.dialect.among("run_id", "run_ids")), {"run_ids": run_ids})
    return [
        (run_id, key, math.nan if value is None else value, timestamp, step)
        for run_id, key, value, timestamp, step in rows
    ]


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


def put_summaries(tx: Transaction, summaries: Sequence[tuple[int, int, Summary]]) -> None:
    """(run, key, summary) each, once; they take the place of those that are there."""
    tx.insert(_PUT_SUMMARY, [_row(*one) for one in summaries])


def _merge(parts: list[Series]) -> Series:
    # In the order of their beginnings the parts of most series follow one another, and need no sorting.
    return in_order(join_series(sorted(parts, key=lambda part: int(part.timestamps[0]))))


def _update_summaries(tx: Transaction, run_id: int, logged: dict[str, list[Metric]]) -> dict[str, int]:
    """Returns the number of each key."""
    query = _SUMMARIES_BY_NAME.format(names=tx.dialect.among("keys.name", "names"))
    key_ids: dict[str, int] = {}
    before: dict[str, Summary] = {}
    for name, key_id, step, timestamp, value, *rest in tx.rows(query, {"run_id": run_id, "names": list(logged)}):
        key_ids[name] = key_id
        if step is not None:
            before[name] = Summary(step, timestamp, math.nan if value is None else value, *rest)
    if missing := [name for name in logged if name not in key_ids]:
        key_ids |= intern_keys(tx, missing)
    put_summaries(tx, [(run_id, key_ids[name], summarize(before.get(name), new)) for name, new in logged.items()])
    return key_ids


def _row(run_id: int, key_id: int, summary: Summary) -> dict[str, float | None]:
    step, timestamp, value, min_value, max_value, points = summary
    return {
        "run_id": run_id,
        "key_id": key_id,
        "step": step,
        "timestamp": timestamp,
        "value": None if math.isnan(value) else value,
        "min_value": min_value,
        "max_value": max_value,
        "points": points,
    }
