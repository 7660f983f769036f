"""Endpoints of registered models and their aliases. `actor` is who asks, for the history."""

from __future__ import annotations

from typing import Any

from trackline.domain.entities import Tag
from trackline.domain.filters import RegisteredModelQuery
from trackline.domain.limits import check_name
from trackline.domain.registry import (
    STAGES,
    RegisteredModel,
    canonical_stage,
    check_alias,
    check_model_name,
    check_new_alias,
    check_registry_tag,
    version_number,
)
from trackline.server.services import Services
from trackline.store.registry import aliases, models
from trackline.wire import registry_requests, responses

DEFAULT_RESULTS, MAX_RESULTS = 100, 1000


async def create(services: Services, request: registry_requests.CreateRegisteredModel, actor: str) -> Any:
    check_model_name(request.name)
    tags = [Tag(tag.key, tag.value or "") for tag in request.tags or []]
    for tag in tags:
        check_registry_tag(tag)
    new = models.NewRegisteredModel(request.name, request.description or "", tags)
    return _answer(await services.database.write(models.create_registered_model, new, actor))


async def get(services: Services, request: registry_requests.ModelName) -> Any:
    check_model_name(request.name)
    return _answer(await services.database.read(models.get_registered_model, request.name))


async def update(services: Services, request: registry_requests.UpdateRegisteredModel, actor: str) -> Any:
    check_model_name(request.name)
    description = request.description or ""
    return _answer(await services.database.write(models.update_registered_model, request.name, description, actor))


async def rename(services: Services, request: registry_requests.RenameRegisteredModel, actor: str) -> Any:
    check_model_name(request.name)
    check_model_name(request.new_name, "new_name")
    return _answer(await services.database.write(models.rename_registered_model, request.name, request.new_name, actor))


async def delete(services: Services, request: registry_requests.ModelName, actor: str) -> Any:
    check_model_name(request.name)
    await services.database.write(models.delete_registered_model, request.name, actor)
    return {}


async def search(services: Services, request: registry_requests.SearchRegistry) -> Any:
    query = request.query(RegisteredModelQuery, DEFAULT_RESULTS, MAX_RESULTS)
    found, token = await services.database.read(models.find_registered_models, query)
    return responses.page("registered_models", found, token)


async def latest_versions(services: Services, request: registry_requests.LatestVersions) -> Any:
    check_model_name(request.name)
    stages = [canonical_stage(stage) for stage in request.stages or STAGES]
    found = await services.database.read(models.get_latest_versions, request.name, stages)
    return responses.page("model_versions", found, None)


async def set_tag(services: Services, request: registry_requests.SetModelTag, actor: str) -> Any:
    check_model_name(request.name)
    tag = Tag(request.key, request.value or "")
    check_registry_tag(tag)
    await services.database.write(models.set_registered_model_tag, request.name, tag, actor)
    return {}


async def delete_tag(services: Services, request: registry_requests.DeleteModelTag, actor: str) -> Any:
    check_model_name(request.name)
    check_name(request.key, "key")
    await services.database.write(models.delete_registered_model_tag, request.name, request.key, actor)
    return {}


async def set_alias(services: Services, request: registry_requests.SetAlias, actor: str) -> Any:
    check_model_name(request.name)
    check_new_alias(request.alias)
    version = version_number(request.version)
    await services.database.write(aliases.set_alias, request.name, request.alias, version, actor)
    return {}


async def delete_alias(services: Services, request: registry_requests.AliasName, actor: str) -> Any:
    check_model_name(request.name)
    check_alias(request.alias)
    await services.database.write(aliases.delete_alias, request.name, request.alias, actor)
    return {}


async def get_by_alias(services: Services, request: registry_requests.AliasName) -> Any:
    check_model_name(request.name)
    check_alias(request.alias)
    found = await services.database.read(aliases.get_version_by_alias, request.name, request.alias)
    return {"model_version": found}


async def roll_back_alias(services: Services, request: registry_requests.AliasName, actor: str) -> Any:
    check_model_name(request.name)
    check_new_alias(request.alias)
    found = await services.database.write(aliases.roll_back_alias, request.name, request.alias, actor)
    return {"model_version": found}


def _answer(model: RegisteredModel) -> Any:
    return {"registered_model": model}
