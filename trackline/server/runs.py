"""Endpoints of runs, and of what a training says of its run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import msgspec

from trackline.domain.entities import RUN_NAME_TAG, Metric, ModelOutput, Param, RunStatus, Tag
from trackline.domain.errors import InvalidParameter
from trackline.domain.filters import RunQuery
from trackline.domain.limits import (
    check_batch,
    check_dataset_input,
    check_page_size,
    check_run_id,
    checked_metrics,
    checked_param,
    checked_params,
    checked_tag,
    checked_tags,
    experiment_number,
)
from trackline.domain.run_names import random_name
from trackline.server.services import Services
from trackline.store import datasets, logging, run_documents, runs
from trackline.store.metric_sizes import SIZES
from trackline.wire import requests, responses

DEFAULT_RESULTS = 1000
STATUSES: tuple[RunStatus, ...] = ("RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED")
MODEL_FIELDS = {"artifact_path", "flavors", "utc_time_created", "run_id"}


async def create(services: Services, request: requests.CreateRun) -> Any:
    if not request.experiment_id:
        raise InvalidParameter(
            "Missing value for required parameter 'experiment_id'. Give an experiment; \"0\" is the default one."
        )
    tags = [Tag(tag.key, tag.value or "") for tag in request.tags or []]
    new = runs.NewRun(
        uuid=uuid4().hex,
        experiment_id=request.experiment_id,
        name=_run_name(services, request.run_name, tags),
        user_id=request.user_id or "",
        start_ms=request.start_time or 0,
        tags=checked_tags(tags),
    )
    created = await services.database.jot(new.uuid, run_documents.ask_create_run, new)
    return {"run": {"info": created.info, "data": created.data, "inputs": created.inputs}}


async def get(services: Services, request: requests.OfRun) -> Any:
    found = await services.database.glance(run_documents.ask_document, services.documents, request.run)
    return {"run": responses.encoded(found)}


async def update(services: Services, request: requests.UpdateRun) -> Any:
    status = STATUSES[request.status - 1] if isinstance(request.status, int) else request.status
    change = runs.RunChange(status, request.end_time, request.run_name or None)
    info = await services.database.jot(request.run, runs.ask_update_run, request.run, change)
    return {"run_info": info}


async def delete(services: Services, request: requests.DeleteRun) -> Any:
    await services.database.write(runs.delete_run, request.run, bool(request.force))
    return {}


async def restore(services: Services, request: requests.OfRun) -> Any:
    await services.database.write(runs.restore_run, request.run)
    return {}


async def search(services: Services, request: requests.SearchRuns) -> Any:
    most = DEFAULT_RESULTS if request.max_results is None else request.max_results
    check_page_size(most)
    query = RunQuery(
        experiment_ids=[experiment_number(given) for given in request.experiment_ids or []],
        filter=request.filter or "",
        order_by=request.order_by or [],
        view=requests.view_type(request.run_view_type),
        max_results=most,
        page_token=request.page_token,
    )
    found, token = await services.database.read(run_documents.find_documents, services.documents, query)
    return responses.page("runs", responses.documents(found), token)


async def log_metric(services: Services, request: requests.LogMetric) -> Any:
    point = Metric(
        request.key,
        request.value,
        request.timestamp,
        request.step or 0,
        request.model_id or None,
        request.dataset_name or None,
        request.dataset_digest or None,
    )
    await _log(services, request.run, checked_metrics([point]), [], [])
    services.numbers.count("points", 1)
    return {}


async def log_param(services: Services, request: requests.LogParam) -> Any:
    param = checked_param(Param(request.key, request.value or ""))
    await _log(services, request.run, [], [param], [])
    return {}


async def set_tag(services: Services, request: requests.SetTag) -> Any:
    tag = checked_tag(Tag(request.key, request.value or ""))
    await _log(services, request.run, [], [], [tag])
    return {}


async def delete_tag(services: Services, request: requests.DeleteTag) -> Any:
    await services.database.write(logging.delete_tag, request.run, request.key)
    return {}


async def log_batch(services: Services, request: requests.LogBatch) -> Any:
    check_run_id(request.run)
    metrics, params, tags = request.metrics or [], request.params or [], request.tags or []
    check_batch(len(metrics), len(params), len(tags))
    await _log(
        services,
        request.run,
        checked_metrics(metrics),
        checked_params([Param(param.key, param.value or "") for param in params]),
        checked_tags(Tag(tag.key, tag.value or "") for tag in tags),
    )
    services.numbers.count("points", len(metrics))
    return {}


async def log_model(services: Services, request: requests.LogModel) -> Any:
    try:
        model = msgspec.json.decode(request.model_json, type=dict[str, Any])
    except (msgspec.MsgspecError, RecursionError) as error:
        raise InvalidParameter(f"Malformed model info: it is not a JSON object ({error}).") from None
    if missing := MODEL_FIELDS - model.keys():
        raise InvalidParameter(f"Model json is missing mandatory fields: {missing}")
    note = {
        field: model.get(field) for field in ("run_id", "artifact_path", "utc_time_created", "model_uuid", "flavors")
    }
    await services.database.write(logging.note_logged_model, request.run, note)
    return {}


async def log_inputs(services: Services, request: requests.LogInputs) -> Any:
    check_run_id(request.run)
    for given in request.datasets or []:
        check_dataset_input(given)
    await services.database.write(datasets.log_inputs, request.run, request.datasets or [], request.models or [])
    return {}


async def log_outputs(services: Services, request: requests.LogOutputs) -> Any:
    models = [ModelOutput(model.model_id, model.step or 0) for model in request.models]
    await services.database.write(datasets.log_outputs, request.run, models)
    return {}


async def _log(services: Services, run: str, metrics: Sequence[Metric], params: list[Param], tags: list[Tag]) -> None:
    if len(metrics) < SIZES.log:
        await services.database.jot(run, logging.ask_log_batch, run, metrics, params, tags)
    else:  # it is sealed, which asks more
        await services.database.write(logging.log_batch, run, metrics, params, tags, about=run)


def _run_name(services: Services, given: str | None, tags: list[Tag]) -> str:
    """The name by argument or by tag; where both are given they must agree."""
    tagged = next((tag.value for tag in tags if tag.key == RUN_NAME_TAG and tag.value), None)
    if given and tagged and given != tagged:
        raise InvalidParameter(
            "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values "
            f"(run_name='{given}', mlflow.runName='{tagged}')."
        )
    return given or tagged or random_name(services.random)
