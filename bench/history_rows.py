"""The rows that read series: whole, and thinned for charts."""

from __future__ import annotations

import json

from bench import payloads
from bench.driver import Refused
from bench.lab import Lab
from bench.peers import Peer
from bench.rows import Goal, Row, check, read
from bench.stage import HISTORY_POINTS, SERIES, Stage

CURVE = 320  # points of each curve that are asked for, as by MLflow's pages


def history(lab: Lab, peer: Peer) -> float:
    stage = lab.stage(peer)
    return _whole(stage, stage.history_run, HISTORY_POINTS)


def long_history(lab: Lab, peer: Peer) -> float:
    stage = lab.stage(peer)
    return _whole(stage, stage.long_run, stage.scale.long_points)


def curves(lab: Lab, peer: Peer) -> float:
    stage = lab.stage(peer)
    runs = stage.curve_runs
    outcome = read(stage, payloads.curves(runs, SERIES, CURVE))
    found = [point["run_id"] for point in json.loads(outcome.last_answer)["metrics"]]
    poor = [run for run in runs if found.count(run) < CURVE / 2]
    if poor:
        raise Refused(f"{len(poor)} of {len(runs)} curves have less than half the points that were asked for")
    return outcome.p50_ms


def _whole(stage: Stage, run_id: str, points: int) -> float:
    outcome = read(stage, payloads.get("metrics/get-history", run_id=run_id, metric_key=SERIES))
    check(outcome, "metrics", points)
    return outcome.p50_ms


ROWS = (
    Row(
        "history-10k",
        "history of 10,000 points, p50",
        "ms",
        "lower",
        "metrics/get-history of one series in one page.",
        history,
        Goal(limit=20, over={"FastTrackML": 10}),
    ),
    Row(
        "history-1m",
        "history of 1,000,000 points, p50",
        "ms",
        "lower",
        "The same of a long series (100,000 points at the scale quick).",
        long_history,
    ),
    Row(
        "curves",
        "20 thinned curves, p50",
        "ms",
        "lower",
        f"metrics/get-history-bulk-interval, as MLflow's pages ask for it: {CURVE} points of each of 20 runs that have "
        "100,000 (5 with 20,000 at the scale quick).",
        curves,
        without={"FastTrackML": "it does not thin histories on the server"},
    ),
)
