"""Metrics as curves to be drawn: several at once, each thinned so that neither peak nor dip is lost."""

from __future__ import annotations

import numpy as np

from trackline.db.transaction import Transaction
from trackline.domain.points import Flags, Floats, Integers, Series, by_step, means_from, outline
from trackline.domain.tables import Curve, CurveQuery
from trackline.store.histories import each_history, histories
from trackline.store.runs import run_numbers

_NONE = np.empty(0, np.float64)
_THINNED = """
SELECT s.run_id, k.name, s.points FROM metric_summaries s JOIN keys k ON k.id = s.key_id
WHERE {runs} AND {names} AND s.thinned IS NOT NULL
"""


def read_curves(tx: Transaction, query: CurveQuery) -> list[Curve]:
    """A curve for each run and key that has points, by key, then by run, in the order asked for."""
    numbers = run_numbers(tx, query.run_ids)
    uuids = {numbers[uuid]: uuid for uuid in query.run_ids if uuid in numbers}
    runs = list(uuids)
    logged = _logged(tx, runs, query.keys)
    others = histories(tx, runs, query.against) if query.against else {}
    curves = (
        _curve((uuids[run], key, logged.get((run, key))), (history, others.get(run)), query)
        for key in query.keys
        for run, history in each_history(tx, runs, key)
    )
    return [curve for curve in curves if curve is not None]


def _logged(tx: Transaction, runs: list[int], keys: list[str]) -> dict[tuple[int, str], int]:
    """How many points there were of those metrics that were thinned for good."""
    statement = _THINNED.format(runs=tx.dialect.among("s.run_id", "runs"), names=tx.dialect.among("k.name", "keys"))
    return {(run, key): points for run, key, points in tx.rows(statement, {"runs": runs, "keys": keys})}


def _curve(of: tuple[str, str, int | None], found: tuple[Series, Series | None], query: CurveQuery) -> Curve | None:
    """`of`: run, key and what was logged. `found`: the metric's history, and that of the one it is drawn against."""
    uuid, key, logged = of
    history, other = found
    if not len(history.values):
        return None
    began = int(history.timestamps[0])
    if other is None:
        series, places = _along(history, query, began), _NONE
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
        logged=logged,
        steps=shown.steps,
        timestamps=shown.timestamps,
        values=shown.values,
        means=_NONE if kept is None else means_from(series.values, kept),
        places=places if kept is None or other is None else places[kept],
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
