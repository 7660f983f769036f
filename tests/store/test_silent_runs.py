"""When a run was last heard of, and what becomes of one that is silent."""

from __future__ import annotations

import pytest

from tests.databases import NOW_MS
from tests.store.made import get_run, make_experiment, make_run, update_run
from trackline.db.transaction import Transaction
from trackline.domain.entities import Metric, Tag
from trackline.store.logging import log_batch
from trackline.store.run_page import read_run_page
from trackline.store.runs import SEEN_EVERY_MS, RunChange, delete_run
from trackline.store.silent_runs import SILENT_TAG, fail_silent_runs

HOUR = 3_600_000


@pytest.fixture
def run(store_tx: Transaction) -> str:
    return make_run(store_tx, make_experiment(store_tx, "e"))


def logged(tx: Transaction, run: str) -> int:
    """How many statements it took."""
    before = tx.statements
    log_batch(tx, run, [Metric("loss", 1.0, 5, 0)], [], [])
    return tx.statements - before


def test_a_run_is_seen_when_something_is_logged_by_the_clock_of_the_server(store_tx: Transaction, run: str) -> None:
    logged(store_tx, run)
    assert read_run_page(store_tx, run).last_seen == NOW_MS
    store_tx.now_ms += SEEN_EVERY_MS + 1
    logged(store_tx, run)
    assert read_run_page(store_tx, run).last_seen == NOW_MS + SEEN_EVERY_MS + 1


def test_noting_it_costs_one_statement_now_and_then(store_tx: Transaction, run: str) -> None:
    logged(store_tx, run)
    usual = logged(store_tx, run)
    store_tx.now_ms += SEEN_EVERY_MS + 1
    assert [logged(store_tx, run) for _ in range(3)] == [usual + 1, usual, usual]


def test_a_silent_run_has_failed_when_it_was_last_heard_of(store_tx: Transaction, run: str) -> None:
    store_tx.now_ms += 2 * HOUR + 1
    make_run(store_tx, "1", "lively")

    assert fail_silent_runs(store_tx, 2 * HOUR) == 1
    assert fail_silent_runs(store_tx, 2 * HOUR) == 0

    found = get_run(store_tx, run)
    assert (found.info.status, found.info.end_time) == ("FAILED", NOW_MS)
    assert Tag(SILENT_TAG, "2023-11-14T22:13:20+00:00") in found.data.tags
    assert get_run(store_tx, "lively").info.status == "RUNNING"


def test_what_has_ended_or_lies_in_the_trash_is_left_alone(store_tx: Transaction, run: str) -> None:
    make_run(store_tx, "1", "gone")
    delete_run(store_tx, "gone")
    update_run(store_tx, run, RunChange("FINISHED", NOW_MS))
    store_tx.now_ms += 10 * HOUR

    assert fail_silent_runs(store_tx, HOUR) == 0


def test_a_run_that_speaks_up_again_is_what_it_says_it_is(store_tx: Transaction, run: str) -> None:
    store_tx.now_ms += 2 * HOUR
    fail_silent_runs(store_tx, HOUR)
    logged(store_tx, run)
    update_run(store_tx, run, RunChange("FINISHED", store_tx.now_ms))

    found = get_run(store_tx, run)
    assert (found.info.status, len(found.data.metrics)) == ("FINISHED", 1)
