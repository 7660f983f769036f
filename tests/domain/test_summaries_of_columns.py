"""Summaries that are made from columns agree with those that are made point by point."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from trackline.domain.entities import Metric
from trackline.domain.points import Points, Series, absent, in_order_by_key
from trackline.domain.summaries import Summary, summarize
from trackline.domain.summaries_of_columns import summarize_columns

VALUES = st.sampled_from([0.0, 1.0, -1.0, float("nan"), float("inf"), float("-inf"), 1e-300])
POINTS = st.lists(st.tuples(st.integers(1, 3), st.integers(-2, 2), st.integers(0, 3), VALUES), max_size=30)


def by_key(points: list[tuple[int, int, int, float]]) -> Points:
    """As they came, and as often, but for the keys."""
    keys, steps, timestamps, values = zip(*points, strict=True) if points else ([], [], [], [])
    series = Series(np.array(steps, np.int64), np.array(timestamps, np.int64), np.array(values, np.float64))
    came = Points(np.array(keys, np.uint32), series)
    return came.take(np.argsort(came.keys, kind="stable"))


def columns(points: list[tuple[int, int, int, float]]) -> Points:
    return in_order_by_key(by_key(points))


@given(POINTS, POINTS, st.sampled_from([by_key, columns]))
def test_the_summary_of_columns_is_that_of_their_points(
    earlier: list[tuple[int, int, int, float]],
    later: list[tuple[int, int, int, float]],
    ordered: Callable[[list[tuple[int, int, int, float]]], Points],
) -> None:
    before: dict[int, Summary] = dict(summarize_columns({}, columns(earlier)))
    points = ordered(later)
    steps, timestamps, values = points.series
    expected = {}
    for key in set(points.keys.tolist()):
        logged = [
            Metric("", float(values[at]), int(timestamps[at]), int(steps[at]))
            for at in np.flatnonzero(points.keys == key)
        ]
        expected[key] = summarize(before.get(key), logged)
    assert repr(sorted(dict(summarize_columns(before, points)).items())) == repr(sorted(expected.items()))


@given(POINTS, POINTS)
def test_absent_points_are_those_whose_step_time_and_value_are_nowhere(
    some: list[tuple[int, int, int, float]], others: list[tuple[int, int, int, float]]
) -> None:
    series, among = columns(some).series, columns(others).series
    there = {(step, timestamp, repr(value)) for step, timestamp, value in zip(*among, strict=True)}
    expected = [(step, timestamp, repr(value)) not in there for step, timestamp, value in zip(*series, strict=True)]
    assert absent(series, among).tolist() == expected
