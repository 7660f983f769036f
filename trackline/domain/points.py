"""Metric points as columns: their order, what counts as the same point, and drawing fewer of them.

Two points of a series are the same when step, timestamp and value are equal; NaN equals NaN, and -0.0
equals 0.0. Where values are compared, NaN counts as 0, just after 0 itself (as MLflow has it).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint32]
Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Flags = NDArray[np.bool_]
Column = NDArray[Any]


class Series(NamedTuple):
    """The points of one metric of one run: three columns of one length. Timestamps are ms since 1970, UTC."""

    steps: Integers
    timestamps: Integers
    values: Floats

    def take(self, which: slice | Flags | Indices) -> Series:
        return Series(self.steps[which], self.timestamps[which], self.values[which])


class Points(NamedTuple):
    """Points of several metrics of one run, as four columns of one length; `keys` are the metrics' numbers."""

    keys: Keys
    series: Series

    def take(self, which: slice | Flags | Indices) -> Points:
        return Points(self.keys[which], self.series.take(which))


NO_POINTS = Points(
    np.empty(0, np.uint32), Series(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float64))
)


def join_series(parts: Sequence[Series]) -> Series:
    if not parts:
        return NO_POINTS.series
    return parts[0] if len(parts) == 1 else Series(*map(np.concatenate, zip(*parts, strict=True)))


def join_points(parts: Sequence[Points]) -> Points:
    if len(parts) == 1:
        return parts[0]
    return Points(np.concatenate([part.keys for part in parts]), join_series([part.series for part in parts]))


def in_order(series: Series) -> Series:
    """By timestamp, then step, then value, with each point once: the order in which MLflow lists a history."""
    picked = _order([series.timestamps, series.steps], series.values)
    return series if picked is None else series.take(picked)


def in_order_by_key(points: Points) -> Points:
    """By key, then as `in_order`, with each point once."""
    picked = _order([points.keys, points.series.timestamps, points.series.steps], points.series.values)
    return points if picked is None else points.take(picked)


def by_step(series: Series) -> Series:
    """By step, then timestamp, then value: the order in which a chart draws it."""
    picked = _order([series.steps, series.timestamps], series.values)
    return series if picked is None else series.take(picked)


def downsample(series: Series, max_points: int) -> Series:
    """At most `max_points` (≥ 1) of the points, in the order given.

    The series is divided into buckets of one size. Of each its lowest and highest finite point are kept, and,
    where it has them, one NaN, one ∞ and one -∞, so that a gap stays a gap and no spike is hidden. The
    first and the last point of the series are always kept (the last one, if only one is wanted).
    """
    kept = outline(series.values, max_points)
    return series if kept is None else series.take(kept)


def worth_keeping(series: Series, max_points: int) -> Flags:
    """Which points of a history stay where at most `max_points` (≥ 10) shall: those of `downsample`, and the first and
    the last by step.
    """
    kept = np.ones(len(series.steps), np.bool_)
    if len(kept) > max_points:
        picked = outline(series.values, max_points - 2)
        order = np.lexsort((series.timestamps, series.steps))
        kept[:] = False
        kept[picked] = True
        kept[order[[0, -1]]] = True
    return kept


def outline(values: Floats, max_points: int) -> Indices | None:
    """Which points `downsample` keeps; None: all."""
    count = len(values)
    if count <= max_points:
        return None
    finite = np.isfinite(values)
    marks: list[Flags] = []
    lowest = highest = values
    if not finite.all():
        marks = [mark for mark in (np.isnan(values), values == np.inf, values == -np.inf) if mark.any()]
        lowest, highest = np.where(finite, values, np.inf), np.where(finite, values, -np.inf)
    buckets = (max_points - 2) // (2 + len(marks))
    kept = np.zeros(count, np.bool_)
    kept[-1] = True
    kept[0] = max_points > 1
    if buckets > 0:
        for found in (_extremes(lowest, buckets, np.argmin), _extremes(highest, buckets, np.argmax)):
            kept[found[finite[found]]] = True
        for mark in marks:
            found = _extremes(mark, buckets, np.argmax)
            kept[found[mark[found]]] = True
    return np.flatnonzero(kept)


def means_from(values: Floats, kept: Indices) -> Floats:
    """For each kept point (the first of all is one), the mean of what is finite from it to the next kept one."""
    finite = np.isfinite(values)
    with np.errstate(over="ignore", invalid="ignore"):
        if finite.all():
            return np.add.reduceat(values, kept) / np.diff(kept, append=len(values))
        counts = np.add.reduceat(finite, kept, dtype=np.int64)
        return np.add.reduceat(np.where(finite, values, 0.0), kept) / np.where(counts, counts, np.nan)


def absent(series: Series, among: Series) -> Flags:
    """Which points of `series` are not in `among`."""
    return ~np.isin(_as_rows(series), _as_rows(among))


def _as_rows(series: Series) -> NDArray[np.void]:
    rows = np.empty(len(series.steps), [("timestamp", "<i8"), ("step", "<i8"), ("bits", "<i8")])
    rows["timestamp"], rows["step"] = series.timestamps, series.steps
    # One pattern for all NaN and for both zeros, so that what counts as equal is equal in its bits.
    rows["bits"] = np.where(np.isnan(series.values), np.nan, series.values + 0.0).view(np.int64)
    return rows


def _extremes(values: Column, buckets: int, where: Callable[..., Any]) -> Indices:
    """Where the lowest (`np.argmin`) or highest (`np.argmax`) value of each bucket stands, its first one."""
    width = -(-len(values) // buckets)
    whole = len(values) // width * width
    found: Indices = where(values[:whole].reshape(-1, width), axis=1) + np.arange(0, whole, width)
    return found if whole == len(values) else np.append(found, whole + where(values[whole:]))


def _order(columns: list[Column], values: Floats) -> Indices | None:
    """Which points to take, in which order, so that the columns, then the values, ascend; None: as they are."""
    if _ascends(columns):
        return None
    # Points mostly come in order, or as a few runs that are in order, which this sort takes in its stride.
    # Values do not, so they are looked at only if there are ties to decide.
    order = np.lexsort(columns[::-1])
    if _ascends([column[order] for column in columns]):
        return order
    nan = np.isnan(values)
    columns = [*columns, np.where(nan, 0.0, values), nan]
    order = np.lexsort(columns[::-1])
    new = np.zeros(len(order), np.bool_)
    new[0] = True
    for column in columns:
        new[1:] |= column[order[1:]] != column[order[:-1]]
    return order[new]


def _ascends(columns: list[Column]) -> bool:
    """Each row is greater than the one before it, the first column that differs deciding."""
    undecided: Flags | None = None  # None: all
    for column in columns:
        earlier, later = column[:-1], column[1:]
        falls, equal = earlier > later, earlier == later
        if undecided is not None:
            falls, equal = falls & undecided, equal & undecided
        if falls.any():
            return False
        if not equal.any():
            return True
        undecided = equal
    return False
