"""What is known of a metric of a run without reading its points: the latest, the extremes, how many."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import NamedTuple, Protocol

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


class Point(Protocol):
    @property
    def step(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def value(self) -> float: ...


def recency(point: Point) -> tuple[int, int, float]:
    """What makes a point the latest: the largest step, then timestamp, then value, where NaN counts as 0.

    Of points that are equal in this (0 and NaN can be) the first that was logged stays the latest.
    """
    value = point.value
    return point.step, point.timestamp, 0.0 if isnan(value) else value


def summarize(before: Summary | None, logged: Sequence[Metric]) -> Summary:
    """The summary of one series after `logged` (at least one point) came to what `before` summarizes."""
    latest: Point = max(logged, key=recency)
    numbers = [metric.value + 0.0 for metric in logged if not isnan(metric.value)]
    count = len(logged)
    if before is not None:
        if recency(before) >= recency(latest):
            latest = before
        if before.min_value is not None and before.max_value is not None:
            numbers += (before.min_value, before.max_value)
        count += before.points
    low, high = (min(numbers), max(numbers)) if numbers else (None, None)
    return Summary(latest.step, latest.timestamp, latest.value + 0.0, low, high, count)
