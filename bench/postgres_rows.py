"""The rows on PostgreSQL: those of SQLite that the database decides, a second search, and two workers against one."""

from __future__ import annotations

import time
from contextlib import nullcontext
from dataclasses import replace

from bench import payloads
from bench.driver import drive, replay
from bench.held import can_hold, held
from bench.lab import Lab
from bench.peers import Peer
from bench.postgres_lab import PART, PostgresLab
from bench.rows import CLIENTS, MOST_REQUESTS, POINTS, Goal, Row, check, metric_batches, metric_requests
from bench.rows import ROWS as ON_SQLITE
from bench.stage import Stage

TIMES = 3
LIMITS = {"log-batch": 100_000.0}
NAMES = (
    "log-metric",
    "log-metric-prompt",
    "log-metric-8",
    "log-batch",
    "history",
    "get-run",
    "search",
    "small-run",
)
OTHERS = frozenset({"MLflow", "FastTrackML"})


RUN_BATCHES = 100
MOST_RUNS = 10  # of a million points together
SLICES = 4


def disk(lab: PostgresLab, peer: Peer) -> float:
    with lab.fresh(peer) as server:
        empty = lab.vacuumed_bytes(server, "VACUUM FULL")
        points = _written(Stage(server, lab.scale.set_size), lab.scale.disk_seconds)
        return (lab.vacuumed_bytes(server, "VACUUM FULL") - empty) / points


def disk_grown(lab: PostgresLab, peer: Peer) -> float:
    with lab.fresh(peer) as server:
        stage = Stage(server, lab.scale.set_size)
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


def search_best(lab: Lab, peer: Peer) -> float:
    stage = lab.stage(peer)
    request = payloads.best(stage.set_experiment, 100)
    outcome = drive(stage.server.port, [replay([request] * MOST_REQUESTS)], lab.scale.seconds)
    check(outcome, "runs", 100)
    return outcome.p50_ms


def two_workers(lab: Lab, peer: Peer) -> float:
    one, two = (_log_metrics_a_second(lab, replace(peer, options=("--workers", str(number)))) for number in (1, 2))
    return two / one


def _log_metrics_a_second(lab: Lab, peer: Peer) -> float:
    with lab.fresh(peer) as server:
        stage = Stage(server, lab.scale.set_size)
        clients = [replay(metric_requests(stage)) for _ in range(2 * CLIENTS)]
        with held(server.process, PART) if can_hold() else nullcontext():
            drive(server.port, clients, lab.scale.seconds)  # until each worker has its connections
            return drive(server.port, clients, 3 * lab.scale.seconds).requests_per_second


def _goal(limit: float | None) -> Goal:
    """Better than the better of the two others."""
    return Goal(limit, TIMES, {"FastTrackML": TIMES})


ROWS = (
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
    *(replace(row, goal=_goal(LIMITS.get(row.name))) for row in ON_SQLITE if row.name in NAMES),
    Row(
        "search-best",
        "search best 100 runs, p50",
        "ms",
        "lower",
        "The first page of those that a metric and a param choose, ordered by another metric, with all data.",
        search_best,
        _goal(None),
    ),
    Row(
        "two-workers",
        "two workers against one",
        "x",
        "higher",
        "log-metric of 16 clients: requests a second with --workers 2 over those with one. Where the machine lets the "
        "benchmark, each worker is held to a quarter of a core, as if it shared a large machine with PostgreSQL and "
        "the driver, which otherwise want the same cores.",
        two_workers,
        Goal(limit=1.6),
        without=OTHERS,
    ),
)
