"""The one table of endpoints. A path stands in it once; `api` says under which roots it answers.

`{name}` in a path is one segment, `{name:path}` the rest. A call is decoded by the shape of its request; a
raw endpoint gets the request as it is, because it streams or answers something else than JSON.
"""

from __future__ import annotations

from trackline.server import (
    access_routes,
    archives,
    artifacts,
    disk,
    experiments,
    health,
    logged_models,
    metrics,
    model_versions,
    moving_runs,
    multipart,
    notebooks,
    openapi,
    registered_models,
    registry_history,
    retention,
    runs,
    telemetry,
    ui_files,
    ui_live,
    ui_run,
    ui_tables,
    ui_views,
    webhooks,
)
from trackline.server.access import (
    ADMIN,
    EDIT,
    EXPERIMENT,
    EXPERIMENT_NAME,
    EXPERIMENTS,
    FILTERED,
    FOLDER_OWNER,
    LOGGED_MODEL,
    MAKE,
    MANAGE,
    MODEL,
    OPEN,
    PATH_FILE,
    PATH_LOGGED_MODEL,
    QUERY_FOLDER,
    QUERY_MODEL,
    QUERY_REFERENCE,
    QUERY_RUN,
    READ,
    RUN,
    RUN_AND_MODELS,
    RUNS,
    RUNS_AND_EXPERIMENT,
    SENT_FILE,
    SENT_FOLDER,
    SHOWN_EXPERIMENTS,
    SHOWN_RUNS,
    SIGNED_IN,
    TOPICS,
    UPLOAD_OWNER,
)
from trackline.server.endpoints import AJAX, API, API_3, PROXY, ROOT, TRACKLINE, Call, Raw, needing, reading
from trackline.wire import registry_requests as registry
from trackline.wire import requests, ui, webhook_requests

