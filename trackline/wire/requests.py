"""What clients send: one shape for each endpoint, with MLflow's field names.

A field that is None was not given. `Text` must be given and not be empty.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from trackline.domain.entities import DatasetInput, Int64, Metric, ModelInput, RunStatus, ViewType
from trackline.domain.errors import InvalidParameter
from trackline.domain.filters import DatasetRef, ModelOrder

Text = Annotated[str, Meta(min_length=1)]
_VIEWS: tuple[ViewType, ...] = ("ACTIVE_ONLY", "DELETED_ONLY", "ALL")
# Enumerations travel by name; by number, too, as protobuf's JSON allows.
AnyView = Literal["ACTIVE_ONLY", "DELETED_ONLY", "ALL", 1, 2, 3]
AnyModelStatus = Literal[
    "LOGGED_MODEL_STATUS_UNSPECIFIED",
    "LOGGED_MODEL_PENDING",
    "LOGGED_MODEL_READY",
    "LOGGED_MODEL_UPLOAD_FAILED",
    0,
    1,
    2,
    3,
]


def view_type(given: AnyView | None) -> ViewType:
    """Living things are shown unless others are asked for."""
    if given is None:
        return "ACTIVE_ONLY"
    return _VIEWS[given - 1] if isinstance(given, int) else given


class TagIn(Struct):
    key: Text
    value: str | None = None


class ParamIn(Struct):
    key: Text
    value: str | None = None


class MetricIn(Metric, frozen=True, omit_defaults=False, gc=False):
    """A point is read as what is stored: of a thousand in one request nothing is copied."""

    key: Text
    timestamp: Int64
    step: Int64 = 0


class CreateExperiment(Struct):
    name: Text
    artifact_location: str | None = None
    tags: list[TagIn] | None = None


class ExperimentId(Struct):
    experiment_id: Text


class DeleteExperiment(ExperimentId):
    """`force`: also when models of it are registered."""

    force: bool | None = None


class ExperimentName(Struct):
    experiment_name: Text


class UpdateExperiment(Struct):
    experiment_id: Text
    new_name: Text


class SetExperimentTag(Struct):
    experiment_id: Text
    key: Text
    value: str | None = None


class DeleteExperimentTag(Struct):
    experiment_id: Text
    key: Text


class SearchExperiments(Struct):
    max_results: Int64 | None = None
    page_token: str | None = None
    filter: str | None = None
    order_by: list[str] | None = None
    view_type: AnyView | None = None


class ExperimentIds(Struct):
    experiment_ids: list[str] | None = None


class CreateRun(Struct):
    experiment_id: str | None = None
    user_id: str | None = None
    run_name: str | None = None
    start_time: Int64 | None = None
    tags: list[TagIn] | None = None


class OfRun(Struct, kw_only=True):
    """A request about one run; clients before MLflow 1.0 call it `run_uuid`."""

    run_id: str | None = None
    run_uuid: str | None = None

    def __post_init__(self) -> None:
        self.run_id = self.run_id or self.run_uuid
        if not self.run_id:
            raise InvalidParameter(
                "Missing value for required parameter 'run_id'. "
                "See the API docs for more information about request parameters."
            )

    @property
    def run(self) -> str:
        return self.run_id or ""


class DeleteRun(OfRun, kw_only=True):
    """`force`: also when its model is registered."""

    force: bool | None = None


class UpdateRun(OfRun, kw_only=True):
    status: RunStatus | Literal[1, 2, 3, 4, 5] | None = None
    end_time: Int64 | None = None
    run_name: str | None = None


class LogMetric(OfRun, kw_only=True):
    key: Text
    value: float
    timestamp: Int64
    step: Int64 | None = None
    model_id: str | None = None
    dataset_name: str | None = None
    dataset_digest: str | None = None


class LogParam(OfRun, kw_only=True):
    key: Text
    value: str | None = None


class SetTag(OfRun, kw_only=True):
    key: Text
    value: str | None = None


class DeleteTag(OfRun, kw_only=True):
    key: Text


class LogBatch(OfRun, kw_only=True):
    metrics: list[MetricIn] | None = None
    params: list[ParamIn] | None = None
    tags: list[TagIn] | None = None


class LogModel(OfRun, kw_only=True):
    model_json: Text


class LogInputs(OfRun, kw_only=True):
    datasets: list[DatasetInput] | None = None
    models: list[ModelInput] | None = None


class ModelOutputIn(Struct):
    model_id: Text
    step: Int64 | None = None


class LogOutputs(OfRun, kw_only=True):
    models: Annotated[list[ModelOutputIn], Meta(min_length=1)]


class SearchRuns(Struct):
    experiment_ids: list[str] | None = None
    filter: str | None = None
    run_view_type: AnyView | None = None
    max_results: Int64 | None = None
    order_by: list[str] | None = None
    page_token: str | None = None


class MetricHistory(OfRun, kw_only=True):
    metric_key: Text
    page_token: str | None = None
    max_results: Int64 | None = None


class MetricHistoryBulk(Struct):
    run_id: list[str] | None = None
    metric_key: str | None = None
    max_results: Int64 | None = None


class MetricHistoryInterval(Struct):
    run_ids: Annotated[list[str], Meta(min_length=1)]
    metric_key: Text
    start_step: Int64 | None = None
    end_step: Int64 | None = None
    max_results: Int64 | None = None


class CreateLoggedModel(Struct):
    experiment_id: Text
    name: str | None = None
    model_type: str | None = None
    source_run_id: str | None = None
    params: list[ParamIn] | None = None
    tags: list[TagIn] | None = None


class DeleteLoggedModel(Struct):
    """`force`: also when it is registered."""

    model_id: Text
    force: bool | None = None


class GetLoggedModel(Struct):
    model_id: Text
    allow_deleted: str | None = None


class FinalizeLoggedModel(Struct):
    model_id: Text
    status: AnyModelStatus


class SetModelTags(Struct):
    model_id: Text
    tags: list[TagIn] | None = None


class DeleteModelTag(Struct):
    model_id: Text
    tag_key: Text


class LogModelParams(Struct):
    model_id: Text
    params: list[ParamIn] | None = None


class SearchLoggedModels(Struct):
    experiment_ids: list[str]
    filter: str | None = None
    datasets: list[DatasetRef] | None = None
    max_results: Int64 | None = None
    order_by: list[ModelOrder] | None = None
    page_token: str | None = None


class BeginMultipart(Struct):
    """`folder` is the rest of the URL's path, `path` where the client has the file; its last part is the name."""

    folder: str
    path: Text
    num_parts: Annotated[int, Meta(ge=0, le=10_000)] | None = None


class UploadedPart(Struct):
    part_number: Annotated[int, Meta(ge=1, le=10_000)]
    etag: Text


class CompleteMultipart(Struct):
    folder: str
    path: Text
    upload_id: Text
    parts: Annotated[list[UploadedPart], Meta(min_length=1)]


class AbortMultipart(Struct):
    folder: str
    path: Text
    upload_id: Text


class PresignedProxied(Struct):
    path: Text


class PresignedUpload(Struct):
    path: Text
    run_id: str | None = None
    model_id: str | None = None
    expiration: Int64 | None = None


class PresignedDownload(Struct):
    run_id: Text
    path: Text
    expiration: Int64 | None = None


class Nothing(Struct):
    """A request that says all by its path."""
