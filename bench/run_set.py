"""The runs that searches read: what run number N holds, the same in every run of the benchmark."""

from __future__ import annotations

from functools import cache
from random import Random
from typing import NamedTuple

METRICS, PARAMS, CHOICES = 10, 20, 5
BEGAN_MS = 1_760_000_000_000
PAGES = 50  # into which the set is divided


class SetRun(NamedTuple):
    """`metrics`: the latest values, from 0 to 1. No two runs begin in the same millisecond."""

    started_ms: int
    metrics: dict[str, float]
    params: dict[str, str]


def set_run(number: int) -> SetRun:
    random = Random(number)
    metrics = {f"metric_{n}": random.random() for n in range(METRICS)}
    params = {f"param_{n}": f"value {int(random.random() * CHOICES)}" for n in range(PARAMS)}
    return SetRun(BEGAN_MS + number, metrics, params)


FILTER = "metrics.metric_3 > 0.5 AND params.param_1 = 'value 1'"


@cache
def chosen(size: int) -> int:
    """How many of the first `size` runs FILTER chooses: a tenth of them."""
    runs = (set_run(number) for number in range(size))
    return sum(run.metrics["metric_3"] > 0.5 and run.params["param_1"] == "value 1" for run in runs)
