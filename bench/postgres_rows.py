"""The rows on PostgreSQL: those of SQLite that the database decides, a second search, and two workers against one."""

from __future__ import annotations

import time
from collections.abc import Collection
from contextlib import nullcontext
from dataclasses import replace

from bench import payloads
from bench.driver import drive, replay
from bench.held import can_hold, held
from bench.history_rows import ROWS as HISTORY_ROWS
from bench.lab import Lab
from bench.log_rows import ROWS as LOG_ROWS
from bench.peers import Peer
from bench.postgres_lab import PART, PostgresLab
from bench.rows import CLIENTS, POINTS, Goal, Row, metric_batches, metric_requests
from bench.search_rows import ROWS as SEARCH_ROWS
from bench.stage import Stage

TIMES = 3
LIMITS = {"log-batch": 100_000.0}
# What the database decides: the rows of SQLite but for these.
NOT_HERE = ("client", "client-loop", "log-metric-8-same", "log-batch-10", "log-batch-100", "history-1m", "curves")
ALONE = dict.fromkeys(("MLflow", "FastTrackML"), "workers of ours are compared with each other")


RUN_BATCHES = 100
MOST_RUNS = 10  # of a million points together
SLICES = 4


def disk(lab: PostgresLab, peer: Peer) -> float:
    with lab.fresh(peer) as server:
        empty = lab.vacuumed_bytes(server, "VACUUM FULL")
        points = _written(Stage(server, lab.scale), lab.scale.disk_seconds)
        return (lab.vacuumed_bytes(server, "VACUUM FULL") - empty) / points


def disk_grown(lab: PostgresLab, peer: Peer) -> float:
    with lab.fresh(peer) as server:
        stage = Stage(server, lab.scale)
        _written(stage, lab.scale.disk_seconds / 2)
        before, points = lab.vacuumed_bytes(server, "VACUUM"), 0
        for _ in range(SLICES - 1):
            points += _written(stage, lab.scale.disk_seconds / 2)
            after = lab.vacuumed_bytes(server, "VACUUM")
        return (after - before) / points


def _written(stage: Stage, seconds: float) -> int:
    """How many points were logged, to one run after the other; the last of them is ended as well."""
    deadline, batches = time.monotonic() + seconds, 0
    for _ in range(MOST_RUNS):
        run_id = stage.new_run()
        left = max(deadline - time.monotonic(), 0)
        batches += len(drive(stage.server.port, [replay(metric_batches(run_id, RUN_BATCHES))], left).latencies)
        stage.ask(payloads.end_run(run_id))
        if time.monotonic() > deadline:
            break
    return batches * POINTS


def two_workers(lab: Lab, peer: Peer) -> float:
    one, two = (_log_metrics_a_second(lab, replace(peer, options=("--workers", str(number)))) for number in (1, 2))
    return two / one


def _log_metrics_a_second(lab: Lab, peer: Peer) -> float:
    with lab.fresh(peer) as server:
        stage = Stage(server, lab.scale)
        clients = [replay(metric_requests(stage.new_run())) for _ in range(8 * CLIENTS)]
        with held(server.process, PART) if can_hold() else nullcontext():
            drive(server.port, clients, lab.scale.seconds)  # until each worker has its connections
            return drive(server.port, clients, 3 * lab.scale.seconds).requests_per_second


def _goal(limit: float | None, without: Collection[str] = ()) -> Goal:
    """Better than the better of the two others, of those that do it at all."""
    return Goal(limit, {name: TIMES for name in ("MLflow", "FastTrackML") if name not in without})


DISK_ROWS = (
    Row(
        "disk",
        "bytes a point, packed",
        "B",
        "lower",
        "Growth of the database, indexes too, by up to ten runs of 100 log-batches of 1,000 points (as many as the "
        "peer takes in the time), after VACUUM FULL. Values are doubles with noise in every bit.",
        disk,
        _goal(12),
        "once",
    ),
    Row(
        "disk-grown",
        "bytes a point, as files grow",
        "B",
        "lower",
        "The same four times with a VACUUM after each: growth by the last three, which use room that was left.",
        disk_grown,
        Goal(limit=12),
        "once",
    ),
)
SHARED_ROWS = tuple(
    row if row.unit == "x" else replace(row, goal=_goal(LIMITS.get(row.name), row.without))
    for row in SEARCH_ROWS + HISTORY_ROWS + LOG_ROWS  # first what reads, so that all have the same to read
    if row.name not in NOT_HERE
)
WORKER_ROWS = (
    Row(
        "two-workers",
        "two workers against one",
        "x",
        "higher",
        "log-metric of 64 clients (a worker commits up to 32 together): requests a second with --workers 2 over those "
        "with one. Where the machine lets the benchmark, each worker is held to a quarter of a core, as if it shared a "
        "large machine with PostgreSQL and the driver, which otherwise want the same cores.",
        two_workers,
        Goal(limit=1.6),
        without=ALONE,
    ),
)
