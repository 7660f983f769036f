"""The server's numbers, as Prometheus reads them. They hold no names but those of endpoints."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator
from itertools import accumulate

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from trackline import __version__
from trackline.server.endpoints import Call, Raw
from trackline.server.numbers import SECONDS, Answered, Counted, Measured, Numbers

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


def exposition(numbers: Numbers, endpoints: Iterable[Call | Raw], size: int | None, accept: str) -> tuple[bytes, str]:
    """The page, and its media type, which a header `accept` may choose. `size` is the database's, in bytes."""
    encode, kind = choose_encoder(accept)
    return encode(_Page([*_families(numbers, endpoints), *_of_database(size)])), kind


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


def _of_database(size: int | None) -> Iterator[Metric]:
    yield GaugeMetricFamily("trackline_database_up", "Whether it answers.", value=size is not None)
    if size is not None:
        yield GaugeMetricFamily("trackline_database_bytes", "Its size.", value=size)
