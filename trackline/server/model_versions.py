"""Endpoints of the versions of registered models. `actor` is who asks, for the history."""

from __future__ import annotations

from typing import Any

from trackline.domain.entities import Tag
from trackline.domain.errors import InvalidParameter
from trackline.domain.filters import ModelVersionQuery
from trackline.domain.limits import check_name
from trackline.domain.registry import (
    ACTIVE_STAGES,
    ModelVersion,
    canonical_stage,
    check_model_name,
    check_registry_tag,
    version_number,
)
from trackline.server.services import Services
from trackline.store.registry import versions
from trackline.store.registry.lineage import version_lineage, versions_of_run
from trackline.store.registry.sources import Claim
from trackline.wire import registry_requests, requests, responses

MAX_RESULTS = 200_000


async def create(services: Services, request: registry_requests.CreateModelVersion, actor: str) -> Any:
    check_model_name(request.name)
    tags = [Tag(tag.key, tag.value or "") for tag in request.tags or []]
    for tag in tags:
        check_registry_tag(tag)
    new = versions.NewVersion(
        name=request.name,
        claim=Claim(request.source, request.run_id or "", request.model_id or ""),
        run_link=request.run_link or "",
        description=request.description or "",
        tags=tags,
    )
    created = await services.database.write(versions.create_model_version, new, services.artifact_root, actor)
    return _answer(created)


async def get(services: Services, request: registry_requests.Version) -> Any:
    name, number = _named(request.name, request.version)
    return _answer(await services.database.read(versions.get_model_version, name, number))


async def update(services: Services, request: registry_requests.UpdateModelVersion, actor: str) -> Any:
    name, number = _named(request.name, request.version)
    description = request.description
    return _answer(await services.database.write(versions.update_model_version, name, number, description, actor))


async def transition(services: Services, request: registry_requests.TransitionStage, actor: str) -> Any:
    name, number = _named(request.name, request.version)
    stage = canonical_stage(request.stage)
    archive = bool(request.archive_existing_versions)
    if archive and stage not in ACTIVE_STAGES:
        raise InvalidParameter(
            "Model version transition cannot archive existing model versions because "
            f"'{request.stage}' is not an Active stage. Valid stages are {list(ACTIVE_STAGES)}"
        )
    change = versions.Transition(name, number, stage, archive)
    return _answer(await services.database.write(versions.transition_stage, change, actor))


async def delete(services: Services, request: registry_requests.Version, actor: str) -> Any:
    name, number = _named(request.name, request.version)
    await services.database.write(versions.delete_model_version, name, number, actor)
    return {}


async def search(services: Services, request: registry_requests.SearchRegistry) -> Any:
    query = request.query(ModelVersionQuery, MAX_RESULTS, MAX_RESULTS)
    found, token = await services.database.read(versions.find_model_versions, query)
    return responses.page("model_versions", found, token)


async def download_uri(services: Services, request: registry_requests.DownloadUri) -> Any:
    name, number = _named(request.name, request.version)
    return {"artifact_uri": await services.database.read(versions.location_of_version, name, number)}


async def lineage(services: Services, request: registry_requests.Version) -> Any:
    name, number = _named(request.name, request.version)
    found = await services.database.read(version_lineage, name, number)
    answer: dict[str, Any] = {"model_version": found.version}
    if found.run:
        answer["run"] = responses.run(found.run)
    if found.logged_model:
        answer["logged_model"] = responses.logged_model(found.logged_model)
    return answer


async def of_run(services: Services, request: requests.OfRun) -> Any:
    found = await services.database.read(versions_of_run, request.run)
    return responses.page("model_versions", found, None)


async def set_tag(services: Services, request: registry_requests.SetVersionTag, actor: str) -> Any:
    name, number = _named(request.name, request.version)
    tag = Tag(request.key, request.value or "")
    check_registry_tag(tag)
    await services.database.write(versions.set_model_version_tag, name, number, tag, actor)
    return {}


async def delete_tag(services: Services, request: registry_requests.DeleteVersionTag, actor: str) -> Any:
    name, number = _named(request.name, request.version)
    check_name(request.key, "key")
    await services.database.write(versions.delete_model_version_tag, name, number, request.key, actor)
    return {}


def _named(name: str, version: str) -> tuple[str, int]:
    check_model_name(name)
    return name, version_number(version)


def _answer(version: ModelVersion) -> Any:
    return {"model_version": version}
