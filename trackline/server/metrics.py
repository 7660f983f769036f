"""Endpoints that read metric histories."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from msgspec import Raw

from trackline.db.transaction import Transaction
from trackline.domain.errors import InvalidParameter
from trackline.server.services import Services
from trackline.store import runs
from trackline.wire import requests, responses

if TYPE_CHECKING:
    from trackline.domain.points import Series

MAX_BULK_RUNS = 100
MAX_BULK_POINTS = 25_000
MAX_INTERVAL_POINTS = 2_500


async def history(services: Services, request: requests.MetricHistory) -> Any:
    most = request.max_results
    if most is not None and most <= 0:
        raise InvalidParameter(
            f"Invalid value {most} for parameter 'max_results' supplied. It must be a positive integer."
        )
    start = _offset(request.page_token)
    end = None if most is None else start + most
    count, points = await services.database.read(_page, request.run, request.metric_key, slice(start, end))
    return responses.page("metrics", points, _token(end) if end is not None and end < count else None)


async def history_bulk(services: Services, request: requests.MetricHistoryBulk) -> Any:
    uuids = request.run_id or []
    if not uuids:
        raise InvalidParameter("GetMetricHistoryBulk request must specify at least one run_id.")
    if len(uuids) > MAX_BULK_RUNS:
        raise InvalidParameter(
            f"GetMetricHistoryBulk request cannot specify more than {MAX_BULK_RUNS} run_ids. "
            f"Received {len(uuids)} run_ids."
        )
    if request.metric_key is None:
        raise InvalidParameter("GetMetricHistoryBulk request must specify a metric_key.")
    room = min(request.max_results or MAX_BULK_POINTS, MAX_BULK_POINTS)
    return {"metrics": await services.database.read(_first, sorted(set(uuids)), request.metric_key, room)}


async def history_interval(services: Services, request: requests.MetricHistoryInterval) -> Any:
    """Each run's points between two steps, thinned so that neither peak nor dip is lost."""
    most = MAX_INTERVAL_POINTS if request.max_results is None else request.max_results
    if not 1 <= most <= MAX_INTERVAL_POINTS:
        raise InvalidParameter(f"max_results must be between 1 and {MAX_INTERVAL_POINTS}.")
    if len(request.run_ids) > MAX_BULK_RUNS:
        raise InvalidParameter(
            f"GetMetricHistoryBulkInterval request must specify at most {MAX_BULK_RUNS} run_ids. "
            f"Received {len(request.run_ids)} run_ids."
        )
    first, last = request.start_step, request.end_step
    if (first is None) != (last is None):
        raise InvalidParameter("If either start step or end step are specified, both must be specified.")
    if first is not None and last is not None and first > last:
        raise InvalidParameter(
            f"end_step must be greater than start_step. Found start_step={first} and end_step={last}."
        )
    points = await services.database.read(_thinned, request, most)
    return responses.page("metrics", points, None)


# Points are encoded where they are read, in a thread: a million of them would keep the event loop for a second.


def _page(tx: Transaction, uuid: str, key: str, which: slice) -> tuple[int, list[Raw]]:
    """How many points the history has, and these of them."""
    for _, series in _histories(tx, [uuid], key):
        return len(series.values), responses.points(key, series.take(which))
    return 0, []


def _first(tx: Transaction, uuids: list[str], key: str, room: int) -> list[Raw]:
    """No more points than there is room for, of one run after the other."""
    points: list[Raw] = []
    for uuid, series in _histories(tx, uuids, key):
        points += responses.points(key, series.take(slice(room)), uuid)
        room -= min(room, len(series.values))
        if not room:
            break
    return points


def _thinned(tx: Transaction, request: requests.MetricHistoryInterval, most: int) -> list[Raw]:
    from trackline.domain.points import by_step, downsample

    points: list[Raw] = []
    first, last = request.start_step, request.end_step
    for uuid, series in _histories(tx, request.run_ids, request.metric_key):
        chosen = series
        if first is not None and last is not None:
            chosen = series.take((series.steps >= first) & (series.steps <= last))
        points += responses.points(request.metric_key, downsample(by_step(chosen), most), uuid)
    return points


def _histories(tx: Transaction, uuids: list[str], key: str) -> Iterator[tuple[str, Series]]:
    """The series of one of these runs after the other, in their order; a run that does not exist has none."""
    from trackline.store.histories import each_history

    numbers = runs.run_numbers(tx, uuids)
    known = [uuid for uuid in uuids if uuid in numbers]
    series = each_history(tx, [numbers[uuid] for uuid in known], key)
    return ((uuid, points) for uuid, (_, points) in zip(known, series, strict=True))


def _token(offset: int) -> str:
    return base64.urlsafe_b64encode(str(offset).encode()).decode()


def _offset(token: str | None) -> int:
    """An offset, as in MLflow: histories grow at their end while a client pages through them."""
    if not token:
        return 0
    try:
        return max(int(base64.urlsafe_b64decode(token)), 0)
    except (ValueError, binascii.Error):
        raise InvalidParameter("Invalid page token, could not base64-decode") from None
