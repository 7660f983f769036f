"""What moves from one tracker to another: the entities, with what only their tables say of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from trackline.domain.artifact_paths import location_before
from trackline.domain.entities import Experiment, Lifecycle, LoggedModel, Run
from trackline.domain.points import Points
from trackline.domain.registry import ModelVersion, RegisteredModel


class MovingRun(NamedTuple):
    """Points move apart from the run; `run.data.metrics`, the latest ones, follow from them and may be missing."""

    run: Run
    deleted_ms: int | None = None


class MovingPoints(NamedTuple):
    """Points of a run; their keys are places in `names`."""

    run_id: str
    names: Sequence[str]
    points: Points


class MovingModel(NamedTuple):
    """A logged model."""

    model: LoggedModel
    lifecycle: Lifecycle


class MovingVersion(NamedTuple):
    """`location`: where the files of the version are."""

    version: ModelVersion
    location: str


class MovingRegistered(NamedTuple):
    """A registered model, without `latest_versions`, and all its versions.

    `last_version`: the highest number that was ever given; a deleted version's is not given again.
    """

    model: RegisteredModel
    versions: list[MovingVersion]
    last_version: int


class Settled(NamedTuple):
    """Where an experiment of the source went: `number` and `location` are what it has here.

    `was_there`: it was found, by its name, or by its id and the time it was made. `keeps_places`: the artifacts of its
    runs and models stay where they are.
    """

    experiment: Experiment
    number: int
    location: str
    was_there: bool
    keeps_places: bool

    def place_apart(self, uri: str, own: str) -> str | None:
        """The location that a run or model with artifacts at `uri` needs for itself; `own` as in `location_before`."""
        kept = location_before(uri, own) if self.keeps_places else None
        return None if kept == self.location else kept
