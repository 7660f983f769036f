"""What an import would do, before it does it."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from trackline.db.transaction import Transaction
from trackline.domain.entities import Experiment
from trackline.jobs.importers.source import Amounts, Source
from trackline.store.incoming.experiments import find_experiment, id_is_taken
from trackline.store.incoming.runs import known_runs


class Found(Enum):
    NEW = "is new"
    THERE = "is there: its runs would be added to it"
    RENUMBERED = "would get another id, since this one is taken there"


class Foreseen(NamedTuple):
    """`found`: by the experiments' ids at the source. `there`: what of their runs, and those runs' points, is there."""

    found: dict[str, Found]
    there: Amounts


def foresee(tx: Transaction, source: Source, experiments: list[Experiment]) -> Foreseen:
    found = {one.experiment_id: _foreseen(tx, one) for one in experiments}
    runs = points = 0
    for batch in source.runs([number for number, what in found.items() if what is Found.THERE]):
        known = known_runs(tx, [one.run.info.run_id for one in batch])
        runs += len(known)
        points += sum(one.points for one in known.values())
    return Foreseen(found, Amounts(runs, points))


def _foreseen(tx: Transaction, experiment: Experiment) -> Found:
    if find_experiment(tx, experiment, None) is not None:
        return Found.THERE
    return Found.RENUMBERED if id_is_taken(tx, experiment) else Found.NEW
