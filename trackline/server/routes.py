"""The one table of endpoints. A path stands in it once; `api` says under which roots it answers.

`{name}` in a path is one segment, `{name:path}` the rest. A call is decoded by the shape of its request; a
raw endpoint gets the request as it is, because it streams or answers something else than JSON.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from trackline.server import artifacts, experiments, health, logged_models, metrics, page, runs
from trackline.wire import requests

API = ("/api/2.0/mlflow", "/ajax-api/2.0/mlflow")
AJAX = ("/ajax-api/2.0/mlflow",)
API_3 = ("/api/3.0/mlflow", "/ajax-api/3.0/mlflow")
PROXY = ("/api/2.0/mlflow-artifacts", "/ajax-api/2.0/mlflow-artifacts")
ROOT = ("",)


class Call(NamedTuple):
    """An endpoint that takes a request of one shape and answers JSON."""

    method: str
    path: str
    shape: type[Any]
    endpoint: Callable[[Any, Any], Awaitable[Any]]
    api: tuple[str, ...] = API


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
    Call("POST", "/runs/delete", requests.OfRun, runs.delete),
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
    Call("GET", "/server-info", requests.Nothing, health.server_info, API_3),
)

RAW = (
    Raw("GET", "/", page.home, ROOT),
    Raw("GET", "/health", health.health, ROOT),
    Raw("GET", "/ready", health.ready, ROOT),
    Raw("GET", "/version", health.version, ROOT),
    Raw("GET", "/get-artifact", artifacts.download_of_run, ROOT),
    Raw("GET", "/artifacts/list", artifacts.list_of_run, API),
    Raw("POST", "/upload-artifact", artifacts.upload_to_run, AJAX),
    Raw("GET", "/logged-models/{model_id}/artifacts/directories", artifacts.list_of_model, API),
    Raw("GET", "/logged-models/{model_id}/artifacts/files", artifacts.download_of_model, AJAX),
    Raw("POST", "/artifacts/presigned-upload-url", artifacts.presigned_upload, API),
    Raw("POST", "/artifacts/presigned-download-url", artifacts.presigned_download, API),
    Raw("GET", "/artifacts", artifacts.list_folder, PROXY),
    Raw("GET", "/artifacts/{path:path}", artifacts.download, PROXY),
    Raw("PUT", "/artifacts/{path:path}", artifacts.upload, PROXY),
    Raw("DELETE", "/artifacts/{path:path}", artifacts.delete, PROXY),
    Raw("POST", "/mpu/{step}/{path:path}", artifacts.multipart_upload, PROXY),
    Raw("GET", "/presigned/{path:path}", artifacts.multipart_download, PROXY),
)
