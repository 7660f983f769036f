"""What a tracker is about, as values. Field names are the wire's; times are milliseconds since 1970, UTC.

A field that is None, or an empty list, is left out when the value is written as JSON.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

Int64 = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
Lifecycle = Literal["active", "deleted"]
RunStatus = Literal["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"]
ViewType = Literal["ACTIVE_ONLY", "DELETED_ONLY", "ALL"]
ModelStatus = Literal[
    "LOGGED_MODEL_STATUS_UNSPECIFIED",
    "LOGGED_MODEL_PENDING",
    "LOGGED_MODEL_READY",
    "LOGGED_MODEL_UPLOAD_FAILED",
]

ENDED: frozenset[str] = frozenset({"FINISHED", "FAILED", "KILLED"})
RUN_NAME_TAG = "mlflow.runName"
PARENT_TAG = "mlflow.parentRunId"
DATASET_CONTEXT_TAG = "mlflow.data.context"


class Param(Struct, frozen=True):
    key: str
    value: str


class Tag(Struct, frozen=True):
    key: str
    value: str


class Metric(Struct, frozen=True, omit_defaults=True, gc=False):
    """One point of a series. `value` may be NaN or infinite; `step` may be negative. A thousand of them, which refer to
    nothing that could refer to them, are not looked through for garbage.
    """

    key: str
    value: float
    timestamp: int
    step: int
    model_id: str | None = None
    dataset_name: str | None = None
    dataset_digest: str | None = None
    run_id: str | None = None


class Dataset(Struct, frozen=True, omit_defaults=True):
    name: str
    digest: str
    source_type: str
    source: str
    schema: str | None = None
    profile: str | None = None


class DatasetInput(Struct, frozen=True, omit_defaults=True):
    """A dataset that a run read; the tags say what for."""

    dataset: Dataset
    tags: list[Tag] = []


class DatasetSummary(Struct, frozen=True, omit_defaults=True):
    experiment_id: str
    name: str
    digest: str
    context: str | None = None


class ModelInput(Struct, frozen=True):
    model_id: str


class ModelOutput(Struct, frozen=True):
    model_id: str
    step: int


class Experiment(Struct, frozen=True, omit_defaults=True):
    experiment_id: str
    name: str
    artifact_location: str
    lifecycle_stage: Lifecycle
    last_update_time: int
    creation_time: int
    tags: list[Tag] = []


class RunInfo(Struct, frozen=True, omit_defaults=True):
    run_id: str
    run_uuid: str  # the same as run_id; clients before MLflow 1.0 read this one
    run_name: str
    experiment_id: str
    user_id: str
    status: RunStatus
    artifact_uri: str
    lifecycle_stage: Lifecycle
    start_time: int | None = None
    end_time: int | None = None


class RunData(Struct, frozen=True, omit_defaults=True):
    """`metrics` holds the latest point of each series."""

    metrics: list[Metric] = []
    params: list[Param] = []
    tags: list[Tag] = []


class RunInputs(Struct, frozen=True, omit_defaults=True):
    dataset_inputs: list[DatasetInput] = []
    model_inputs: list[ModelInput] = []


class RunOutputs(Struct, frozen=True, omit_defaults=True):
    model_outputs: list[ModelOutput] = []


class Run(Struct, frozen=True):
    info: RunInfo
    data: RunData
    inputs: RunInputs
    outputs: RunOutputs


class Registration(Struct, frozen=True):
    """A version of a registered model."""

    name: str
    version: str


class LoggedModelInfo(Struct, frozen=True, omit_defaults=True):
    model_id: str
    experiment_id: str
    name: str
    creation_timestamp_ms: int
    last_updated_timestamp_ms: int
    artifact_uri: str
    status: ModelStatus
    model_type: str | None = None
    source_run_id: str | None = None
    status_message: str | None = None
    tags: list[Tag] = []
    registrations: list[Registration] = []


class LoggedModelData(Struct, frozen=True, omit_defaults=True):
    params: list[Param] = []
    metrics: list[Metric] = []


class LoggedModel(Struct, frozen=True):
    info: LoggedModelInfo
    data: LoggedModelData
