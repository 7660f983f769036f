"""What is known of a metric of a run without reading its points: the latest, the extremes, how many."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import isnan
from typing import NamedTuple

import numpy as np

from trackline.domain.entities import Metric
from trackline.domain.points import Indices, Points


class Summary(NamedTuple):
    """`step`, `timestamp` (ms) and `value` are those of the latest point; `points` counts what was logged.

    The extremes pass over NaN; they are None while there is nothing else.
    """

    step: int
    timestamp: int
    value: float
    min_value: float | None
    max_value: float | None
    points: int


def summarize(before: Summary | None, logged: Sequence[Metric]) -> Summary:
    """The summary of one series after `logged` (at least one point) came to what `before` summarizes.

    The latest point is the one with the largest step, then timestamp, then value, where NaN counts as 0.
    Of points that are equal in this (0 and NaN can be) the first that was logged stays the latest.
    """
    first = logged[0]
    nothing = Summary(first.step, first.timestamp, first.value + 0.0, None, None, 0)
    step, timestamp, value, low, high, points = before or nothing
    for point in logged:
        new = point.value + 0.0  # -0.0 becomes 0.0
        if not isnan(new):
            if low is None or new < low:
                low = new
            if high is None or new > high:
                high = new
        if point.step > step or (
            point.step == step and (point.timestamp, _as_number(new)) > (timestamp, _as_number(value))
        ):
            step, timestamp, value = point.step, point.timestamp, new
    return Summary(step, timestamp, value, low, high, points + len(logged))


def _as_number(value: float) -> float:
    return 0.0 if isnan(value) else value


def summarize_columns(before: Mapping[int, Summary], points: Points) -> Iterator[tuple[int, Summary]]:
    """`summarize` for the series of each key; the points are sorted by key."""
    if not len(points.keys):
        return
    starts = np.concatenate([[0], np.flatnonzero(points.keys[1:] != points.keys[:-1]) + 1])
    counts = np.diff(np.append(starts, len(points.keys)))
    told: dict[int, list[Metric]] = {}
    keys, (steps, timestamps, values) = points.take(_telling(points, starts, counts))
    columns = (keys.tolist(), steps.tolist(), timestamps.tolist(), values.tolist())
    for key, step, timestamp, value in zip(*columns, strict=True):
        told.setdefault(key, []).append(Metric("", value, timestamp, step))
    for (key, metrics), count in zip(told.items(), counts.tolist(), strict=True):
        summary = summarize(before.get(key), metrics)
        yield key, summary._replace(points=summary.points - len(metrics) + count)


def _telling(points: Points, starts: Indices, counts: Indices) -> Indices:
    """The points on which the summaries depend: of each key the extremes, and those of its last step and time."""
    steps, timestamps, values = points.series
    last = steps == np.repeat(np.maximum.reduceat(steps, starts), counts)
    times = np.where(last, timestamps, np.iinfo(np.int64).min)
    last &= times == np.repeat(np.maximum.reduceat(times, starts), counts)
    keys = points.keys
    for extremes in (np.fmin.reduceat(values, starts), np.fmax.reduceat(values, starts)):
        found = np.flatnonzero(values == np.repeat(extremes, counts))
        last[found[np.unique(keys[found], return_index=True)[1]]] = True
    return np.flatnonzero(last)
