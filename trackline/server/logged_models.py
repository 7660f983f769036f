"""Endpoints of logged models."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from trackline.domain.entities import LoggedModel, Param, Tag
from trackline.domain.filters import LoggedModelQuery
from trackline.domain.limits import check_logged_model_name, check_page_size, experiment_number
from trackline.domain.run_names import random_name
from trackline.server.services import Services
from trackline.store import logged_models
from trackline.wire import requests, responses

DEFAULT_RESULTS = 50


async def create(services: Services, request: requests.CreateLoggedModel) -> Any:
    name = request.name or random_name(services.random)
    check_logged_model_name(name)
    new = logged_models.NewModel(
        model_id=f"m-{uuid4().hex}",
        experiment_id=request.experiment_id,
        name=name,
        model_type=request.model_type or "",
        source_run_id=request.source_run_id or "",
        params=_params(request.params),
        tags=_tags(request.tags),
    )
    return _answer(await services.database.write(logged_models.create_logged_model, new))


async def get(services: Services, request: requests.GetLoggedModel) -> Any:
    deleted_too = (request.allow_deleted or "").lower() == "true"
    return _answer(await services.database.read(logged_models.get_logged_model, request.model_id, deleted_too))


async def finalize(services: Services, request: requests.FinalizeLoggedModel) -> Any:
    given = request.status
    status = logged_models.STATUSES[given] if isinstance(given, int) else given
    return _answer(await services.database.write(logged_models.finalize_logged_model, request.model_id, status))


async def delete(services: Services, request: requests.DeleteLoggedModel) -> Any:
    await services.database.write(logged_models.delete_logged_model, request.model_id, bool(request.force))
    return {}


async def set_tags(services: Services, request: requests.SetModelTags) -> Any:
    await services.database.write(logged_models.set_model_tags, request.model_id, _tags(request.tags))
    return {}


async def delete_tag(services: Services, request: requests.DeleteModelTag) -> Any:
    await services.database.write(logged_models.delete_model_tag, request.model_id, request.tag_key)
    return {}


async def log_params(services: Services, request: requests.LogModelParams) -> Any:
    await services.database.write(logged_models.log_model_params, request.model_id, _params(request.params))
    return {}


async def search(services: Services, request: requests.SearchLoggedModels) -> Any:
    most = request.max_results or DEFAULT_RESULTS
    check_page_size(most)
    query = LoggedModelQuery(
        experiment_ids=[experiment_number(given) for given in request.experiment_ids],
        filter=request.filter or "",
        datasets=request.datasets or [],
        order_by=request.order_by or [],
        max_results=most,
        page_token=request.page_token,
    )
    found, token = await services.database.read(logged_models.find_models, query)
    return responses.page("models", [responses.logged_model(one) for one in found], token)


def _answer(model: LoggedModel) -> Any:
    return {"model": responses.logged_model(model)}


def _params(given: list[requests.ParamIn] | None) -> list[Param]:
    return [Param(param.key, param.value or "") for param in given or []]


def _tags(given: list[requests.TagIn] | None) -> list[Tag]:
    return [Tag(tag.key, tag.value or "") for tag in given or []]
