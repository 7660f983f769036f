from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.points import Point, any_point, any_value, as_history, as_points, as_series, identities, place
from trackline.domain.points import (
    Points,
    Series,
    by_step,
    downsample,
    in_order,
    in_order_by_key,
    join_series,
    worth_keeping,
)

many_points = st.lists(any_point(), max_size=40)


@given(many_points)
def test_a_history_is_in_order_of_time_step_and_value_with_each_point_once(points: list[Point]) -> None:
    assert identities(as_points(in_order(as_series(points)))) == identities(as_history(points))


@given(many_points)
def test_a_chart_is_in_order_of_step_first(points: list[Point]) -> None:
    drawn = as_points(by_step(as_series(points)))

    wanted = sorted(as_history(points), key=lambda point: (point.step, place(point)))
    assert identities(drawn) == identities(wanted)


@given(st.lists(st.tuples(st.integers(0, 3) | st.integers(0, 2**32 - 1), any_point()), max_size=40))
def test_several_series_are_ordered_one_after_the_other(keyed: list[tuple[int, Point]]) -> None:
    keys = np.array([key for key, _ in keyed], np.uint32)

    ordered = in_order_by_key(Points(keys, as_series(point for _, point in keyed)))

    wanted = [
        (key, identity)
        for key in sorted({key for key, _ in keyed})
        for identity in identities(as_history(point for other, point in keyed if other == key))
    ]
    assert list(zip(ordered.keys.tolist(), identities(as_points(ordered.series)), strict=True)) == wanted


def test_nan_comes_after_zero_and_before_any_positive_number() -> None:
    values = [math.inf, math.nan, 5e-324, 0.0, -5e-324, -math.inf]

    ordered = in_order(as_series(Point(0, 0, value) for value in values))

    assert [str(value) for value in ordered.values.tolist()] == ["-inf", "-5e-324", "0.0", "nan", "5e-324", "inf"]


def test_no_parts_make_an_empty_series() -> None:
    empty = join_series([])

    assert [(column.dtype.kind, len(column)) for column in empty] == [("i", 0), ("i", 0), ("f", 0)]
    assert as_points(in_order(empty)) == []


@given(st.lists(any_point(), min_size=1, max_size=100), st.integers(1, 20))
def test_a_thinned_series_is_part_of_the_series_and_keeps_its_ends(points: list[Point], most: int) -> None:
    thinned = as_points(downsample(as_series(points), most))

    assert len(thinned) <= most
    rest = iter(identities(points))
    assert all(identity in rest for identity in identities(thinned))  # in the same order
    assert identities(thinned[-1:]) == identities(points[-1:])
    if most > 1:
        assert identities(thinned[:1]) == identities(points[:1])
    if len(points) <= most:
        assert identities(thinned) == identities(points)


@given(st.lists(any_value(), min_size=20, max_size=200), st.integers(7, 20))
def test_every_bucket_keeps_its_extremes_and_its_marks(values: list[float], most: int) -> None:
    series = as_series(Point(step, step, value) for step, value in enumerate(values))

    kept = {point.step for point in as_points(downsample(series, most))}

    kinds = 2 + sum(any(map(test, values)) for test in (math.isnan, _is_top, _is_bottom))
    width = math.ceil(len(values) / ((most - 2) // kinds))
    for start in range(0, len(values), width):
        bucket = values[start : start + width]
        shown = [value for step, value in enumerate(bucket, start) if step in kept]
        finite = [value for value in bucket if math.isfinite(value)]
        if finite:
            assert min(finite) in shown and max(finite) in shown
        for test in (math.isnan, _is_top, _is_bottom):
            assert any(map(test, shown)) == any(map(test, bucket))


def test_a_single_spike_among_a_million_points_is_still_there() -> None:
    values = np.zeros(1_000_000)
    values[123_456] = 1e9
    steps = np.arange(1_000_000)

    thinned = downsample(Series(steps, steps, values), 320)

    assert 1e9 in thinned.values.tolist()
    assert len(thinned.values) <= 320


def _is_top(value: float) -> bool:
    return value == math.inf


def _is_bottom(value: float) -> bool:
    return value == -math.inf


@given(st.lists(any_point(), min_size=1, max_size=100), st.integers(10, 40))
def test_what_is_worth_keeping_has_the_extremes_both_ends_and_every_kind_of_mark(
    points: list[Point], most: int
) -> None:
    history = in_order(as_series(points))
    kept = as_points(history.take(worth_keeping(history, most)))

    whole = as_points(history)
    assert [one for one in identities(whole) if one in set(identities(kept))] == identities(kept)
    assert len(kept) <= most
    ends = (as_points(by_step(history))[0], as_points(by_step(history))[-1], whole[0], whole[-1])
    assert set(identities(ends)) <= set(identities(kept))
    assert extremes(kept) == extremes(whole)
    for mark in (math.nan, math.inf, -math.inf):
        assert (repr(mark) in [repr(one.value) for one in whole]) == (repr(mark) in [repr(one.value) for one in kept])
    again = history.take(worth_keeping(history, most))
    assert worth_keeping(again, most).all()


def extremes(points: list[Point]) -> tuple[float, float]:
    finite = [one.value for one in points if math.isfinite(one.value)]
    return min(finite, default=0), max(finite, default=0)
