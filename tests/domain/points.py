"""Points as tests like them: plain tuples, compared in the plainest way."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

from trackline.domain.points import Series

INT64 = st.integers(-(2**63), 2**63 - 1)


class Point(NamedTuple):
    step: int
    timestamp: int
    value: float


def any_point(values: st.SearchStrategy[float] | None = None) -> st.SearchStrategy[Point]:
    """Often equal to others in one or all of its parts; else from one end of the possible to the other."""
    steps = st.integers(-1, 2) | INT64
    timestamps = st.integers(0, 2) | st.integers(0, 2**63 - 1)
    return st.builds(Point, steps, timestamps, any_value() if values is None else values)


def any_value() -> st.SearchStrategy[float]:
    return st.sampled_from([0.0, -0.0, 1.0, -1.0, math.nan, math.inf, -math.inf]) | st.floats()


def as_series(points: Iterable[Point]) -> Series:
    columns = list(zip(*points, strict=True)) or [(), (), ()]
    return Series(np.array(columns[0], np.int64), np.array(columns[1], np.int64), np.array(columns[2], np.float64))


def as_points(series: Series) -> list[Point]:
    return [Point(*row) for row in zip(*(column.tolist() for column in series), strict=True)]


def identity(point: Point) -> tuple[int, int, float | None]:
    """Equal for points that count as the same one."""
    return point.step, point.timestamp, None if math.isnan(point.value) else point.value


def place(point: Point) -> tuple[int, int, float, bool]:
    """Ascends as a history does."""
    nan = math.isnan(point.value)
    return point.timestamp, point.step, 0.0 if nan else point.value, nan


def as_history(points: Iterable[Point]) -> list[Point]:
    return sorted({identity(point): point for point in points}.values(), key=place)


def identities(points: Iterable[Point]) -> list[tuple[int, int, float | None]]:
    return [identity(point) for point in points]
