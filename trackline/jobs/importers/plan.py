"""What an import would do with experiments, before it does it."""

from __future__ import annotations

from enum import Enum

from trackline.db.transaction import Transaction
from trackline.domain.entities import Experiment
from trackline.store.incoming.experiments import find_experiment, id_is_taken


class Found(Enum):
    NEW = "is new"
    THERE = "is there: its runs would be added to it"
    RENUMBERED = "would get another id, since this one is taken there"


def foresee(tx: Transaction, experiments: list[Experiment]) -> dict[str, Found]:
    """By the experiments' ids at the source."""
    return {one.experiment_id: _foreseen(tx, one) for one in experiments}


def _foreseen(tx: Transaction, experiment: Experiment) -> Found:
    if find_experiment(tx, experiment, None) is not None:
        return Found.THERE
    return Found.RENUMBERED if id_is_taken(tx, experiment) else Found.NEW
