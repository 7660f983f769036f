"""How much room things take, in bytes."""

from __future__ import annotations

from msgspec import Struct

from trackline.domain.entities import Lifecycle


class ExperimentUsage(Struct, frozen=True):
    """`trash_bytes` is the part that lies in the trash. Metadata are params, tags and summaries of metrics."""

    experiment_id: str
    name: str
    lifecycle_stage: Lifecycle
    runs: int
    metadata_bytes: int
    points_bytes: int
    artifact_bytes: int
    trash_bytes: int


class RegisteredUsage(Struct, frozen=True):
    """What the logged models, or else the runs, take that its versions come from, each once. They count for
    experiments as well.
    """

    name: str
    versions: int
    artifact_bytes: int


class DiskUsage(Struct, frozen=True):
    """The largest experiments, and registered models, first; there may be `more` experiments.

    `measured`: when, in milliseconds; None where it was not measured yet.
    """

    measured: int | None
    experiments: list[ExperimentUsage]
    registered_models: list[RegisteredUsage]
    more: bool


class RunUsage(Struct, frozen=True):
    """Each is None where it was not measured yet."""

    run_id: str
    run_name: str
    lifecycle_stage: Lifecycle
    metadata_bytes: int | None
    points_bytes: int | None
    artifact_files: int | None
    artifact_bytes: int | None


class ModelUsage(Struct, frozen=True):
    model_id: str
    name: str
    lifecycle_stage: Lifecycle
    artifact_files: int | None
    artifact_bytes: int | None


class UsageWithin(Struct, frozen=True):
    """The largest runs and logged models of an experiment, as they were last measured."""

    runs: list[RunUsage]
    models: list[ModelUsage]


class Folder(Struct, frozen=True):
    """Of a run or a logged model, whichever is called so."""

    name: str
    files: int
    bytes: int
