"""What a database says of itself, on each database."""

from __future__ import annotations

from tests.store.made import make_experiment, make_run
from trackline.db.transaction import Transaction
from trackline.domain.entities import Metric
from trackline.domain.status import Waiting
from trackline.store.logging import log_batch
from trackline.store.status import read_status


def test_it_counts_what_it_holds_and_knows_its_size_and_version(store_tx: Transaction) -> None:
    before = read_status(store_tx).counts
    run = make_run(store_tx, make_experiment(store_tx, "counted"))
    log_batch(store_tx, run, [Metric("loss", 1.0 / step, 0, step) for step in range(1, 4)], [], [])

    now = read_status(store_tx)

    assert (now.counts.experiments, now.counts.runs) == (before.experiments + 1, before.runs + 1)
    assert (now.counts.metrics, now.counts.points) == (before.metrics + 1, before.points + 3)
    assert now.waiting == Waiting(0, 0)
    assert now.size > 0
    assert now.version[0].isdigit()
