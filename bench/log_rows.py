"""The rows of what a training says: points one by one and in batches, whole runs, and the official client."""

from __future__ import annotations

from functools import partial

from bench import payloads
from bench.driver import replay
from bench.lab import Lab
from bench.peers import Peer
from bench.rows import (
    CLIENTS,
    MOST_REQUESTS,
    POINTS,
    Goal,
    Row,
    metric_batches,
    metric_requests,
    than_fasttrackml,
)
from bench.stage import Stage

CALLS_PER_SECOND = 30  # of the official client: so many are made in a round, for each second that one should take


def log_metric(lab: Lab, peer: Peer, prompt: bool = False) -> float:
    stage = lab.stage(peer)
    return stage.drive(replay(metric_requests(stage.new_run())), prompt=prompt).p50_ms


def log_metric_8(lab: Lab, peer: Peer) -> float:
    stage = lab.stage(peer)
    return _together(stage, [stage.new_run() for _ in range(CLIENTS)])


def log_metric_8_same(lab: Lab, peer: Peer) -> float:
    stage = lab.stage(peer)
    return _together(stage, [stage.new_run()] * CLIENTS)


def log_batch(lab: Lab, peer: Peer) -> float:
    stage = lab.stage(peer)
    return stage.drive(replay(metric_batches(stage.new_run(), MOST_REQUESTS))).requests_per_second * POINTS


def log_small_batch(steps: int, lab: Lab, peer: Peer) -> float:
    """10 series x `steps`."""
    stage, keys = lab.stage(peer), payloads.BATCH_KEYS
    run_id = stage.new_run()
    batches = [payloads.for_run(batch, run_id) for batch in payloads.log_batches(MOST_REQUESTS, keys, steps)]
    return stage.drive(replay(batches)).requests_per_second * keys * steps


def small_run(lab: Lab, peer: Peer) -> float:
    stage = lab.stage(peer)
    clients = [payloads.small_runs(stage.experiment, params=20, tags=5) for _ in range(CLIENTS)]
    return stage.drive(*clients).requests_per_second / 3


def client(lab: Lab, peer: Peer) -> float:
    server = lab.stage(peer).server
    return lab.official_client_ms(server, "log_metric", calls=round(CALLS_PER_SECOND * lab.scale.seconds))


def client_loop(lab: Lab, peer: Peer) -> float:
    runs = lab.scale.loop_runs
    return sum(lab.official_client_seconds(lab.stage(peer).server, "whole_run", calls=runs))


def _together(stage: Stage, run_ids: list[str]) -> float:
    clients = [replay(metric_requests(run_id, number * MOST_REQUESTS)) for number, run_id in enumerate(run_ids)]
    return stage.drive(*clients).requests_per_second


ROWS = (
    Row(
        "log-metric",
        "log-metric, 1 client, p50",
        "ms",
        "lower",
        "One point a request, each round in a new run.",
        log_metric,
        than_fasttrackml(1 / 0.6),
    ),
    Row(
        "log-metric-prompt",
        "log-metric, acknowledged at once",
        "ms",
        "lower",
        "The same without the wait for delayed acknowledgements (README.md has why): the work of the server.",
        partial(log_metric, prompt=True),
    ),
    Row(
        "log-metric-8",
        "log-metric, 8 clients",
        "requests/s",
        "higher",
        "8 connections at once, each with a run of its own.",
        log_metric_8,
        than_fasttrackml(3),
    ),
    Row(
        "log-metric-8-same",
        "log-metric, 8 clients, one run",
        "requests/s",
        "higher",
        "8 connections at once, as the ranks of one training: all to the same metric of the same run.",
        log_metric_8_same,
        than_fasttrackml(3),
    ),
    Row(
        "log-batch-10",
        "log-batch of 10 points",
        "points/s",
        "higher",
        "10 series x 1 step a request, 1 client, each round in a new run.",
        partial(log_small_batch, 1),
    ),
    Row(
        "log-batch-100",
        "log-batch of 100 points",
        "points/s",
        "higher",
        "10 series x 10 steps a request.",
        partial(log_small_batch, 10),
    ),
    Row(
        "log-batch",
        "log-batch of 1,000 points",
        "points/s",
        "higher",
        "10 series x 100 steps a request, 1 client, each round in a new run.",
        log_batch,
        Goal(limit=200_000, over={"FastTrackML": 15}),
    ),
    Row(
        "small-run",
        "small run, 8 clients",
        "runs/s",
        "higher",
        "Create; one log-batch with 10 metrics, 20 params and 5 tags; end: three requests.",
        small_run,
        than_fasttrackml(4),
    ),
    Row(
        "client",
        "log_metric of the official client",
        "ms",
        "lower",
        "`mlflow.log_metric(key, value, step)` of the stock client, median of the calls of a round.",
        client,
        Goal(over={"MLflow": 10}),
    ),
    Row(
        "client-loop",
        "50 runs of the official client",
        "s",
        "lower",
        "One after the other: `start_run`, `log_params` (20), `log_metrics` (10), `set_tags` (5), and the end (10 runs "
        "at the scale quick).",
        client_loop,
        times="once",
    ),
)
