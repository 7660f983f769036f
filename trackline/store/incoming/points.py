"""Points of runs that come as columns, many at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from trackline.db.transaction import Transaction
from trackline.domain.moving import MovingPoints
from trackline.domain.points import Points, absent, in_order_by_key, join_series
from trackline.domain.summaries_of_columns import summarize_columns
from trackline.store.editions import edited
from trackline.store.histories import read_parts
from trackline.store.keys import intern_keys
from trackline.store.metric_blocks import add_points, write_new
from trackline.store.metric_summaries import put_summaries, read_summaries


def bring_new(tx: Transaction, moving: Sequence[MovingPoints], numbers: dict[str, int]) -> None:
    """All points of runs that have none yet, each run's in one piece; `numbers` are the runs'."""
    runs = [(numbers[one.run_id], points) for one, points in _known_here(tx, moving)]
    write_new(tx, ((number, points) for number, points in runs if len(points.keys)))
    put_summaries(
        tx, [(number, key, summary) for number, points in runs for key, summary in summarize_columns({}, points)]
    )


def bring_more(tx: Transaction, moving: MovingPoints, run_id: int) -> None:
    """Points that the run does not have, perhaps beside others."""
    ((_, points),) = _known_here(tx, [moving])
    before = read_summaries(tx, run_id)
    put_summaries(tx, [(run_id, key, summary) for key, summary in summarize_columns(before, points)])
    add_points(tx, run_id, points)
    tx.execute(f"UPDATE runs SET {edited(tx)} WHERE id = :run", {"run": run_id})


def bring_missing(tx: Transaction, moving: MovingPoints, run_id: int) -> int:
    """Those of the points, all of one metric, that the run does not have; returns how many they were."""
    key_id = intern_keys(tx, moving.names)[moving.names[int(moving.points.keys[0])]]
    series = moving.points.series
    first, last = series.timestamps.min(), series.timestamps.max()
    ((_, parts),) = read_parts(tx, [run_id], key_id)
    near = [part.take((part.timestamps >= first) & (part.timestamps <= last)) for part in parts]
    missing = absent(series, join_series(near))
    if missing.any():
        bring_more(tx, moving._replace(points=moving.points.take(missing)), run_id)
    return int(missing.sum())


def _known_here(tx: Transaction, moving: Sequence[MovingPoints]) -> Iterable[tuple[MovingPoints, Points]]:
    """The points of each under the numbers that their keys have here, in order."""
    used = [np.unique(one.points.keys) for one in moving]
    keys = intern_keys(tx, [one.names[place] for one, places in zip(moving, used, strict=True) for place in places])
    found = []
    for one, places in zip(moving, used, strict=True):
        numbers = np.array([keys[one.names[place]] for place in places], np.uint32)
        here = numbers[np.searchsorted(places, one.points.keys)]
        found.append((one, in_order_by_key(Points(here, one.points.series))))
    return found
