"""What a row of the benchmark is, and what the rows of several groups share in measuring."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import cycle, islice
from typing import Any, Literal

from bench import payloads
from bench.driver import Outcome, Refused, replay
from bench.peers import Peer
from bench.stage import Stage

CLIENTS = 8
POINTS = payloads.BATCH_KEYS * payloads.BATCH_STEPS
MOST_BATCHES = 300  # of a round
MOST_REQUESTS = 2_000  # of a client in a round

Better = Literal["lower", "higher"]


@dataclass(frozen=True)
class Goal:
    """`limit`: the worst value that will do, in the row's unit. `over`: how many times better than peers, by name."""

    limit: float | None = None
    over: Mapping[str, float] = field(default_factory=dict)


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
    without: Mapping[str, str] = field(default_factory=dict)  # peers that there is nothing to measure of, and why


def than_fasttrackml(times: float) -> Goal:
    return Goal(over={"FastTrackML": times})


def read(stage: Stage, *requests: bytes) -> Outcome:
    """One client, these requests again and again."""
    return stage.drive(replay(islice(cycle(requests), MOST_REQUESTS)))


def metric_requests(run_id: str, first_step: int = 0) -> list[bytes]:
    return [payloads.log_metric(run_id, step) for step in range(first_step, first_step + MOST_REQUESTS)]


def metric_batches(run_id: str, number: int) -> Iterable[bytes]:
    """Of 1,000 points each."""
    return [payloads.for_run(batch, run_id) for batch in payloads.log_batches(MOST_BATCHES)[:number]]


def check(outcome: Outcome, name: str, number: int) -> None:
    """A quick answer that lacks something is no answer."""
    found = len(json.loads(outcome.last_answer).get(name, []))
    if found != number:
        raise Refused(f"{found} {name} in the answer instead of {number}")
