"""What every tracker offers that can be imported from or exported."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from trackline.domain.entities import Experiment
from trackline.domain.moving import MovingModel, MovingPoints, MovingRegistered, MovingRun

BATCH = 500  # runs, or models
SLICE = 65_536  # points


class UnusableSource(Exception):
    """It cannot be imported from; `hint` says what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Left(NamedTuple):
    """What does not come over, how much of it, and why; -1 of what cannot be counted there."""

    what: str
    amount: int
    reason: str


class Amounts(NamedTuple):
    """How many there are; -1 for points that cannot be counted without reading them."""

    runs: int
    points: int


class Source(Protocol):
    """`experiments` are the source's own ids. Nothing is changed there."""

    shown: str  # without a password

    def experiments(self) -> list[Experiment]:
        """All, deleted ones too."""

    def amounts(self, experiments: list[str]) -> Amounts: ...

    def left_behind(self) -> list[Left]:
        """What it holds that has no place here."""

    def runs(self, experiments: list[str]) -> Iterator[list[MovingRun]]:
        """All runs, deleted ones too, at most BATCH at a time."""

    def runs_of(self, run_ids: list[str]) -> dict[str, MovingRun]:
        """Those of these runs that there are."""

    def point_counts(self, run_ids: list[str]) -> dict[str, int]:
        """How many points each has; runs that have none may be left out."""

    def points(self, run_id: str) -> Iterator[MovingPoints]:
        """The points of a run, some SLICE at a time, each point once."""

    def series_counts(self, run_id: str) -> dict[str, int]:
        """How many points each metric of the run has."""

    def series(self, run_id: str, key: str) -> Iterator[MovingPoints]:
        """The points of one metric of the run by timestamp, some SLICE at a time, each point once."""

    def logged_models(self, experiments: list[str]) -> Iterator[list[MovingModel]]:
        """All, deleted ones too, at most BATCH at a time."""

    def registered_models(self) -> Iterator[MovingRegistered]: ...

    def close(self) -> None: ...


def numbers(experiments: list[str]) -> list[int]:
    """The ids of experiments as databases have them."""
    return [int(experiment) for experiment in experiments]
