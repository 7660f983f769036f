"""What is known of a metric of a run without reading its points: the latest, the extremes, how many."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import NamedTuple

from trackline.domain.entities import Metric


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
