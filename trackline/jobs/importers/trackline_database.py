"""A database of Trackline's."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from trackline.db.reading import OwnReading
from trackline.domain.entities import Experiment
from trackline.domain.moving import MovingModel, MovingPoints, MovingRegistered, MovingRun
from trackline.domain.points import Points
from trackline.jobs.importers.source import BATCH, SLICE, Amounts, Left, numbers
from trackline.store.incoming.runs import known_runs
from trackline.store.outgoing import (
    AT_ONCE,
    all_experiments,
    count_runs,
    logged_models_after,
    names_of,
    points_by_key,
    points_by_name,
    points_of,
    runs_after,
    whole_registered,
    whole_runs,
)

_LEFT = {"users": "users and what they may do", "webhooks": "webhooks"}


class TracklineDatabase:
    """Satisfies `Source`. `registry_of`: of the registry only what comes from these experiments; None: all of it."""

    def __init__(self, reading: OwnReading, shown: str) -> None:
        self.shown = shown
        self._reading = reading
        self._tx = reading.tx
        self.registry_of: list[str] | None = None
        self._names: dict[int, str] = {}  # of metrics that were read
        self._numbers: dict[str, int] = {}  # of the runs that were asked for last

    def experiments(self) -> list[Experiment]:
        return all_experiments(self._tx)

    def amounts(self, experiments: list[str]) -> Amounts:
        return Amounts(*count_runs(self._tx, numbers(experiments)))

    def left_behind(self) -> list[Left]:
        counts = [(what, self._tx.rows(f"SELECT count(*) FROM {table}")[0][0]) for table, what in _LEFT.items()]
        return [Left(what, count, "make them anew on this server") for what, count in counts if count]

    def runs(self, experiments: list[str]) -> Iterator[list[MovingRun]]:
        last = -1
        while ids := runs_after(self._tx, numbers(experiments), last, BATCH):
            yield whole_runs(self._tx, ids)
            last = ids[-1]

    def runs_of(self, run_ids: list[str]) -> dict[str, MovingRun]:
        self._numbers = {run_id: run.id for run_id, run in known_runs(self._tx, run_ids).items()}
        return {one.run.info.run_id: one for one in whole_runs(self._tx, [*self._numbers.values()])}

    def point_counts(self, run_ids: list[str]) -> dict[str, int]:
        return {run_id: run.points for run_id, run in known_runs(self._tx, run_ids).items()}

    def points(self, run_id: str) -> Iterator[MovingPoints]:
        number = self._number(run_id)
        counts = points_by_key(self._tx, number)
        wanted: list[int | None] = [None] if sum(counts.values()) <= AT_ONCE else [*counts]
        for key_id in wanted:
            yield from self._named(run_id, points_of(self._tx, number, key_id))

    def series_counts(self, run_id: str) -> dict[str, int]:
        return points_by_name(self._tx, self._number(run_id))

    def series(self, run_id: str, key: str) -> Iterator[MovingPoints]:
        number = self._number(run_id)
        names = names_of(self._tx, [*points_by_key(self._tx, number)])
        for key_id in [key_id for key_id, name in names.items() if name == key]:
            yield from self._named(run_id, points_of(self._tx, number, key_id))

    def logged_models(self, experiments: list[str]) -> Iterator[list[MovingModel]]:
        last = -1
        while True:
            models, last = logged_models_after(self._tx, numbers(experiments), last, BATCH)
            if not models:
                return
            yield models

    def registered_models(self) -> Iterator[MovingRegistered]:
        of = self.registry_of
        return whole_registered(self._tx, None if of is None else numbers(of))

    def close(self) -> None:
        self._reading.close()

    def _number(self, run_id: str) -> int:
        found = self._numbers.get(run_id)
        return known_runs(self._tx, [run_id])[run_id].id if found is None else found

    def _named(self, run_id: str, points: Points) -> Iterator[MovingPoints]:
        """With the keys as places among names, in slices."""
        keys, places = np.unique(points.keys, return_inverse=True)
        if unknown := [key for key in keys.tolist() if key not in self._names]:
            self._names |= names_of(self._tx, unknown)
        listed = [self._names[key] for key in keys.tolist()]
        for first in range(0, len(places), SLICE):
            where = slice(first, first + SLICE)
            yield MovingPoints(run_id, listed, Points(places[where].astype(np.uint32), points.series.take(where)))
