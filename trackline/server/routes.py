"""The one table of endpoints. A path stands in it once; `api` says under which roots it answers.

`{name}` in a path is one segment, `{name:path}` the rest. A call is decoded by the shape of its request; a
raw endpoint gets the request as it is, because it streams or answers something else than JSON.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from trackline.server import (
    archives,
    artifacts,
    experiments,
    health,
    logged_models,
    metrics,
    model_versions,
    multipart,
    page,
    registered_models,
    registry_history,
    runs,
)
from trackline.wire import registry_requests as registry
from trackline.wire import requests

API = ("/api/2.0/mlflow", "/ajax-api/2.0/mlflow")
AJAX = ("/ajax-api/2.0/mlflow",)
API_3 = ("/api/3.0/mlflow", "/ajax-api/3.0/mlflow")
PROXY = ("/api/2.0/mlflow-artifacts", "/ajax-api/2.0/mlflow-artifacts")
TRACKLINE = ("/api/trackline",)
ROOT = ("",)


class Call(NamedTuple):
    """An endpoint that takes a request of one shape and answers JSON; where that is `noted`, also who asks."""

    method: str
    path: str
    shape: type[Any]
    endpoint: Callable[..., Awaitable[Any]]
    api: tuple[str, ...] = API
    noted: bool = False


class Raw(NamedTuple):
    """An endpoint that reads and answers for itself."""

    method: str
    path: str
    endpoint: Callable[[Request], Awaitable[Response]]
    api: tuple[str, ...]


CALLS = (
    Call("POST", "/experiments/create", requests.CreateExperiment, experiments.create),
    Call("GET", "/experiments/get", requests.ExperimentId, experiments.get),
    Call("GET", "/experiments/get-by-name", requests.ExperimentName, experiments.get_by_name),
    Call("GET", "/experiments/search", requests.SearchExperiments, experiments.search),
    Call("POST", "/experiments/search", requests.SearchExperiments, experiments.search),
    Call("POST", "/experiments/update", requests.UpdateExperiment, experiments.update),
    Call("POST", "/experiments/delete", requests.ExperimentId, experiments.delete),
    Call("POST", "/experiments/restore", requests.ExperimentId, experiments.restore),
    Call("POST", "/experiments/set-experiment-tag", requests.SetExperimentTag, experiments.set_tag),
    Call("POST", "/experiments/delete-experiment-tag", requests.DeleteExperimentTag, experiments.delete_tag),
    Call("POST", "/experiments/search-datasets", requests.ExperimentIds, experiments.search_datasets, AJAX),
    Call("POST", "/runs/create", requests.CreateRun, runs.create),
    Call("GET", "/runs/get", requests.OfRun, runs.get),
    Call("POST", "/runs/update", requests.UpdateRun, runs.update),
    Call("POST", "/runs/delete", requests.DeleteRun, runs.delete),
    Call("POST", "/runs/restore", requests.OfRun, runs.restore),
    Call("POST", "/runs/search", requests.SearchRuns, runs.search),
    Call("POST", "/runs/log-metric", requests.LogMetric, runs.log_metric),
    Call("POST", "/runs/log-parameter", requests.LogParam, runs.log_param),
    Call("POST", "/runs/log-batch", requests.LogBatch, runs.log_batch),
    Call("POST", "/runs/set-tag", requests.SetTag, runs.set_tag),
    Call("POST", "/runs/delete-tag", requests.DeleteTag, runs.delete_tag),
    Call("POST", "/runs/log-model", requests.LogModel, runs.log_model),
    Call("POST", "/runs/log-inputs", requests.LogInputs, runs.log_inputs),
    Call("POST", "/runs/outputs", requests.LogOutputs, runs.log_outputs),
    Call("GET", "/metrics/get-history", requests.MetricHistory, metrics.history),
    Call("GET", "/metrics/get-history-bulk", requests.MetricHistoryBulk, metrics.history_bulk, AJAX),
    Call("GET", "/metrics/get-history-bulk-interval", requests.MetricHistoryInterval, metrics.history_interval),
    Call("POST", "/logged-models", requests.CreateLoggedModel, logged_models.create),
    Call("POST", "/logged-models/search", requests.SearchLoggedModels, logged_models.search),
    Call("GET", "/logged-models/{model_id}", requests.GetLoggedModel, logged_models.get),
    Call("PATCH", "/logged-models/{model_id}", requests.FinalizeLoggedModel, logged_models.finalize),
    Call("DELETE", "/logged-models/{model_id}", requests.ModelId, logged_models.delete),
    Call("PATCH", "/logged-models/{model_id}/tags", requests.SetModelTags, logged_models.set_tags),
    Call(
        "DELETE",
        "/logged-models/{model_id}/tags/{tag_key}",
        requests.DeleteModelTag,
        logged_models.delete_tag,
    ),
    Call("POST", "/logged-models/{model_id}/params", requests.LogModelParams, logged_models.log_params),
    Call("POST", "/artifacts/presigned-upload-url", requests.PresignedUpload, multipart.upload_url),
    Call("POST", "/artifacts/presigned-download-url", requests.PresignedDownload, multipart.download_url),
    Call("POST", "/mpu/create/{folder:path}", requests.BeginMultipart, multipart.begin, PROXY),
    Call("POST", "/mpu/complete/{folder:path}", requests.CompleteMultipart, multipart.complete, PROXY),
    Call("POST", "/mpu/abort/{folder:path}", requests.AbortMultipart, multipart.abort, PROXY),
    Call("GET", "/presigned/{path:path}", requests.PresignedProxied, multipart.proxied_download_url, PROXY),
    Call("POST", "/registered-models/create", registry.CreateRegisteredModel, registered_models.create, noted=True),
    Call("GET", "/registered-models/get", registry.ModelName, registered_models.get),
    Call("PATCH", "/registered-models/update", registry.UpdateRegisteredModel, registered_models.update, noted=True),
    Call("POST", "/registered-models/rename", registry.RenameRegisteredModel, registered_models.rename, noted=True),
    Call("DELETE", "/registered-models/delete", registry.ModelName, registered_models.delete, noted=True),
    Call("GET", "/registered-models/search", registry.SearchRegistry, registered_models.search),
    Call("GET", "/registered-models/get-latest-versions", registry.LatestVersions, registered_models.latest_versions),
    Call("POST", "/registered-models/get-latest-versions", registry.LatestVersions, registered_models.latest_versions),
    Call("POST", "/registered-models/set-tag", registry.SetModelTag, registered_models.set_tag, noted=True),
    Call("DELETE", "/registered-models/delete-tag", registry.DeleteModelTag, registered_models.delete_tag, noted=True),
    Call("POST", "/registered-models/alias", registry.SetAlias, registered_models.set_alias, noted=True),
    Call("GET", "/registered-models/alias", registry.AliasName, registered_models.get_by_alias),
    Call("DELETE", "/registered-models/alias", registry.AliasName, registered_models.delete_alias, noted=True),
    Call("POST", "/model-versions/create", registry.CreateModelVersion, model_versions.create, noted=True),
    Call("GET", "/model-versions/get", registry.Version, model_versions.get),
    Call("PATCH", "/model-versions/update", registry.UpdateModelVersion, model_versions.update, noted=True),
    Call("POST", "/model-versions/transition-stage", registry.TransitionStage, model_versions.transition, noted=True),
    Call("DELETE", "/model-versions/delete", registry.Version, model_versions.delete, noted=True),
    Call("GET", "/model-versions/search", registry.SearchRegistry, model_versions.search),
    Call("GET", "/model-versions/get-download-uri", registry.DownloadUri, model_versions.download_uri),
    Call("POST", "/model-versions/set-tag", registry.SetVersionTag, model_versions.set_tag, noted=True),
    Call("DELETE", "/model-versions/delete-tag", registry.DeleteVersionTag, model_versions.delete_tag, noted=True),
    Call("GET", "/models/{name}/history", registry.History, registry_history.history, TRACKLINE),
    Call("GET", "/models/{name}/versions/{version}/history", registry.History, registry_history.history, TRACKLINE),
    Call("GET", "/models/{name}/versions/{version}/lineage", registry.Version, model_versions.lineage, TRACKLINE),
    Call("GET", "/models/{name}/at", registry.AtMoment, registry_history.at_moment, TRACKLINE),
    Call(
        "POST",
        "/models/{name}/aliases/{alias}/rollback",
        registry.AliasName,
        registered_models.roll_back_alias,
        TRACKLINE,
        noted=True,
    ),
    Call("GET", "/runs/{run_id}/model-versions", requests.OfRun, model_versions.of_run, TRACKLINE),
    Call("GET", "/server-info", requests.Nothing, health.server_info, API_3),
)

RAW = (
    Raw("GET", "/", page.home, ROOT),
    Raw("GET", "/health", health.health, ROOT),
    Raw("GET", "/ready", health.ready, ROOT),
    Raw("GET", "/version", health.version, ROOT),
    Raw("GET", "/get-artifact", artifacts.download_of_run, ROOT),
    Raw("GET", "/model-versions/get-artifact", artifacts.download_of_version, ROOT),
    Raw("GET", "/artifacts.tar", archives.folder, TRACKLINE),
    Raw("GET", "/artifacts/list", artifacts.list_of_run, API),
    Raw("POST", "/upload-artifact", artifacts.upload_to_run, AJAX),
    Raw("GET", "/logged-models/{model_id}/artifacts/directories", artifacts.list_of_model, API),
    Raw("GET", "/logged-models/{model_id}/artifacts/files", artifacts.download_of_model, AJAX),
    Raw("GET", "/artifacts", artifacts.list_folder, PROXY),
    Raw("GET", "/artifacts/{path:path}", artifacts.download, PROXY),
    Raw("PUT", "/artifacts/{path:path}", artifacts.upload, PROXY),
    Raw("DELETE", "/artifacts/{path:path}", artifacts.delete, PROXY),
)
