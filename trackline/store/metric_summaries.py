"""What is known of the metrics of runs without reading their points."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from trackline.db.transaction import Transaction
from trackline.domain.summaries import Summary
from trackline.store.keys import OF_RUN, intern_keys
from trackline.store.metric_log import LOGGED

_BY_NAME = f"""
SELECT ({LOGGED}), keys.name, keys.id, step, timestamp_ms, value, min_value, max_value, points
FROM keys LEFT JOIN metric_summaries ON run_id = {OF_RUN} AND key_id = keys.id
WHERE {{names}}
"""

_ALL = """
SELECT key_id, step, timestamp_ms, value, min_value, max_value, points FROM metric_summaries WHERE run_id = :run
"""

_PUT = """
INSERT INTO metric_summaries (run_id, key_id, step, timestamp_ms, value, min_value, max_value, points)
VALUES (:run_id, :key_id, :step, :timestamp, :value, :min_value, :max_value, :points)
ON CONFLICT (run_id, key_id) DO UPDATE SET
    step = excluded.step, timestamp_ms = excluded.timestamp_ms, value = excluded.value,
    min_value = excluded.min_value, max_value = excluded.max_value, points = excluded.points
"""

_LATEST = """
SELECT run_id, keys.name, value, timestamp_ms, step
FROM metric_summaries JOIN keys ON keys.id = key_id
WHERE {runs}
ORDER BY run_id, keys.name
"""


class Known(NamedTuple):
    """The number of each key that was asked for; by number the summaries of those that the run has; and how many
    points its log holds.
    """

    numbers: dict[str, int]
    summaries: dict[int, Summary]
    logged: int


def ask_summaries(tx: Transaction, uuid: str, names: Iterable[str]) -> Callable[[], Known]:
    """What is known of these metrics of the run, which comes by calling what this returns (`tx.ask`)."""
    wanted = list(names)
    query = _BY_NAME.format(names=tx.dialect.among("keys.name", "names"))
    rows = tx.ask(query, {"uuid": uuid, "names": wanted})
    return lambda: _known(tx, uuid, wanted, rows())


def read_summaries(tx: Transaction, run_id: int) -> dict[int, Summary]:
    """Of all metrics of a run, by the numbers of their keys."""
    return {key_id: _summary(*row) for key_id, *row in tx.rows(_ALL, {"run": run_id})}


def put_summaries(tx: Transaction, summaries: Sequence[tuple[int, int, Summary]]) -> None:
    """(run, key, summary) each, once; they take the place of those that are there."""
    tx.insert(_PUT, [_row(*one) for one in summaries])


def latest(tx: Transaction, run_ids: list[int]) -> list[tuple[int, str, float, int, int]]:
    """(run, key, value, timestamp in ms, step) of each metric's latest point, by run, then key."""
    rows = tx.rows(_LATEST.format(runs=tx.dialect.among("run_id", "run_ids")), {"run_ids": run_ids})
    return [
        (run_id, key, math.nan if value is None else value, timestamp, step)
        for run_id, key, value, timestamp, step in rows
    ]


def _known(tx: Transaction, uuid: str, wanted: list[str], rows: list[Any]) -> Known:
    numbers: dict[str, int] = {}
    found: dict[int, Summary] = {}
    for _, name, key_id, step, *rest in rows:
        numbers[name] = key_id
        if step is not None:
            found[key_id] = _summary(step, *rest)
    if missing := [name for name in wanted if name not in numbers]:
        numbers |= intern_keys(tx, missing)
    ((logged, *_), *_) = rows or tx.rows(LOGGED, {"uuid": uuid})
    return Known(numbers, found, logged)


def _summary(step: int, timestamp: int, value: float | None, *rest: Any) -> Summary:
    return Summary(step, timestamp, math.nan if value is None else value, *rest)


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
