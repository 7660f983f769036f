"""What is reckoned from the benchmark's results: the arithmetic, and that the document is what it says."""

from __future__ import annotations

import json

import pytest

from bench.scaling import DOCUMENT, RESULTS, Cost, Postgres, capacity, document, together

LARGE = 10**9


def test_the_document_is_what_the_script_writes_for_the_results_that_are_kept() -> None:
    written = document(json.loads(RESULTS.read_text(encoding="utf-8")))
    assert DOCUMENT.read_text(encoding="utf-8") == written, "run python -m bench.scaling"


@pytest.mark.parametrize(
    ("replicas", "postgres", "rate", "bottleneck"),
    [
        (1, Postgres(LARGE, LARGE), 350, "replicas"),
        (4, Postgres(LARGE, LARGE), 1400, "replicas"),
        (LARGE, Postgres(4, LARGE), 700, "database CPU"),
        (LARGE, Postgres(LARGE, 1500), 700, "IOPS"),
    ],
)
def test_what_is_used_up_first_sets_the_rate(replicas: int, postgres: Postgres, rate: float, bottleneck: str) -> None:
    """0.7 of each thing is planned for. Here each unit of work is 2 ms, 4 ms and 1.5 operations of the disk."""
    cost = Cost(server_ms=2, database_ms=4, wal=4096, writes=2)

    found = capacity(cost, replicas, postgres)

    assert found.rate == pytest.approx(rate)
    assert found.bottleneck == bottleneck


def test_work_that_writes_nothing_never_waits_for_the_disk() -> None:
    assert capacity(Cost(2, 4, 0, 0), 1, Postgres(LARGE, 0)).bottleneck == "replicas"


def test_a_training_costs_what_its_parts_cost() -> None:
    costs = {"a": Cost(1, 2, 3, 1), "b": Cost(10, 20, 30, 0)}

    assert together(costs, {"a": 2, "b": 3}) == Cost(32, 64, 96, 2)
