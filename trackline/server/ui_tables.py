"""Endpoints of lists and tables: experiments, runs and the names that runs use. Each is the JSON twin of a page."""

from __future__ import annotations

from typing import Any

from trackline.domain.entities import Tag
from trackline.domain.errors import InvalidParameter
from trackline.domain.filters import Field, RunQuery, parse_run_field
from trackline.domain.limits import check_length, checked_tag, experiment_number
from trackline.domain.tables import ComparisonQuery, KeyQuery, RunTableQuery
from trackline.server.services import Services
from trackline.store import comparison, experiment_list, many_runs, run_keys, run_table
from trackline.wire import requests, ui

MAX_COLUMNS = 200
MAX_SEARCH, MAX_WORDS = 500, 10  # of a plain-text search: characters, words


async def experiments(services: Services, request: requests.Nothing) -> Any:  # noqa: ARG001
    return ui.ExperimentList(await services.database.read(experiment_list.list_experiments))


async def runs(services: Services, request: ui.ListRuns) -> Any:
    query = RunTableQuery(
        runs=RunQuery(
            experiment_ids=[experiment_number(given) for given in request.experiment_id],
            filter=request.filter,
            words=_words(request.search),
            order_by=request.order_by,
            view=requests.view_type(request.view_type),
            max_results=request.max_results,
            page_token=request.page_token,
        ),
        fields=_fields(request.columns),
        skip=request.skip,
    )
    return ui.with_cells(await services.database.read(run_table.read_run_table, query))


async def compare(services: Services, request: ui.CompareRuns) -> Any:
    check_length(request.search, MAX_SEARCH, "search")
    query = ComparisonQuery(
        run_ids=_once(request.run_id),
        fields=_fields(request.columns),
        search=request.search,
        differing=request.differing,
        measure=request.measure,
        max_results=request.max_results,
    )
    return ui.with_cells(await services.database.read(comparison.read_comparison, query))


async def keys(services: Services, request: ui.ListKeys) -> Any:
    query = KeyQuery(
        experiment_ids=[experiment_number(given) for given in request.experiment_id],
        kind=request.kind,
        search=request.search,
        max_results=request.max_results,
    )
    return await services.database.read(run_keys.find_keys_of_runs, query)


async def delete_runs(services: Services, request: ui.DeleteRuns) -> Any:
    return {"runs": await services.database.write(many_runs.delete_runs, _once(request.run_ids), request.force)}


async def restore_runs(services: Services, request: ui.RestoreRuns) -> Any:
    return {"runs": await services.database.write(many_runs.restore_runs, _once(request.run_ids))}


async def tag_runs(services: Services, request: ui.TagRuns) -> Any:
    tag = checked_tag(Tag(request.key, request.value))
    return {"runs": await services.database.write(many_runs.tag_runs, _once(request.run_ids), tag)}


def _fields(columns: list[str] | None) -> list[Field] | None:
    """One empty name alone stands for no column: a query string cannot say an empty list."""
    if columns is None:
        return None
    if len(columns) > MAX_COLUMNS:
        raise InvalidParameter(f"'columns' names {len(columns)} fields, at most {MAX_COLUMNS} are allowed.")
    return [parse_run_field(one) for one in columns if one]


def _words(search: str) -> list[str]:
    check_length(search, MAX_SEARCH, "search")
    words = search.split()
    if len(words) > MAX_WORDS:
        raise InvalidParameter(f"'search' has {len(words)} words, at most {MAX_WORDS} are looked for.")
    return words


def _once(run_ids: list[str]) -> list[str]:
    return list(dict.fromkeys(run_ids))
