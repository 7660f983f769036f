"""Endpoints of lists and tables: experiments, runs and the names that runs use. Each is the JSON twin of a page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from trackline.domain.entities import Tag
from trackline.domain.errors import InvalidParameter
from trackline.domain.filters import MEASURED, Field, Order, RunQuery, parse_run_field, parse_run_order
from trackline.domain.limits import MAX_TAG_VALUE, check_length, checked_tag, experiment_number
from trackline.domain.tables import ComparisonQuery, GroupQuery, KeyQuery, RunTable, RunTableQuery, ValueQuery
from trackline.server.attachments import attachment
from trackline.server.services import Services
from trackline.store import comparison, experiment_list, many_runs, run_groups, run_keys, run_table
from trackline.wire import requests, run_files, ui
from trackline.wire.decode import Shape

MAX_COLUMNS = 200
EXPORTED = 1000  # runs that are read, and sent, at a time
MAX_SEARCH, MAX_WORDS = 500, 10  # of a plain-text search: characters, words
_EXPORT = Shape(ui.ExportRuns)
GROUPING = frozenset({"parameter", "tag"})  # kinds of fields with texts that runs may share
GROUPING_ATTRIBUTES = frozenset(Field("attribute", key) for key in ("user_id", "status", "run_name"))


async def experiments(services: Services, request: requests.Nothing) -> Any:  # noqa: ARG001
    return ui.ExperimentList(await services.database.read(experiment_list.list_experiments))


async def runs(services: Services, request: ui.ListRuns) -> Any:
    query = RunTableQuery(
        runs=msgspec.structs.replace(
            _search(request),
            order_by=request.order_by,
            max_results=request.max_results,
            page_token=request.page_token,
        ),
        fields=_fields(request.columns),
        skip=request.skip,
        counted=request.counted,
        family=request.family,
    )
    return ui.with_cells(await services.database.read(run_table.read_run_table, query))


async def export(request: Request) -> Response:
    """All runs that a search finds, as CSV or JSON: read and sent page by page, so that none has to wait for all."""
    services: Services = request.state.services
    form: run_files.Format = "csv" if request.url.path.endswith(".csv") else "json"
    asked = _EXPORT.from_query(request.scope["query_string"].decode("latin-1"))
    query = RunTableQuery(
        runs=msgspec.structs.replace(_search(asked), order_by=asked.order_by, max_results=EXPORTED),
        fields=_fields(asked.columns),
        longest=MAX_TAG_VALUE,
        counted=False,
    )
    first = await services.database.read(run_table.read_run_table, query)
    return StreamingResponse(_file(services, form, query, first), headers=attachment(f"runs.{form}"))


async def _file(
    services: Services, form: run_files.Format, query: RunTableQuery, table: RunTable
) -> AsyncIterator[str]:
    names, fields = run_files.header(table), table.fields
    yield run_files.begin(form, names) + run_files.lines(form, names, table, is_first=True)
    while token := table.next_page_token:
        runs = msgspec.structs.replace(query.runs, page_token=token)
        query = msgspec.structs.replace(query, runs=runs, fields=fields)
        table = await services.database.read(run_table.read_run_table, query)
        yield run_files.lines(form, names, table, is_first=False)
    yield run_files.end(form)


async def count(services: Services, request: ui.CountRuns) -> Any:
    return await services.database.read(run_table.read_run_count, _search(request))


async def groups(services: Services, request: ui.GroupRuns) -> Any:
    by = parse_run_field(request.by) if request.by else None
    if by is not None and not (by.kind in GROUPING or by in GROUPING_ATTRIBUTES):
        raise InvalidParameter(f"Runs are not grouped by '{request.by}'. Name a param, a tag or attributes.status.")
    query = GroupQuery(
        runs=_search(request),
        by=by,
        fields=_fields(request.columns),
        order=_group_order(request, by),
        skip=request.skip,
        max_results=request.max_results,
    )
    return ui.with_statistics(await services.database.read(run_groups.read_run_groups, query))


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


async def values(services: Services, request: ui.ListValues) -> Any:
    field = parse_run_field(request.field)
    if not (field.kind in GROUPING or field in GROUPING_ATTRIBUTES):
        raise InvalidParameter(f"'{request.field}' has no values to list. Name a param, a tag or attributes.status.")
    check_length(request.search, MAX_SEARCH, "search")
    query = ValueQuery(
        experiment_ids=[experiment_number(given) for given in request.experiment_id],
        field=field,
        search=request.search,
        max_results=request.max_results,
    )
    return await services.database.read(run_keys.find_values_of_runs, query)


async def delete_runs(services: Services, request: ui.DeleteRuns) -> Any:
    return {"runs": await services.database.write(many_runs.delete_runs, _once(request.run_ids), request.force)}


async def restore_runs(services: Services, request: ui.RestoreRuns) -> Any:
    return {"runs": await services.database.write(many_runs.restore_runs, _once(request.run_ids))}


async def tag_runs(services: Services, request: ui.TagRuns) -> Any:
    tag = checked_tag(Tag(request.key, request.value))
    return {"runs": await services.database.write(many_runs.tag_runs, _once(request.run_ids), tag)}


def _search(request: ui.CountRuns) -> RunQuery:
    return RunQuery(
        experiment_ids=[experiment_number(given) for given in request.experiment_id],
        filter=request.filter,
        words=_words(request.search),
        view=requests.view_type(request.view_type),
        top=request.top,
    )


def _group_order(request: ui.GroupRuns, by: Field | None) -> Order | None:
    if not request.order_by:
        return None
    (order,) = parse_run_order([request.order_by])
    if order.field.kind not in MEASURED and order.field != by:
        raise InvalidParameter(f"Groups are not sorted by '{request.order_by}'. Name a metric or what groups them.")
    return order


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
