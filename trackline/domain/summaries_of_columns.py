"""Summaries of points that come as columns, many series at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from trackline.domain.entities import Metric
from trackline.domain.points import Indices, Points
from trackline.domain.summaries import Summary, summarize

FEW = 4  # points of each series, on the average, of which all are told: sooner done than finding those that tell


def summarize_columns(before: Mapping[int, Summary], points: Points) -> Iterator[tuple[int, Summary]]:
    """`summarize` for the series of each key; the points are sorted by key."""
    if not len(points.keys):
        return
    starts = np.concatenate([[0], np.flatnonzero(points.keys[1:] != points.keys[:-1]) + 1])
    counts = np.diff(np.append(starts, len(points.keys)))
    told: dict[int, list[Metric]] = {}
    many = len(points.keys) > FEW * len(starts)
    keys, (steps, timestamps, values) = points.take(_telling(points, starts, counts)) if many else points
    columns = (keys.tolist(), steps.tolist(), timestamps.tolist(), values.tolist())
    for key, step, timestamp, value in zip(*columns, strict=True):
        told.setdefault(key, []).append(Metric("", value, timestamp, step))
    for (key, metrics), count in zip(told.items(), counts.tolist(), strict=True):
        summary = summarize(before.get(key), metrics)
        told_of = len(metrics)
        yield key, summary if told_of == count else summary._replace(points=summary.points - told_of + count)


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
