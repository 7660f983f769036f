"""Brings what a source holds into a database, a bounded piece in each transaction.

Nothing is noted of how far it is: what is here already is found and passed over, run by run. So an import may be
killed at any time and started again, and one of a source that has grown brings only what is new.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Protocol

from trackline.db.database import Database
from trackline.db.transaction import Transaction
from trackline.domain.artifact_paths import PROXY_SCHEME, below, location_before, model_artifact_uri, run_artifact_uri
from trackline.domain.entities import ENDED, Experiment
from trackline.domain.moving import MovingPoints, MovingRun, Settled
from trackline.jobs.importers.source import SLICE, Amounts, Left, Source, UnusableSource
from trackline.store.artifact_locations import path_below
from trackline.store.incoming.experiments import settle_experiments
from trackline.store.incoming.models import bring_models
from trackline.store.incoming.points import bring_missing, bring_more, bring_new
from trackline.store.incoming.registry import bring_registered
from trackline.store.incoming.runs import KnownRun, bring_runs, known_runs
from trackline.store.metrics import seal_run
from trackline.store.outgoing import points_by_name

POINTS_AT_ONCE = 2 * SLICE  # in one transaction
_PROXIED = (
    "they are at mlflow-artifacts:/, which here means this server's own place. Start it with the old server's "
    "--artifacts-destination, or run this again with --artifacts copy --source-artifacts THAT"
)
_MISPLACED = (
    "their place does not end in /RUN/artifacts, or /models/MODEL/artifacts, where Trackline looks below a location. "
    "Run this again with --artifacts copy"
)


class Watcher(Protocol):
    """Is told how far it is; the work of one `begin` ends when its amounts have come by `advance`."""

    def begin(self, doing: str, amounts: Amounts) -> None: ...

    def advance(self, runs: int, points: int) -> None: ...


@dataclass
class Brought:
    """What became of it all. `new_points` counts those of runs that were here already too."""

    settled: list[Settled] = field(default_factory=list)
    new_runs: int = 0
    known_runs: int = 0
    new_points: int = 0
    left: list[Left] = field(default_factory=list)


def chosen_experiments(source: Source, names: tuple[str, ...]) -> list[Experiment]:
    """Those of these names, or all. Raises UnusableSource where one is not there."""
    experiments = source.experiments()
    known = {experiment.name for experiment in experiments}
    for name in names:
        if name not in known:
            raise UnusableSource(
                f"{source.shown} has no experiment '{name}'.",
                f"It has {', '.join(sorted(known)[:20])}{' …' if len(known) > 20 else ''}.",
            )
    return [experiment for experiment in experiments if not names or experiment.name in names]


class Importer:
    """From `source` into `database`. `root`: the new place of artifacts; None leaves them where they are."""

    def __init__(self, source: Source, database: Database, watcher: Watcher) -> None:
        self._source = source
        self._database = database
        self._watcher = watcher
        self._brought = Brought()
        self._homes: dict[str, Settled] = {}  # where experiments went, by their id at the source
        self._lost = {_PROXIED: 0, _MISPLACED: 0}  # runs and models whose files Trackline does not find, by the reason

    async def bring(
        self, experiments: list[Experiment], root: str | None, registry: bool, doing: str = "Importing"
    ) -> Brought:
        """`registry`: with the registered models. `doing`: what the watcher is told that it is."""
        ids = [experiment.experiment_id for experiment in experiments]
        self._watcher.begin(doing, self._source.amounts(ids))
        self._brought.settled = await self._database.write(settle_experiments, experiments, root)
        self._homes = {one.experiment.experiment_id: one for one in self._brought.settled}
        for batch in self._source.runs(ids):
            await self._bring_batch(batch)
        for models in self._source.logged_models(ids):
            await self._database.write(bring_models, models, self._homes)
            for model in (one.model.info for one in models):
                self._look_for_files(model.artifact_uri, model_artifact_uri("", model.model_id), model.experiment_id)
        if registry:
            await self._bring_registry()
        lost = [Left("runs' and models' artifacts", count, reason) for reason, count in self._lost.items() if count]
        self._brought.left = self._source.left_behind() + self._brought.left + lost
        return self._brought

    async def _bring_batch(self, batch: list[MovingRun]) -> None:
        known = await self._database.read(known_runs, [one.run.info.run_id for one in batch])
        old = [one for one in batch if one.run.info.run_id in known]
        for info in (one.run.info for one in batch):
            self._look_for_files(info.artifact_uri, run_artifact_uri("", info.run_id), info.experiment_id)
        self._brought.known_runs += len(old)
        self._brought.new_runs += len(batch) - len(old)
        if old:
            await self._database.write(bring_runs, old, self._homes)
            await self._complete(old, known)
        runs: list[MovingRun] = []
        points: list[MovingPoints] = []
        gathered = 0
        for one in batch:
            if one.run.info.run_id in known:
                continue
            first, rest = _first_and_rest(self._source.points(one.run.info.run_id))
            runs.append(one)
            points += first
            gathered += sum(len(each.points.keys) for each in first)
            if rest is not None or gathered >= POINTS_AT_ONCE:
                await self._write(runs, points)
                runs, points, gathered = [], [], 0
            if rest is not None:
                await self._go_on(one, rest)
        if runs:
            await self._write(runs, points)

    def _look_for_files(self, uri: str, own: str, experiment: str) -> None:
        """`own` as in `location_before`."""
        if not uri or not self._homes[experiment].keeps_places:
            return
        if location_before(uri, own) is None:
            self._lost[_MISPLACED] += 1
        elif uri.startswith(f"{PROXY_SCHEME}:"):
            self._lost[_PROXIED] += 1

    async def _write(self, runs: list[MovingRun], points: list[MovingPoints]) -> None:
        await self._database.write(_bring_new_runs, runs, points, self._homes)
        self._advance(len(runs), sum(len(each.points.keys) for each in points))

    async def _go_on(self, one: MovingRun, rest: Iterator[MovingPoints]) -> None:
        """The points of a long run after its first ones."""
        number = (await self._database.read(known_runs, [one.run.info.run_id]))[one.run.info.run_id].id
        for points in rest:
            await self._database.write(bring_more, points, number)
            self._advance(0, len(points.points.keys))
        await self._end(one, number)

    async def _complete(self, old: list[MovingRun], known: dict[str, KnownRun]) -> None:
        """Bring the points that have come to runs since, or that an interrupted import did not reach."""
        counts = self._source.point_counts([one.run.info.run_id for one in old])
        for one in old:
            run_id = one.run.info.run_id
            here = known[run_id]
            if counts.get(run_id, 0) != here.points:
                await self._bring_missing(run_id, here.id)
            if counts.get(run_id, 0) != here.points or not here.has_ended:
                await self._end(one, here.id)
            self._watcher.advance(1, counts.get(run_id, 0))

    async def _bring_missing(self, run_id: str, number: int) -> None:
        here = await self._database.read(points_by_name, number)
        for key, count in self._source.series_counts(run_id).items():
            if here.get(key) != count:
                for points in self._source.series(run_id, key):
                    self._brought.new_points += await self._database.write(bring_missing, points, number)

    async def _end(self, one: MovingRun, number: int) -> None:
        if one.run.info.status in ENDED:
            await self._database.write(seal_run, number)

    async def _bring_registry(self) -> None:
        for moving in self._source.registered_models():
            versions = [one._replace(location=self._place_here(one.location)) for one in moving.versions]
            taken = await self._database.write(bring_registered, moving._replace(versions=versions))
            if taken:
                what = f"versions of {moving.model.name}: {', '.join(taken)}"
                self._brought.left.append(Left(what, len(taken), "a version of this number, made here, is in the way"))

    def _place_here(self, location: str) -> str:
        """Where what lies at `location` will be: below the experiment's new place, if it is below its old one."""
        for one in self._brought.settled:
            old = one.experiment.artifact_location
            tail = path_below(location, old) if old and not one.keeps_places else None
            if tail is not None:
                return below(one.location, tail)
        return location

    def _advance(self, runs: int, points: int) -> None:
        self._brought.new_points += points
        self._watcher.advance(runs, points)


def _bring_new_runs(
    tx: Transaction, runs: list[MovingRun], points: list[MovingPoints], homes: dict[str, Settled]
) -> None:
    bring_new(tx, points, bring_runs(tx, runs, homes))


def _first_and_rest(slices: Iterator[MovingPoints]) -> tuple[list[MovingPoints], Iterator[MovingPoints] | None]:
    """The first slice, if any, and the others where there are more."""
    first = next(slices, None)
    second = next(slices, None)
    return [] if first is None else [first], None if second is None else chain([second], slices)
