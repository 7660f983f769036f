from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from tests.domain.points import Point, any_point
from trackline.domain.entities import Metric
from trackline.domain.summaries import Summary, summarize


def as_metrics(points: list[Point]) -> list[Metric]:
    return [Metric("loss", point.value, point.timestamp, point.step) for point in points]


def is_later(point: Point, other: Point) -> bool:
    if point.step != other.step:
        return point.step > other.step
    if point.timestamp != other.timestamp:
        return point.timestamp > other.timestamp
    return (0.0 if math.isnan(point.value) else point.value) > (0.0 if math.isnan(other.value) else other.value)


def in_one_go(points: list[Point]) -> tuple[object, ...]:
    latest = points[0]
    for point in points:
        if is_later(point, latest):
            latest = point
    numbers = [point.value for point in points if not math.isnan(point.value)]
    low, high = (min(numbers), max(numbers)) if numbers else (None, None)
    return comparable(Summary(*latest, low, high, len(points)))


def comparable(summary: Summary | None) -> tuple[object, ...]:
    assert summary is not None
    return tuple("NaN" if isinstance(part, float) and math.isnan(part) else part for part in summary)


@given(st.lists(st.lists(any_point(), min_size=1, max_size=6), min_size=1, max_size=6))
def test_batch_by_batch_gives_what_all_points_at_once_would_give(batches: list[list[Point]]) -> None:
    summary = None
    for batch in batches:
        summary = summarize(summary, as_metrics(batch))

    assert comparable(summary) == in_one_go([point for batch in batches for point in batch])


def test_a_larger_step_wins_over_a_later_time_and_that_over_a_larger_value() -> None:
    points = [Point(5, 1, 1.0), Point(4, 9, 2.0), Point(5, 2, 0.5), Point(5, 2, 0.7), Point(5, 2, 0.6)]

    summary = summarize(None, as_metrics(points))

    assert summary == Summary(5, 2, 0.7, 0.5, 2.0, 5)


def test_nan_is_later_than_a_negative_value_and_earlier_than_a_positive_one() -> None:
    nan, below, above = Point(1, 1, math.nan), Point(1, 1, -1.0), Point(1, 1, 1.0)

    assert math.isnan(summarize(None, as_metrics([nan, below])).value)
    assert math.isnan(summarize(None, as_metrics([below, nan])).value)
    assert summarize(None, as_metrics([nan, above])).value == 1.0
    assert summarize(None, as_metrics([above, nan])).value == 1.0


def test_of_zero_and_nan_at_one_step_and_time_the_first_stays_the_latest() -> None:
    nan, zero = Point(1, 1, math.nan), Point(1, 1, 0.0)

    assert summarize(None, as_metrics([zero, nan])).value == 0.0
    assert summarize(summarize(None, as_metrics([zero])), as_metrics([nan])).value == 0.0
    assert math.isnan(summarize(None, as_metrics([nan, zero])).value)
    assert math.isnan(summarize(summarize(None, as_metrics([nan])), as_metrics([zero])).value)


def test_minus_zero_is_summarized_as_zero() -> None:
    summary = summarize(None, as_metrics([Point(1, 1, -0.0)]))

    assert [str(number) for number in summary[2:5]] == ["0.0", "0.0", "0.0"]


def test_extremes_are_unknown_while_there_is_only_nan() -> None:
    only_nan = summarize(None, as_metrics([Point(1, 1, math.nan)]))
    with_a_number = summarize(only_nan, as_metrics([Point(0, 0, -math.inf)]))

    assert (only_nan.min_value, only_nan.max_value) == (None, None)
    assert (with_a_number.min_value, with_a_number.max_value) == (-math.inf, -math.inf)
    assert math.isnan(with_a_number.value)
