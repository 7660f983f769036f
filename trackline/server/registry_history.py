"""Endpoints of the registry's history: what happened, and how things stood at some time."""

from __future__ import annotations

from typing import Any

from trackline.domain.errors import InvalidParameter
from trackline.domain.filters import HistoryQuery
from trackline.domain.limits import check_page_size
from trackline.domain.registry import canonical_stage, check_alias, check_model_name, moment, version_number
from trackline.server.services import Services
from trackline.store.registry.history import aliased_at, in_stage_at, read_history
from trackline.wire import registry_requests, responses

DEFAULT_RESULTS, MAX_RESULTS = 100, 1000


async def history(services: Services, request: registry_requests.History) -> Any:
    check_model_name(request.name)
    most = DEFAULT_RESULTS if request.max_results is None else request.max_results
    check_page_size(most, MAX_RESULTS)
    query = HistoryQuery(
        name=request.name,
        version=None if request.version is None else version_number(request.version),
        max_results=most,
        page_token=request.page_token,
    )
    entries, token = await services.database.read(read_history, query)
    return responses.page("entries", entries, token)


async def at_moment(services: Services, request: registry_requests.AtMoment) -> Any:
    check_model_name(request.name)
    at_ms = moment(request.time)
    if bool(request.stage) == bool(request.alias):
        raise InvalidParameter("Ask for a stage or for an alias: give one of the parameters 'stage' and 'alias'.")
    if request.stage:
        stage = canonical_stage(request.stage)
        found = await services.database.read(in_stage_at, request.name, stage, at_ms)
    else:
        alias = request.alias or ""
        check_alias(alias)
        found = await services.database.read(aliased_at, request.name, alias, at_ms)
    return {"time": at_ms, "versions": found}
