"""The rows that are measured while the set grows: those of make bench that read it, and what only a large one shows."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from bench import payloads
from bench.driver import Refused
from bench.growth_lab import GrowthLab
from bench.history_rows import ROWS as HISTORY_ROWS
from bench.log_rows import ROWS as LOG_ROWS
from bench.peers import Peer
from bench.processes import MEMORY_MEASURE
from bench.rows import Goal, Row, check, read
from bench.scale_set import run_id
from bench.search_rows import ROWS as SEARCH_ROWS
from bench.server_rows import memory

WALKED, WALKED_PAGE = 25, 50
WRITES = ("log-metric", "log-batch", "small-run")


def start(lab: GrowthLab, peer: Peer) -> float:
    return lab.stage(peer).server.seconds_to_ready


def size(lab: GrowthLab, peer: Peer) -> float:
    return (lab.stage(peer).server.data / "tracking.db").stat().st_size / 1e6


def filter_p95(lab: GrowthLab, peer: Peer) -> float:
    stage = lab.stage(peer)
    order = "metrics.metric_1 DESC"
    outcome = read(stage, payloads.search(stage.set_experiment, 100, order, filter="metrics.metric_0 < 0.5"))
    check(outcome, "runs", 100)
    return outcome.p95_ms


def walk_p95(lab: GrowthLab, peer: Peer) -> float:
    stage = lab.stage(peer)
    page = partial(payloads.search, stage.set_experiment, WALKED_PAGE, "attributes.start_time ASC")
    most = min(WALKED, stage.set_size // WALKED_PAGE - 1)
    outcome = stage.to_the_end(*(payloads.walk(page, most) for _ in range(2)))
    check(outcome, "runs", WALKED_PAGE)
    return outcome.p95_ms


def wide_run(lab: GrowthLab, peer: Peer) -> float:
    stage = lab.stage(peer)
    outcome = read(stage, payloads.get("runs/get", run_id=run_id("wide", 0)))
    if outcome.last_answer.count(b'"key_') != lab.size.keys:
        raise Refused("the run has not all of its metrics")
    return outcome.p50_ms


FIRST_ROWS = (
    Row("start", "start to ready", "s", "lower", "Of the server on this database.", start, Goal(limit=0.7), "once"),
    Row("size", "database", "MB", "lower", "The file of SQLite's, with all runs and points.", size, times="once"),
    Row(
        "memory",
        "memory after start",
        "MB",
        "lower",
        f"{MEMORY_MEASURE.upper()} of the whole process tree.",
        memory,
        Goal(limit=200),
        "once",
    ),
)
LARGE_ROWS = (
    Row(
        "filter-p95",
        "filter by metric, p95",
        "ms",
        "lower",
        "As the Rust rewrite measures: the first 100 of half of the runs, with a metric below 0.5, by another.",
        filter_p95,
    ),
    Row(
        "walk-p95",
        "25 pages of 50, p95",
        "ms",
        "lower",
        "As the Rust rewrite measures: a walk through 25 pages of 50 runs by start time (19 where there are 1,000).",
        walk_p95,
    ),
    Row(
        "wide-run",
        "get-run, 100,000 metrics",
        "ms",
        "lower",
        "One run that has 100,000 metrics, all in the answer.",
        wide_run,
    ),
)
LAST_ROWS = (
    Row(
        "memory-loaded",
        "memory after load",
        "MB",
        "lower",
        "The same after all the rows before this one.",
        memory,
        Goal(limit=200),
        "once",
    ),
)
# Their goals are ratios to other programs, which are not here.
SHARED_ROWS = tuple(
    replace(row, goal=Goal()) for row in (*SEARCH_ROWS, *HISTORY_ROWS, *(row for row in LOG_ROWS if row.name in WRITES))
)
ROWS = (*FIRST_ROWS, *SHARED_ROWS, *LARGE_ROWS, *LAST_ROWS)
SEARCHES = [row.name for row in SEARCH_ROWS if row.unit == "ms"]
# What is drawn.
GROWING = [*SEARCHES, "history-10k", "filter-p95", "walk-p95"]
