"""Points of sources that keep each metric by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from trackline.domain.moving import MovingPoints
from trackline.domain.points import Points, Series, join_points
from trackline.jobs.importers.source import SLICE


def sliced(run_id: str, key: str, series: Series) -> Iterator[MovingPoints]:
    for first in range(0, len(series.steps), SLICE):
        part = series.take(slice(first, first + SLICE))
        yield MovingPoints(run_id, [key], Points(np.zeros(len(part.steps), np.uint32), part))


def together(
    run_id: str, names: list[str], series: Callable[[str, str], Iterator[MovingPoints]]
) -> Iterator[MovingPoints]:
    """The points of all these metrics, some SLICE at a time; `series` as in `Source`."""
    parts: list[Points] = []
    for place, key in enumerate(names):
        for one in series(run_id, key):
            parts.append(Points(np.full(len(one.points.keys), place, np.uint32), one.points.series))
            if sum(len(part.keys) for part in parts) >= SLICE:
                yield MovingPoints(run_id, names, join_points(parts))
                parts = []
    if parts:
        yield MovingPoints(run_id, names, join_points(parts))
