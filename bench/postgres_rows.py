"""The rows on PostgreSQL: those of SQLite that the database decides, a second search, and two workers against one."""

from __future__ import annotations

from dataclasses import replace

from bench import payloads
from bench.driver import drive, replay
from bench.lab import Lab
from bench.peers import Peer
from bench.rows import CLIENTS, MOST_REQUESTS, Goal, Row, check
from bench.rows import ROWS as ON_SQLITE
from bench.stage import Stage

TIMES = 3
LIMITS = {"disk": 12.0, "log-batch": 100_000.0}
NAMES = (
    "disk",
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
        clients = [
            replay([payloads.log_metric(stage.new_run(), step) for step in range(MOST_REQUESTS)])
            for _ in range(2 * CLIENTS)
        ]
        drive(server.port, clients, lab.scale.seconds / 4)  # so that all connections are open
        return drive(server.port, clients, lab.scale.seconds).requests_per_second


def _goal(limit: float | None) -> Goal:
    """Better than the better of the two others."""
    return Goal(limit, TIMES, {"FastTrackML": TIMES})


ROWS = (
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
        "log-metric of 16 clients, requests a second with --workers 2 over those with one, each on a database of its "
        "own. PostgreSQL and the driver use the same cores, so this says something on machines with six or more.",
        two_workers,
        Goal(limit=1.6),
        without=OTHERS,
    ),
)
