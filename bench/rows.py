"""The rows of the benchmark: what is measured, how, and what the project has set out to reach."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from typing import Any, Literal

from bench import payloads, transfer
from bench.driver import Client, Outcome, Refused, drive, replay
from bench.lab import Lab
from bench.peers import Peer
from bench.processes import MEMORY_MEASURE, database_bytes
from bench.stage import HISTORY_POINTS, Stage

CLIENTS = 8
POINTS = payloads.BATCH_KEYS * payloads.BATCH_STEPS
DISK_BATCHES = 100
MOST_BATCHES = 300  # of a round
MOST_REQUESTS = 2_000  # of a client in a round

Better = Literal["lower", "higher"]


@dataclass(frozen=True)
class Goal:
    """`limit`: the worst value that will do, in the row's unit. `times`: how much better than the peer beside us;
    `beside`: than peers after that one, by name.
    """

    limit: float | None = None
    times: float | None = None
    beside: Mapping[str, float] = field(default_factory=dict)

    def over(self, others: Sequence[str]) -> dict[str, float]:
        """How much better than each of the peers that it speaks of; the one beside us is the first of `others`."""
        return ({} if self.times is None else {others[0]: self.times}) | dict(self.beside)


@dataclass(frozen=True)
class Row:
    name: str
    title: str
    unit: str
    better: Better
    how: str
    measure: Callable[[Any, Peer], float]  # with the lab of its suite (bench/suites.py)
    goal: Goal = Goal()
    # How often: `rounds` alternate between the peers, after one that is thrown away; `starts` have no such one.
    times: Literal["rounds", "starts", "once"] = "rounds"
    without: frozenset[str] = frozenset()  # peers that there is nothing to measure of


def start(lab: Lab, peer: Peer) -> float:
    return lab.seconds_to_ready(peer)


def disk(lab: Lab, peer: Peer) -> float:
    empty = lab.empty_bytes(peer)
    with lab.fresh(peer) as server:
        stage = Stage(server, lab.scale.set_size)
        run_id = stage.new_run()
        outcome = drive(server.port, [replay(metric_batches(run_id, DISK_BATCHES))], lab.scale.disk_seconds)
        stage.ask(payloads.end_run(run_id))
    return (database_bytes(server.data) - empty) / (len(outcome.latencies) * POINTS)


def memory(lab: Lab, peer: Peer) -> float:
    return lab.stage(peer).server.memory_mb()


def log_metric(lab: Lab, peer: Peer) -> float:
    return _drive(lab, peer, replay(metric_requests(lab.stage(peer)))).p50_ms


def log_metric_prompt(lab: Lab, peer: Peer) -> float:
    stage = lab.stage(peer)
    clients = [replay(metric_requests(stage))]
    return drive(stage.server.port, clients, lab.scale.seconds, prompt=True).p50_ms


def log_metric_8(lab: Lab, peer: Peer) -> float:
    clients = [replay(metric_requests(lab.stage(peer))) for _ in range(CLIENTS)]
    return _drive(lab, peer, *clients).requests_per_second


def client(lab: Lab, peer: Peer) -> float:
    return lab.official_client_ms(lab.stage(peer).server, "log_metric", calls=round(30 * lab.scale.seconds))


def log_batch(lab: Lab, peer: Peer) -> float:
    batches = metric_batches(lab.stage(peer).new_run(), MOST_BATCHES)
    return _drive(lab, peer, replay(batches)).requests_per_second * POINTS


def history(lab: Lab, peer: Peer) -> float:
    run_id = lab.stage(peer).history_run
    request = payloads.get("metrics/get-history", run_id=run_id, metric_key="series_0")
    outcome = _read(lab, peer, [request])
    check(outcome, "metrics", HISTORY_POINTS)
    return outcome.p50_ms


def get_run(lab: Lab, peer: Peer) -> float:
    requests = [payloads.get("runs/get", run_id=run_id) for run_id in lab.stage(peer).set_runs]
    return _read(lab, peer, requests).p50_ms


def search(lab: Lab, peer: Peer) -> float:
    outcome = _read(lab, peer, [payloads.newest(lab.stage(peer).set_experiment, 100)])
    check(outcome, "runs", 100)
    return outcome.p50_ms


def small_run(lab: Lab, peer: Peer) -> float:
    experiment = lab.stage(peer).experiment
    clients = [payloads.small_runs(experiment, params=20, tags=5) for _ in range(CLIENTS)]
    return _drive(lab, peer, *clients).requests_per_second / 3


def upload(lab: Lab, peer: Peer) -> float:
    stage = lab.stage(peer)
    return transfer.upload(stage.server.port, f"{stage.experiment}/large/written.bin")


def download(lab: Lab, peer: Peer) -> float:
    stage = lab.stage(peer)
    return transfer.download(stage.server.port, stage.large_artifact)


def _drive(lab: Lab, peer: Peer, *clients: Client) -> Outcome:
    return drive(lab.stage(peer).server.port, clients, lab.scale.seconds)


def _read(lab: Lab, peer: Peer, requests: Iterable[bytes]) -> Outcome:
    return _drive(lab, peer, replay(islice(cycle(requests), MOST_REQUESTS)))


def metric_requests(stage: Stage) -> list[bytes]:
    run_id = stage.new_run()
    return [payloads.log_metric(run_id, step) for step in range(MOST_REQUESTS)]


def metric_batches(run_id: str, number: int) -> list[bytes]:
    return [payloads.for_run(batch, run_id) for batch in payloads.log_batches(MOST_BATCHES)[:number]]


def check(outcome: Outcome, field: str, number: int) -> None:
    """A quick answer that lacks something is no answer."""
    found = len(json.loads(outcome.last_answer).get(field, []))
    if found != number:
        raise Refused(f"{found} {field} in the answer instead of {number}")


ROWS = (
    Row(
        "start",
        "server start to ready",
        "s",
        "lower",
        "From the start of the process, on an empty folder, to the first 200 of /health. Modules are compiled, and "
        "the page cache is as the machine has it: a first start after boot takes longer.",
        start,
        Goal(limit=1),
        "starts",
    ),
    Row(
        "disk",
        "bytes a point, sealed",
        "B",
        "lower",
        "One run with 10 series, in log-batches of 1,000 points (100 of them, or as many as the peer takes in the "
        "time); run ended, server stopped, write-ahead log folded in, the empty database's bytes subtracted. Values "
        "are doubles with noise in every bit, the worst to compress.",
        disk,
        Goal(limit=10),
        "once",
    ),
    Row(
        "memory",
        "memory after start",
        "MB",
        "lower",
        f"{MEMORY_MEASURE.upper()} of the whole process tree, once it has come to rest.",
        memory,
        Goal(limit=100),
        "once",
    ),
    Row(
        "log-metric",
        "log-metric, 1 client, p50",
        "ms",
        "lower",
        "One point a request, each round in a new run.",
        log_metric,
    ),
    Row(
        "log-metric-prompt",
        "log-metric, acknowledged at once",
        "ms",
        "lower",
        "The same without the wait for delayed acknowledgements (README.md has why): the work of the server.",
        log_metric_prompt,
    ),
    Row(
        "log-metric-8",
        "log-metric, 8 clients",
        "requests/s",
        "higher",
        "8 connections at once, each with a run of its own.",
        log_metric_8,
    ),
    Row(
        "client",
        "log_metric of the official client",
        "ms",
        "lower",
        "`mlflow.log_metric(key, value, step)` of the stock client, median of the calls of a round.",
        client,
        Goal(times=10),
    ),
    Row(
        "log-batch",
        "log-batch of 1,000 points",
        "points/s",
        "higher",
        "10 series x 100 steps a request, 1 client, each round in a new run.",
        log_batch,
        Goal(limit=200_000),
    ),
    Row(
        "history",
        "history of 10,000 points, p50",
        "ms",
        "lower",
        "metrics/get-history of one series in one page.",
        history,
        Goal(limit=20),
    ),
    Row(
        "get-run",
        "get-run, p50",
        "ms",
        "lower",
        "One run after the other of the set: finished runs with 10 metrics and 10 params each.",
        get_run,
    ),
    Row(
        "search",
        "search newest 100 runs, p50",
        "ms",
        "lower",
        "The first page of the set's experiment, by start time, with all data.",
        search,
    ),
    Row(
        "small-run",
        "small run, 8 clients",
        "runs/s",
        "higher",
        "Create; one log-batch with 10 metrics, 20 params and 5 tags; end: three requests.",
        small_run,
    ),
    Row(
        "upload",
        "upload of 200 MB",
        "MB/s",
        "higher",
        "One artifact through the proxy, until the server has answered.",
        upload,
    ),
    Row(
        "download",
        "download of 200 MB",
        "MB/s",
        "higher",
        "The same artifact back.",
        download,
    ),
    Row(
        "memory-loaded",
        "memory after load",
        "MB",
        "lower",
        "As above, after all the rows before this one.",
        memory,
        times="once",
    ),
)