CALLS: tuple[Call, ...] = (
    *needing(MAKE, Call("POST", "/experiments/create", requests.CreateExperiment, experiments.create)),
    *needing(EXPERIMENT(READ), Call("GET", "/experiments/get", requests.ExperimentId, experiments.get)),
    *needing(
        EXPERIMENT_NAME(READ), Call("GET", "/experiments/get-by-name", requests.ExperimentName, experiments.get_by_name)
    ),
    *reading(
        FILTERED,
        Call("GET", "/experiments/search", requests.SearchExperiments, experiments.search),
        Call("POST", "/experiments/search", requests.SearchExperiments, experiments.search),
    ),
    *needing(
        EXPERIMENT(EDIT),
        Call("POST", "/experiments/update", requests.UpdateExperiment, experiments.update),
        Call("POST", "/experiments/set-experiment-tag", requests.SetExperimentTag, experiments.set_tag),
        Call("POST", "/experiments/delete-experiment-tag", requests.DeleteExperimentTag, experiments.delete_tag),
    ),
    *needing(
        EXPERIMENT(MANAGE),
        Call("POST", "/experiments/delete", requests.DeleteExperiment, experiments.delete),
        Call("POST", "/experiments/restore", requests.ExperimentId, experiments.restore),
    ),
    *needing(
        EXPERIMENTS(READ),
        Call("POST", "/experiments/search-datasets", requests.ExperimentIds, experiments.search_datasets, AJAX),
    ),
    *needing(EXPERIMENT(EDIT), Call("POST", "/runs/create", requests.CreateRun, runs.create)),
    *needing(RUN(READ), Call("GET", "/runs/get", requests.OfRun, runs.get)),
    *needing(
        RUN(EDIT),
        Call("POST", "/runs/update", requests.UpdateRun, runs.update),
        Call("POST", "/runs/log-parameter", requests.LogParam, runs.log_param),
        Call("POST", "/runs/set-tag", requests.SetTag, runs.set_tag),
        Call("POST", "/runs/delete-tag", requests.DeleteTag, runs.delete_tag),
        Call("POST", "/runs/log-model", requests.LogModel, runs.log_model),
    ),
    *needing(
        RUN(MANAGE),
        Call("POST", "/runs/delete", requests.DeleteRun, runs.delete),
        Call("POST", "/runs/restore", requests.OfRun, runs.restore),
    ),
    *reading(FILTERED, Call("POST", "/runs/search", requests.SearchRuns, runs.search)),
    *needing(
        RUN_AND_MODELS,
        Call("POST", "/runs/log-metric", requests.LogMetric, runs.log_metric),
        Call("POST", "/runs/log-batch", requests.LogBatch, runs.log_batch),
        Call("POST", "/runs/log-inputs", requests.LogInputs, runs.log_inputs),
        Call("POST", "/runs/outputs", requests.LogOutputs, runs.log_outputs),
    ),
    *reading(RUN(READ), Call("GET", "/metrics/get-history", requests.MetricHistory, metrics.history)),
    *reading(
        SHOWN_RUNS(READ),
        Call("GET", "/metrics/get-history-bulk", requests.MetricHistoryBulk, metrics.history_bulk, AJAX),
    ),
    *reading(
        RUNS(READ),
        Call("GET", "/metrics/get-history-bulk-interval", requests.MetricHistoryInterval, metrics.history_interval),
    ),
    *needing(EXPERIMENT(EDIT), Call("POST", "/logged-models", requests.CreateLoggedModel, logged_models.create)),
    *reading(FILTERED, Call("POST", "/logged-models/search", requests.SearchLoggedModels, logged_models.search)),
    *needing(LOGGED_MODEL(READ), Call("GET", "/logged-models/{model_id}", requests.GetLoggedModel, logged_models.get)),
    *needing(
        LOGGED_MODEL(EDIT),
        Call("PATCH", "/logged-models/{model_id}", requests.FinalizeLoggedModel, logged_models.finalize),
        Call("PATCH", "/logged-models/{model_id}/tags", requests.SetModelTags, logged_models.set_tags),
        Call("DELETE", "/logged-models/{model_id}/tags/{tag_key}", requests.DeleteModelTag, logged_models.delete_tag),
        Call("POST", "/logged-models/{model_id}/params", requests.LogModelParams, logged_models.log_params),
    ),
    *needing(
        LOGGED_MODEL(MANAGE),
        Call("DELETE", "/logged-models/{model_id}", requests.DeleteLoggedModel, logged_models.delete),
    ),
    *needing(
        UPLOAD_OWNER, Call("POST", "/artifacts/presigned-upload-url", requests.PresignedUpload, multipart.upload_url)
    ),
    *needing(
        RUN(READ), Call("POST", "/artifacts/presigned-download-url", requests.PresignedDownload, multipart.download_url)
    ),
    *needing(
        SENT_FOLDER(EDIT),
        Call("POST", "/mpu/create/{folder:path}", requests.BeginMultipart, multipart.begin, PROXY),
        Call("POST", "/mpu/complete/{folder:path}", requests.CompleteMultipart, multipart.complete, PROXY),
        Call("POST", "/mpu/abort/{folder:path}", requests.AbortMultipart, multipart.abort, PROXY),
    ),
    *needing(
        SENT_FILE(READ),
        Call("GET", "/presigned/{path:path}", requests.PresignedProxied, multipart.proxied_download_url, PROXY),
    ),
    *needing(
        MAKE,
        Call("POST", "/registered-models/create", registry.CreateRegisteredModel, registered_models.create, noted=True),
    ),
    *needing(
        MODEL(READ),
        Call("GET", "/registered-models/get", registry.ModelName, registered_models.get),
        Call(
            "GET", "/registered-models/get-latest-versions", registry.LatestVersions, registered_models.latest_versions
        ),
        Call(
            "POST", "/registered-models/get-latest-versions", registry.LatestVersions, registered_models.latest_versions
        ),
        Call("GET", "/registered-models/alias", registry.AliasName, registered_models.get_by_alias),
    ),
    *needing(
        MODEL(EDIT),
        Call(
            "PATCH", "/registered-models/update", registry.UpdateRegisteredModel, registered_models.update, noted=True
        ),
        Call("POST", "/registered-models/rename", registry.RenameRegisteredModel, registered_models.rename, noted=True),
        Call("POST", "/registered-models/set-tag", registry.SetModelTag, registered_models.set_tag, noted=True),
        Call(
            "DELETE", "/registered-models/delete-tag", registry.DeleteModelTag, registered_models.delete_tag, noted=True
        ),
        Call("POST", "/registered-models/alias", registry.SetAlias, registered_models.set_alias, noted=True),
        Call("DELETE", "/registered-models/alias", registry.AliasName, registered_models.delete_alias, noted=True),
    ),
    *needing(
        MODEL(MANAGE),
        Call("DELETE", "/registered-models/delete", registry.ModelName, registered_models.delete, noted=True),
    ),
    *reading(FILTERED, Call("GET", "/registered-models/search", registry.SearchRegistry, registered_models.search)),
    *needing(
        MODEL(EDIT),
        Call("POST", "/model-versions/create", registry.CreateModelVersion, model_versions.create, noted=True),
        Call("PATCH", "/model-versions/update", registry.UpdateModelVersion, model_versions.update, noted=True),
        Call(
            "POST", "/model-versions/transition-stage", registry.TransitionStage, model_versions.transition, noted=True
        ),
        Call("POST", "/model-versions/set-tag", registry.SetVersionTag, model_versions.set_tag, noted=True),
        Call("DELETE", "/model-versions/delete-tag", registry.DeleteVersionTag, model_versions.delete_tag, noted=True),
    ),
    *needing(
        MODEL(READ),
        Call("GET", "/model-versions/get", registry.Version, model_versions.get),
        Call("GET", "/model-versions/get-download-uri", registry.DownloadUri, model_versions.download_uri),
    ),
    *needing(
        MODEL(MANAGE), Call("DELETE", "/model-versions/delete", registry.Version, model_versions.delete, noted=True)
    ),
    *reading(FILTERED, Call("GET", "/model-versions/search", registry.SearchRegistry, model_versions.search)),
    *needing(
        MODEL(READ),
        Call("GET", "/models/{name}/history", registry.History, registry_history.history, TRACKLINE),
        Call("GET", "/models/{name}/versions/{version}/history", registry.History, registry_history.history, TRACKLINE),
    ),
    *needing(
        MODEL(READ),
        Call("GET", "/models/{name}/versions/{version}/lineage", registry.Version, model_versions.lineage, TRACKLINE),
    ),
    *needing(MODEL(READ), Call("GET", "/models/{name}/at", registry.AtMoment, registry_history.at_moment, TRACKLINE)),
    *needing(
        MODEL(EDIT),
        Call(
            "POST",
            "/models/{name}/aliases/{alias}/rollback",
            registry.AliasName,
            registered_models.roll_back_alias,
            TRACKLINE,
            noted=True,
        ),
    ),
    *needing(RUN(READ), Call("GET", "/runs/{run_id}/model-versions", requests.OfRun, model_versions.of_run, TRACKLINE)),
    *needing(
        ADMIN,
        Call("POST", "/webhooks", webhook_requests.CreateWebhook, webhooks.create, (*API, *TRACKLINE)),
        Call("GET", "/webhooks", webhook_requests.ListWebhooks, webhooks.list_mlflows),
        Call("GET", "/webhooks", webhook_requests.ListWebhooks, webhooks.list_all, TRACKLINE),
        Call("GET", "/webhooks/{webhook_id}", webhook_requests.WebhookId, webhooks.get, (*API, *TRACKLINE)),
        Call("PATCH", "/webhooks/{webhook_id}", webhook_requests.UpdateWebhook, webhooks.update, (*API, *TRACKLINE)),
        Call("DELETE", "/webhooks/{webhook_id}", webhook_requests.WebhookId, webhooks.delete, (*API, *TRACKLINE)),
        Call("POST", "/webhooks/{webhook_id}/test", webhook_requests.TestWebhook, webhooks.test, (*API, *TRACKLINE)),
        Call(
            "GET",
            "/webhooks/{webhook_id}/deliveries",
            webhook_requests.ListDeliveries,
            webhooks.list_deliveries,
            TRACKLINE,
        ),
        Call(
            "POST",
            "/webhooks/{webhook_id}/deliveries/{number}/retry",
            webhook_requests.RetryDelivery,
            webhooks.retry,
            TRACKLINE,
        ),
    ),
    *needing(ADMIN, Call("GET", "/status", requests.Nothing, health.status, TRACKLINE)),
    *needing(OPEN, Call("GET", "/server-info", requests.Nothing, health.server_info, API_3)),
    *reading(
        FILTERED,
        Call("GET", "/experiments", requests.Nothing, ui_tables.experiments, TRACKLINE),
        Call("GET", "/runs", ui.ListRuns, ui_tables.runs, TRACKLINE),
        Call("POST", "/runs", ui.ListRuns, ui_tables.runs, TRACKLINE),
        Call("GET", "/count", ui.CountRuns, ui_tables.count, TRACKLINE),
        Call("POST", "/count", ui.CountRuns, ui_tables.count, TRACKLINE),
        Call("GET", "/groups", ui.GroupRuns, ui_tables.groups, TRACKLINE),
        Call("POST", "/groups", ui.GroupRuns, ui_tables.groups, TRACKLINE),
    ),
    *needing(
        EXPERIMENT(READ),
        Call("GET", "/experiments/{experiment_id}/views", ui.OfExperiment, ui_views.listing, TRACKLINE),
        Call("GET", "/experiments/{experiment_id}/retention", ui.OfExperiment, retention.read, TRACKLINE),
    ),
    *needing(
        EXPERIMENT(MANAGE),
        Call("PUT", "/experiments/{experiment_id}/retention", ui.SetRetention, retention.put, TRACKLINE),
        Call("DELETE", "/experiments/{experiment_id}/retention", ui.OfExperiment, retention.remove, TRACKLINE),
    ),
    *needing(
        EXPERIMENT(EDIT),
        Call("POST", "/experiments/{experiment_id}/views", ui.SaveView, ui_views.save, TRACKLINE),
        Call("PATCH", "/experiments/{experiment_id}/views", ui.ChangeView, ui_views.change, TRACKLINE),
        Call("DELETE", "/experiments/{experiment_id}/views", ui.NameView, ui_views.delete, TRACKLINE),
    ),
    *needing(
        RUNS(MANAGE),
        Call("POST", "/runs/delete", ui.DeleteRuns, ui_tables.delete_runs, TRACKLINE),
        Call("POST", "/runs/restore", ui.RestoreRuns, ui_tables.restore_runs, TRACKLINE),
    ),
    *needing(RUNS(EDIT), Call("POST", "/runs/set-tag", ui.TagRuns, ui_tables.tag_runs, TRACKLINE)),
    *needing(
        RUNS_AND_EXPERIMENT,
        Call("POST", "/runs/move", ui.MoveRuns, moving_runs.move, TRACKLINE),
        Call("POST", "/runs/copy", ui.CopyRuns, moving_runs.copy, TRACKLINE),
    ),
    *reading(FILTERED, Call("GET", "/disk", ui.ReadDiskUsage, disk.usage, TRACKLINE)),
    *reading(
        EXPERIMENT(READ),
        Call("GET", "/experiments/{experiment_id}/disk", ui.ReadUsageWithin, disk.usage_within, TRACKLINE),
    ),
    *reading(
        SHOWN_EXPERIMENTS(READ),
        Call("GET", "/keys", ui.ListKeys, ui_tables.keys, TRACKLINE),
        Call("GET", "/values", ui.ListValues, ui_tables.values, TRACKLINE),
    ),
    *reading(
        RUN(READ),
        Call("GET", "/runs/{run_id}", ui.RunId, ui_run.page, TRACKLINE),
        Call("GET", "/runs/{run_id}/metrics", ui.ListMetrics, ui_run.metrics, TRACKLINE),
    ),
    *reading(
        SHOWN_RUNS(READ),
        Call("GET", "/curves", ui.ReadCurves, ui_run.draw, TRACKLINE),
        Call("POST", "/curves", ui.ReadCurves, ui_run.draw, TRACKLINE),
        Call("POST", "/curves.bin", ui.ReadCurves, ui_run.draw, TRACKLINE, packed=True),
        Call("GET", "/compare", ui.CompareRuns, ui_tables.compare, TRACKLINE),
        Call("POST", "/compare", ui.CompareRuns, ui_tables.compare, TRACKLINE),
    ),
    *access_routes.USERS,
    *access_routes.PERMISSIONS,
    *access_routes.ROLES,
)

