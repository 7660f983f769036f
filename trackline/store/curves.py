"""Metrics as curves to be drawn: several at once, each thinned so that neither peak nor dip is lost."""

from __future__ import annotations

import numpy as np

from trackline.db.transaction import Transaction
from trackline.domain.points import Flags, Series, by_step, means_from, outline
from trackline.domain.tables import Curve, CurveQuery
from trackline.store.metrics import histories
from trackline.store.runs import run_numbers


def read_curves(tx: Transaction, query: CurveQuery) -> list[Curve]:
    """A curve for each run and key that has points, by key, then by run, in the order asked for."""
    numbers = run_numbers(tx, query.run_ids)
    curves: list[Curve | None] = []
    for key in query.keys:
        found = histories(tx, list(numbers.values()), key)
        known = [(uuid, numbers[uuid]) for uuid in query.run_ids if uuid in numbers]
        curves += [_curve(uuid, key, found[number], query) for uuid, number in known]
    return [curve for curve in curves if curve is not None]


def _curve(uuid: str, key: str, history: Series, query: CurveQuery) -> Curve | None:
    if not len(history.values):
        return None
    began = int(history.timestamps[0])
    series = history.take(_within(history, query, began if query.x == "relative" else 0))
    if query.x == "step":
        series = by_step(series)
    if not len(series.values):
        return None
    kept = outline(series.values, query.max_points)
    shown = series if kept is None else series.take(kept)
    return Curve(
        run_id=uuid,
        key=key,
        total=len(series.values),
        began=began,
        steps=shown.steps.tolist(),
        timestamps=shown.timestamps.tolist(),
        values=shown.values.tolist(),
        means=[] if kept is None else means_from(series.values, kept).tolist(),
    )


def _within(series: Series, query: CurveQuery, origin: int) -> slice | Flags:
    if query.first is None and query.last is None:
        return slice(None)
    along = series.steps if query.x == "step" else series.timestamps
    inside = np.ones(len(along), np.bool_)
    if query.first is not None:
        inside &= along >= query.first + origin
    if query.last is not None:
        inside &= along <= query.last + origin
    return inside
