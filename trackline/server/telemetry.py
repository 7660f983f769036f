"""The server's numbers, as Prometheus reads them. They hold no names but those of endpoints."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from trackline import __version__
from trackline.db.errors import Overloaded, TookTooLong, Unavailable
from trackline.domain.errors import NotServed
from trackline.server.endpoints import ROOT, Call, Raw
from trackline.server.numbers import SECONDS, Answered, Counted, Measured, Numbers
from trackline.server.services import Services
from trackline.store.status import read_size

LABELS = ("method", "endpoint")
COUNTERS: dict[Counted, tuple[str, str]] = {
    "points": ("trackline_metric_points", "Metric points that were taken; those sent again count again."),
    "commits": ("trackline_commits", "Commits of the database."),
    "writes": ("trackline_writes", "Requests that these commits brought to the disk."),
}
GAUGES: dict[Measured, tuple[str, str]] = {
    "in_flight": ("trackline_requests_in_flight", "Requests under way, streams to open pages among them."),
    "live": ("trackline_live_clients", "Pages that are told of changes."),
    "connections": ("trackline_connections", "Connections of clients."),
    "waiting": ("trackline_database_waiting", "Requests that the database has in line or under way."),
    "database_connections": ("trackline_database_connections", "Connections to the database."),
}


def showing(endpoints: Callable[[], Iterable[Call | Raw]]) -> Raw:
    """The endpoint that shows the numbers of these."""

    async def metrics(request: Request) -> Response:
        services: Services = request.state.services
        if not services.shows_numbers:
            raise NotServed("This server does not show its numbers; --expose-prometheus makes it.")
        size = await _database_size(services)
        encode, kind = choose_encoder(request.headers.get("accept", ""))
        page = _Page([*_families(services.numbers, endpoints()), *_of_database(size)])
        return Response(encode(page), headers={"content-type": kind, "cache-control": "no-store"})

    return Raw("GET", "/metrics", metrics, ROOT)


class _Page(Collector):
    """Satisfies what the encoders of prometheus-client ask of a registry."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _families(numbers: Numbers, endpoints: Iterable[Call | Raw]) -> Iterator[Metric]:
    build = GaugeMetricFamily("trackline_build_info", "Always 1.", labels=("version", "python"))
    build.add_metric((__version__, platform.python_version()), 1)
    yield build
    names = [("", "unknown"), *((one.method, one.api[0] + one.path) for one in endpoints)]
    yield from _of_requests({names[number]: answered for number, answered in numbers.totals()})
    for counted, (name, help_) in COUNTERS.items():
        yield CounterMetricFamily(name, help_, value=numbers.total(counted))
    for measured, (name, help_) in GAUGES.items():
        yield GaugeMetricFamily(name, help_, value=numbers.total(measured))


def _of_requests(answered: dict[tuple[str, str], Answered]) -> Iterator[Metric]:
    requests = CounterMetricFamily("trackline_requests", "Requests answered.", labels=(*LABELS, "status"))
    seconds = HistogramMetricFamily(
        "trackline_request_seconds", "From a request's head to the end of its answer.", labels=LABELS
    )
    received = CounterMetricFamily("trackline_received_bytes", "Of requests' bodies.", labels=LABELS)
    sent = CounterMetricFamily("trackline_sent_bytes", "Of answers' bodies.", labels=LABELS)
    for labels, one in answered.items():
        for status, number in one.by_status.items():
            requests.add_metric((*labels, str(status)), number)
        buckets = zip([*map(str, SECONDS), "+Inf"], accumulate(one.buckets), strict=True)
        seconds.add_metric(labels, [(end, float(number)) for end, number in buckets], one.seconds)
        received.add_metric(labels, one.received)
        sent.add_metric(labels, one.sent)
    return iter((requests, seconds, received, sent))


async def _database_size(services: Services) -> int | None:
    """In bytes; None where the database does not answer: the other numbers are all the more wanted then."""
    try:
        return await services.reading.read(read_size)
    except (NotServed, Overloaded, TookTooLong, Unavailable):
        return None


def _of_database(size: int | None) -> Iterator[Metric]:
    yield GaugeMetricFamily("trackline_database_up", "Whether it answers.", value=size is not None)
    if size is not None:
        yield GaugeMetricFamily("trackline_database_bytes", "Its size.", value=size)