RAW: tuple[Raw, ...] = (
    *needing(
        OPEN,
        Raw("GET", "/", ui_files.page, ROOT),
        *(Raw("GET", path, ui_files.page, ROOT) for path in ui_files.PAGES),
        Raw("GET", "/assets/{name}", ui_files.asset, ROOT),
    ),
    *needing(FILTERED, *(Raw("GET", f"/runs.{one}", ui_tables.export, TRACKLINE) for one in ("csv", "json"))),
    *needing(TOPICS, Raw("GET", "/live", ui_live.live, TRACKLINE)),
    *needing(
        OPEN,
        Raw("GET", "/health", health.health, ROOT),
        Raw("GET", "/ready", health.ready, ROOT),
        Raw("GET", "/version", health.version, ROOT),
        *openapi.describing(lambda: DESCRIBED),
    ),
    *needing(ADMIN, Raw("GET", "/notebooks", notebooks.notebooks, ROOT)),
    *needing(SIGNED_IN, telemetry.showing(lambda: ENDPOINTS)),
    *needing(QUERY_RUN(READ), Raw("GET", "/get-artifact", artifacts.download_of_run, ROOT)),
    *needing(QUERY_MODEL(READ), Raw("GET", "/model-versions/get-artifact", artifacts.download_of_version, ROOT)),
    *needing(
        FOLDER_OWNER,
        Raw("GET", "/artifacts.tar", archives.folder, TRACKLINE),
        Raw("GET", "/artifacts/folder", artifacts.list_of_owner, TRACKLINE),
        Raw("GET", "/artifacts/file", artifacts.download_of_owner, TRACKLINE),
        Raw("GET", "/artifacts/shown", artifacts.show_of_owner, TRACKLINE),
    ),
    *needing(QUERY_REFERENCE, Raw("GET", "/models/{reference:path}.tar", archives.version, TRACKLINE)),
    *needing(QUERY_RUN(READ), Raw("GET", "/artifacts/list", artifacts.list_of_run, API)),
    *needing(QUERY_RUN(EDIT), Raw("POST", "/upload-artifact", artifacts.upload_to_run, AJAX)),
    *needing(
        PATH_LOGGED_MODEL(READ),
        Raw("GET", "/logged-models/{model_id}/artifacts/directories", artifacts.list_of_model, API),
        Raw("GET", "/logged-models/{model_id}/artifacts/files", artifacts.download_of_model, AJAX),
    ),
    *needing(QUERY_FOLDER(READ), Raw("GET", "/artifacts", artifacts.list_folder, PROXY)),
    *needing(PATH_FILE(READ), Raw("GET", "/artifacts/{path:path}", artifacts.download, PROXY)),
    *needing(PATH_FILE(EDIT), Raw("PUT", "/artifacts/{path:path}", artifacts.upload, PROXY)),
    *needing(PATH_FILE(MANAGE), Raw("DELETE", "/artifacts/{path:path}", artifacts.delete, PROXY)),
    *access_routes.SESSIONS,
)

ENDPOINTS: tuple[Call | Raw, ...] = (*CALLS, *RAW)
# Pages are not of the API.
DESCRIBED: tuple[Call | Raw, ...] = tuple(
    one for one in ENDPOINTS if one.endpoint not in {ui_files.page, ui_files.asset}
)
