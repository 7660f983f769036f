"""Endpoints of one run's page: the run, its metrics, and curves to draw."""

from __future__ import annotations

from typing import Any

from trackline.domain.errors import InvalidParameter
from trackline.domain.tables import CurveQuery, MetricQuery
from trackline.server.services import Services
from trackline.store import run_page
from trackline.wire import ui


async def page(services: Services, request: ui.RunId) -> Any:
    return await services.database.read(run_page.read_run_page, request.run_id)


async def metrics(services: Services, request: ui.ListMetrics) -> Any:
    query = MetricQuery(
        run_id=request.run_id, search=request.search, after=request.after, max_results=request.max_results
    )
    return ui.metric_columns(await services.database.read(run_page.read_run_metrics, query))


async def draw(services: Services, request: ui.ReadCurves) -> Any:
    from trackline.store.curves import read_curves

    first, last = request.first, request.last
    if first is not None and last is not None and first > last:
        raise InvalidParameter(f"first ({first}) comes after last ({last}).")
    query = CurveQuery(
        run_ids=list(dict.fromkeys(request.run_id)),
        keys=list(dict.fromkeys(request.key)),
        x=request.x,
        against=request.against,
        first=first,
        last=last,
        max_points=request.max_points,
    )
    return ui.CurveList(await services.database.read(read_curves, query))
