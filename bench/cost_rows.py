"""What work costs beside time: of the server's CPU, of PostgreSQL's, and of its log of changes (WAL)."""

from __future__ import annotations

from functools import partial
from itertools import cycle, islice

from bench import payloads
from bench.driver import drive, replay
from bench.peers import Peer
from bench.postgres_lab import PostgresLab, Work
from bench.rows import CLIENTS, MOST_BATCHES, MOST_REQUESTS, POINTS, Row, metric_batches, metric_requests
from bench.stage import Stage


def log_metric(stage: Stage, seconds: float) -> float:
    clients = [replay(metric_requests(stage.new_run())) for _ in range(CLIENTS)]
    return len(drive(stage.server.port, clients, seconds).latencies)


def log_batch(stage: Stage, seconds: float) -> float:
    batches = replay(metric_batches(stage.new_run(), MOST_BATCHES))
    return len(drive(stage.server.port, [batches], seconds).latencies) * POINTS / 1000


def small_run(stage: Stage, seconds: float) -> float:
    clients = [payloads.small_runs(stage.experiment, params=20, tags=5) for _ in range(CLIENTS)]
    return len(drive(stage.server.port, clients, seconds).latencies) / 3


def get_run(stage: Stage, seconds: float) -> float:
    requests = [payloads.get("runs/get", run_id=run_id) for run_id in stage.set_runs]
    clients = [replay(islice(cycle(requests), MOST_REQUESTS)) for _ in range(CLIENTS)]
    return len(drive(stage.server.port, clients, seconds).latencies)


# Each works for so many seconds, and says how much was done, in the unit beside it.
WORKS: dict[str, tuple[Work, str]] = {
    "log-metric": (log_metric, "a log-metric, 8 clients"),
    "log-batch": (log_batch, "1,000 points by log-batch"),
    "small-run": (small_run, "a small run, 8 clients"),
    "get-run": (get_run, "a get-run, 8 clients"),
}


def _cost(name: str, index: int, lab: PostgresLab, peer: Peer) -> float:
    return lab.cost(peer, WORKS[name][0])[index]


def _rows(name: str, title: str) -> tuple[Row, ...]:
    kinds = (
        ("server-cpu", "CPU of the server", "ms", "CPU time of all the server's processes for each."),
        ("database-cpu", "CPU of PostgreSQL", "ms", "CPU time of all PostgreSQL's processes for each."),
        ("wal", "log of changes", "B", "Bytes that PostgreSQL writes to its WAL for each."),
    )
    return tuple(
        Row(f"{kind}-{name}", f"{what}, {title}", unit, "lower", how, partial(_cost, name, index), times="once")
        for index, (kind, what, unit, how) in enumerate(kinds)
        if not (kind == "wal" and name == "get-run")  # reading writes none
    )


ROWS = tuple(row for name, (_, title) in WORKS.items() for row in _rows(name, title))
