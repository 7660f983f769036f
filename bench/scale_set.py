"""A database as it is after years: written by Trackline's own store functions, many runs in one transaction.

Seeded: the same every time. Each part is one transaction that does nothing where its work is done, so that whoever was
interrupted goes on where they were.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from math import exp
from pathlib import Path
from random import Random
from typing import NamedTuple
from uuid import NAMESPACE_OID, uuid5

from bench.run_set import BEGAN_MS, set_run
from bench.stage import HISTORY_POINTS, SERIES
from trackline.db.database import Database
from trackline.db.transaction import Transaction
from trackline.domain.entities import Metric, Param
from trackline.domain.errors import AlreadyExists
from trackline.server.metadata import metadata_at
from trackline.store.experiments import create_experiment, get_experiment_by_name
from trackline.store.logging import log_batch
from trackline.store.metric_summaries import latest
from trackline.store.runs import NewRun, RunChange, ask_insert_run, ask_update_run, run_number, run_numbers

RUNS_IN_A_PART, POINTS_IN_A_PART, KEYS_IN_A_PART = 250, 20_000, 2_000
EXPERIMENT, OTHERS = "set", "series"  # the runs that searches read; those with long series and many keys
ARTIFACTS = "mlflow-artifacts:/"
STEP_MS = 1_000


class SetSize(NamedTuple):
    runs: int
    steps: int  # points of each of the 10 series of each run
    keys: int = 100_000  # of one run
    experiments: int = 1_000
    long_points: int = 1_000_000  # of one series
    curves: int = 20  # runs with a series of `curve_points`
    curve_points: int = 100_000

    @property
    def points(self) -> int:
        """About: of all series together."""
        return self.runs * self.steps * 10 + self.keys + self.long_points + self.curves * self.curve_points


class Part(NamedTuple):
    """`weight` is about the number of things in it."""

    weight: int
    write: Callable[[Transaction], None]


def run_id(kind: str, number: int) -> str:
    """Of the run of the set with that number, or of another kind: `wide`, `long`, `history`, `curve`."""
    return uuid5(NAMESPACE_OID, f"{kind} {number}").hex


def fill(folder: Path, size: SetSize, advance: Callable[[int], None]) -> None:
    """Make the database in `folder`, or bring what is there to that size. `advance` is told the weight of each part."""
    with closing(metadata_at(f"sqlite:///{folder / 'tracking.db'}").open()) as database:
        asyncio.run(_write(database, parts(size), advance))


async def _write(database: Database, wanted: Iterator[Part], advance: Callable[[int], None]) -> None:
    for part in wanted:
        await database.write(part.write)
        advance(part.weight)


def parts(size: SetSize) -> Iterator[Part]:
    yield Part(size.experiments, partial(_add_experiments, size.experiments))
    for start, stop in _slices(size.keys, KEYS_IN_A_PART):
        yield Part(stop - start, partial(_add_keys, range(start, stop)))
    series = [("history", 0, HISTORY_POINTS), ("long", 0, size.long_points)]
    series += [("curve", number, size.curve_points) for number in range(size.curves)]
    for kind, number, points in series:
        for start, stop in _slices(points, POINTS_IN_A_PART):
            yield Part(stop - start, partial(_add_points, run_id(kind, number), range(start, stop)))
    for start, stop in _slices(size.runs, RUNS_IN_A_PART):
        yield Part((stop - start) * size.steps * 10, partial(_add_runs, range(start, stop), size.steps))


def weight(size: SetSize) -> int:
    return sum(part.weight for part in parts(size))


def _slices(length: int, step: int) -> list[tuple[int, int]]:
    return [(start, min(start + step, length)) for start in range(0, length, step)]


def _add_experiments(number: int, tx: Transaction) -> None:
    for name in (EXPERIMENT, OTHERS, *(f"experiment {n}" for n in range(number))):
        try:
            create_experiment(tx, name, None, [], ARTIFACTS)
        except AlreadyExists:
            return  # with all the others: they were made together


def _add_keys(keys: range, tx: Transaction) -> None:
    """To one run that has a great many metrics."""
    _begin(tx, OTHERS, run_id("wide", 0), BEGAN_MS)
    log_batch(tx, run_id("wide", 0), [Metric(f"key_{key}", key / 7, BEGAN_MS, 1) for key in keys], [], [])


def _add_points(uuid: str, steps: range, tx: Transaction) -> None:
    """To the one series of a run: a falling curve with noise in every bit."""
    number = _begin(tx, OTHERS, uuid, BEGAN_MS)
    if any(step >= steps.stop - 1 for *_, step in latest(tx, [number])):
        return
    random = Random(steps.start)
    points = [
        Metric(SERIES, exp(-step / 4000) + random.gauss(0, 0.02), BEGAN_MS + step * STEP_MS, step) for step in steps
    ]
    log_batch(tx, uuid, points, [], [])


def _add_runs(numbers: Sequence[int], steps: int, tx: Transaction) -> None:
    uuids = {number: run_id("set", number) for number in numbers}
    known = run_numbers(tx, list(uuids.values()))
    for number, uuid in uuids.items():
        if uuid not in known:
            _add_run(tx, number, uuid, steps)


def _add_run(tx: Transaction, number: int, uuid: str, steps: int) -> None:
    """Ended, with what its number says; before their last value its series come nearer to it."""
    started_ms, metrics, params = set_run(number)
    random = Random(-number)
    _begin(tx, EXPERIMENT, uuid, started_ms)
    points = [
        Metric(key, value + (steps - 1 - step) * random.random(), started_ms + step * STEP_MS, step)
        for key, value in metrics.items()
        for step in range(steps)
    ]
    log_batch(tx, uuid, points, [Param(key, value) for key, value in params.items()], [])
    ask_update_run(tx, uuid, RunChange("FINISHED", started_ms + steps * STEP_MS))()


def _begin(tx: Transaction, experiment: str, uuid: str, started_ms: int) -> int:
    """The number of the run, which is made where it is not there."""
    known = run_numbers(tx, [uuid])
    if uuid in known:
        return known[uuid]
    experiment_id = get_experiment_by_name(tx, experiment).experiment_id
    ask_insert_run(tx, NewRun(uuid, experiment_id, f"run {uuid[:8]}", "bench", started_ms, []))()
    return run_number(tx, uuid)
