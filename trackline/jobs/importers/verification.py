"""Compares two trackers, table by table: every row by its content, every point by step, time and value.

Both are read anew, by whatever reads them for others: nothing is taken from what was written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from trackline.domain.entities import Experiment
from trackline.domain.moving import MovingModel, MovingPoints, MovingRegistered, MovingRun, Settled
from trackline.domain.points import Series, absent, join_series
from trackline.domain.registry import ModelVersion
from trackline.jobs.importers.importing import Watcher
from trackline.jobs.importers.mlflow_values import with_infinity
from trackline.jobs.importers.source import Source

Row: TypeAlias = tuple[Any, ...]

SHOWN = 5  # differences that are named, for each table
_MASK = 2**64 - 1
_ODD = [np.uint64(factor) for factor in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9)]


@dataclass
class Compared:
    """Of one table. The checksums are sums over rows, so that their order makes no difference."""

    there: int = 0  # rows of the source
    here: int = 0  # rows of the same experiments, runs and models here
    missing: int = 0  # of the source's, those that are not here as they are there
    sum_there: int = 0
    sum_here: int = 0
    examples: list[str] = field(default_factory=list)


class Verifier:
    def __init__(self, source: Source, here: Source, watcher: Watcher) -> None:
        self._source = source
        self._here = here
        self._watcher = watcher
        self.tables: dict[str, Compared] = {}

    def compare(self, settled: list[Settled], registry: bool) -> dict[str, Compared]:
        """What became of the settled experiments, by table; `registry`: registered models too."""
        homes = {one.experiment.experiment_id: str(one.number) for one in settled}
        self._watcher.begin("Verifying", self._source.amounts([*homes]))
        ours = {one.experiment_id: one for one in self._here.experiments()}
        for one in settled:
            here = ours[str(one.number)]
            self._rows(_experiment(one, one.experiment), _experiment(one, here))
        for runs in self._source.runs([*homes]):
            self._compare_runs(runs, homes)
        self._compare_models(homes)
        if registry:
            registered = {one.model.name: one for one in self._here.registered_models()}
            for moving in self._source.registered_models():
                self._rows(_registered(moving), _registered(registered.get(moving.model.name)))
        return self.tables

    def _compare_runs(self, runs: list[MovingRun], homes: dict[str, str]) -> None:
        here = self._here.runs_of([one.run.info.run_id for one in runs])
        for one in runs:
            run_id = one.run.info.run_id
            self._rows(_run(one, homes), _run(here.get(run_id), {}))
            self._watcher.advance(1, self._compare_points(run_id, run_id in here))

    def _compare_points(self, run_id: str, is_here: bool) -> int:
        table = self.tables.setdefault("points", Compared())
        there, sum_there = _tally(self._source.points(run_id))
        here, sum_here = _tally(self._here.points(run_id)) if is_here else (0, 0)
        table.there += there
        table.here += here
        table.sum_there = (table.sum_there + sum_there) & _MASK
        table.sum_here = (table.sum_here + sum_here) & _MASK
        if (there, sum_there) != (here, sum_here):
            missing = self._missing_points(run_id) if is_here else there
            table.missing += missing
            if missing and len(table.examples) < SHOWN:
                table.examples.append(f"run {run_id}: {missing:,} of {there:,} points")
        return there

    def _missing_points(self, run_id: str) -> int:
        missing = 0
        for key in self._source.series_counts(run_id):
            here = join_series([_comparable(part) for part in self._here.series(run_id, key)])
            missing += sum(int(absent(_comparable(part), here).sum()) for part in self._source.series(run_id, key))
        return missing

    def _compare_models(self, homes: dict[str, str]) -> None:
        here = {
            one.model.info.model_id: one
            for models in self._here.logged_models([*dict.fromkeys(homes.values())])
            for one in models
        }
        for models in self._source.logged_models([*homes]):
            for one in models:
                self._rows(_model(one, homes), _model(here.get(one.model.info.model_id), {}))

    def _rows(self, there: dict[str, list[Row]], here: dict[str, list[Row]]) -> None:
        """Rows by table, of one thing in both places."""
        for name, rows in there.items():
            table = self.tables.setdefault(name, Compared())
            ours = here.get(name, [])
            table.there += len(rows)
            table.here += len(ours)
            total = _sum(rows)
            table.sum_there = (table.sum_there + total) & _MASK
            if rows == ours:
                table.sum_here = (table.sum_here + total) & _MASK
                continue
            table.sum_here = (table.sum_here + _sum(ours)) & _MASK
            known = set(ours)
            if missing := [row for row in rows if row not in known]:
                table.missing += len(missing)
                table.examples += [_shown(row) for row in missing[: SHOWN - len(table.examples)]]


def _experiment(settled: Settled, experiment: Experiment) -> dict[str, list[Row]]:
    """One that was here before keeps what it is; it only has to be there."""
    state = () if settled.was_there else (experiment.name, experiment.lifecycle_stage, experiment.creation_time)
    return {
        "experiments": [(settled.number, *state)],
        "experiment tags": [(settled.number, tag.key, tag.value) for tag in experiment.tags],
    }


def _run(moving: MovingRun | None, homes: dict[str, str]) -> dict[str, list[Row]]:
    """`homes`: where the experiments went."""
    if moving is None:
        return {}
    run, info = moving.run, moving.run.info
    of = info.run_id
    times = (info.start_time or 0, info.end_time or 0)
    state = (info.status, info.lifecycle_stage, homes.get(info.experiment_id, info.experiment_id))
    datasets = [(of, *msgspec.structs.astuple(one.dataset)) for one in run.inputs.dataset_inputs]
    return {
        "runs": [(of, info.run_name, info.user_id, *state, *times)],
        "params": [(of, one.key, one.value) for one in run.data.params],
        "tags": [(of, one.key, one.value) for one in run.data.tags],
        "datasets": datasets,
        "dataset tags": [
            (of, one.dataset.name, one.dataset.digest, tag.key, tag.value)
            for one in run.inputs.dataset_inputs
            for tag in one.tags
        ],
        "models of runs": [(of, "input", one.model_id, 0) for one in run.inputs.model_inputs]
        + [(of, "output", one.model_id, one.step) for one in run.outputs.model_outputs],
    }


def _model(moving: MovingModel | None, homes: dict[str, str]) -> dict[str, list[Row]]:
    if moving is None:
        return {}
    info, data = moving.model.info, moving.model.data
    of = info.model_id
    experiment = homes.get(info.experiment_id, info.experiment_id)
    times = (info.creation_timestamp_ms, info.last_updated_timestamp_ms)
    said = (info.model_type or "", info.source_run_id or "", info.status_message)
    return {
        "logged models": [(of, info.name, info.status, moving.lifecycle, experiment, *times, *said)],
        "logged models' params": [(of, one.key, one.value) for one in data.params],
        "logged models' tags": [(of, one.key, one.value) for one in info.tags],
        "logged models' metrics": [
            (of, one.key, repr(one.value), one.timestamp, one.step, one.dataset_name, one.dataset_digest, one.run_id)
            for one in data.metrics
        ],
    }


def _registered(moving: MovingRegistered | None) -> dict[str, list[Row]]:
    if moving is None:
        return {}
    model = moving.model
    versions = [one.version for one in moving.versions]
    return {
        "registered models": [(model.name, model.description or "", model.creation_timestamp)],
        "registered models' tags": [(model.name, tag.key, tag.value) for tag in model.tags],
        "versions": [(*_state(one), one.creation_timestamp, one.last_updated_timestamp) for one in versions],
        "versions' tags": [(one.name, one.version, tag.key, tag.value) for one in versions for tag in one.tags],
        "aliases": [(model.name, one.alias, one.version) for one in model.aliases],
    }


def _state(one: ModelVersion) -> Row:
    return one.name, one.version, one.current_stage, one.description or "", one.source, one.run_id, one.run_link


def _sum(rows: Iterable[Row]) -> int:
    return sum(_digest(msgspec.msgpack.encode(row)) for row in rows)


def _digest(text: bytes) -> int:
    return int.from_bytes(blake2b(text, digest_size=8).digest())


def _shown(row: Row) -> str:
    text = ", ".join(str(value) for value in row)
    return text if len(text) <= 200 else f"{text[:200]}…"


def _tally(parts: Iterator[MovingPoints]) -> tuple[int, int]:
    """The number of points, and the sum of what each amounts to."""
    count = total = 0
    for part in parts:
        count += len(part.points.keys)
        total += int(_amounts(part).sum(dtype=np.uint64))
    return count, total & _MASK


def _comparable(part: MovingPoints) -> Series:
    """In MLflow's databases infinity and the largest number are one."""
    steps, timestamps, values = part.points.series
    return Series(steps, timestamps, with_infinity(values))


def _amounts(part: MovingPoints) -> NDArray[np.uint64]:
    names = np.array([_digest(f"{part.run_id}/{name}".encode()) for name in part.names], np.uint64)
    steps, timestamps, values = _comparable(part)
    bits = np.where(np.isnan(values), np.nan, values + 0.0).view(np.uint64)
    mixed = names[part.points.keys]
    for column, odd in zip((steps.view(np.uint64), timestamps.view(np.uint64), bits), _ODD, strict=True):
        mixed = (mixed ^ column) * odd
        mixed ^= mixed >> np.uint64(29)
    return mixed
