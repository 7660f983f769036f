"""Metrics as curves to be drawn: several at once, each thinned so that neither peak nor dip is lost."""

from __future__ import annotations

import numpy as np

from trackline.db.transaction import Transaction
from trackline.domain.points import Flags, Floats, Integers, Series, by_step, means_from, outline
from trackline.domain.tables import Curve, CurveQuery
from trackline.store.histories import histories
from trackline.store.runs import run_numbers


def read_curves(tx: Transaction, query: CurveQuery) -> list[Curve]:
    """A curve for each run and key that has points, by key, then by run, in the order asked for."""
    numbers = run_numbers(tx, query.run_ids)
    others = histories(tx, list(numbers.values()), query.against) if query.against else {}
    curves: list[Curve | None] = []
    for key in query.keys:
        found = histories(tx, list(numbers.values()), key)
        known = [(uuid, numbers[uuid]) for uuid in query.run_ids if uuid in numbers]
        curves += [_curve(uuid, key, (found[number], others.get(number)), query) for uuid, number in known]
    return [curve for curve in curves if curve is not None]


def _curve(uuid: str, key: str, found: tuple[Series, Series | None], query: CurveQuery) -> Curve | None:
    """`found`: the metric's history, and that of the one it is drawn against."""
    history, other = found
    if not len(history.values):
        return None
    began = int(history.timestamps[0])
    if other is None:
        series, places = _along(history, query, began), np.empty(0, np.float64)
    else:
        series, places = _against(by_step(history), by_step(other), query)
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
        places=(places if kept is None or other is None else places[kept]).tolist(),
    )


def _along(history: Series, query: CurveQuery, began: int) -> Series:
    if query.x == "step":
        return by_step(history.take(_within(history.steps, query)))
    return history.take(_within(history.timestamps, query, began if query.x == "relative" else 0))


def _against(series: Series, other: Series, query: CurveQuery) -> tuple[Series, Floats]:
    """The points at whose step the other metric has a finite value, its last there, in the order of those values."""
    at = np.searchsorted(other.steps, series.steps, side="right") - 1
    there = at >= 0
    there[there] = other.steps[at[there]] == series.steps[there]
    series, places = series.take(there), other.values[at[there]]
    inside = np.flatnonzero(np.isfinite(places))
    inside = inside[_within(places[inside], query)]
    order = inside[np.argsort(places[inside], kind="stable")]
    return series.take(order), places[order]


def _within(places: Integers | Floats, query: CurveQuery, origin: int = 0) -> slice | Flags:
    if query.first is None and query.last is None:
        return slice(None)
    inside = np.ones(len(places), np.bool_)
    if query.first is not None:
        inside &= places >= query.first + origin
    if query.last is not None:
        inside &= places <= query.last + origin
    return inside
