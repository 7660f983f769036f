"""Old points are thinned by the rule of their experiment; what is said of a run stays as it was."""

from __future__ import annotations

import asyncio
import math

import pytest

from tests.store.made import make_experiment, make_run, text_of_all_tables, update_run
from tests.store.metric_runs import log_points
from trackline.db.database import Database
from trackline.db.transaction import Transaction
from trackline.domain.entities import Metric
from trackline.domain.retention import Retention
from trackline.jobs.retention import Done, apply_rules, look_at_rules
from trackline.store import thinning
from trackline.store.histories import history
from trackline.store.logging import log_batch
from trackline.store.moving_runs import copy_runs
from trackline.store.retention import set_retention
from trackline.store.runs import RunChange, run_number
from trackline.store.thinning import look_at_points, runs_to_thin, thin_run

VALUES = [math.sin(step) for step in range(5000)]
VALUES[1234], VALUES[2345], VALUES[3456], VALUES[4567] = 7.0, -7.0, math.nan, math.inf


def ended(tx: Transaction, uuid: str, end_ms: int = 2) -> int:
    """A run with a long series, twenty of 300 points and one of 30, some in blocks of their own and some in others."""
    make_run(tx, "1", uuid)
    number = run_number(tx, uuid)
    log_points(tx, number, [Metric("long", value, step, step) for step, value in enumerate(VALUES)])
    for key in range(20):
        log_points(tx, number, [Metric(f"m{key}", float(step), step, step) for step in range(300)])
    log_points(tx, number, [Metric("short", float(step), step, step) for step in range(30)])
    update_run(tx, uuid, RunChange("FINISHED", end_ms))
    return number


@pytest.fixture
def tx(store_tx: Transaction) -> Transaction:
    """With experiment 1, whose points are thinned."""
    make_experiment(store_tx, "e")
    set_retention(store_tx, "1", Retention(thin_after_days=1, thin_to=100))
    return store_tx


def summaries(tx: Transaction) -> list[tuple[object, ...]]:
    return tx.rows(
        "SELECT run_id, key_id, step, timestamp_ms, value, min_value, max_value, points FROM metric_summaries "
        "ORDER BY run_id, key_id"
    )


def stored(tx: Transaction) -> int:
    return int(tx.rows("SELECT sum(points) FROM metric_blocks")[0][0])


def applied(tx: Transaction, run: int) -> int:
    gone = 0
    while (points := thin_run(tx, 1, run)) is not None:
        gone += points
    return gone


def test_extremes_ends_and_marks_stay_exactly_and_so_do_summaries(tx: Transaction) -> None:
    run = ended(tx, "r")
    before, blocks = summaries(tx), tx.rows("SELECT count(*), sum(length(payload)) FROM metric_blocks")[0]

    planned = look_at_points(tx, 1, runs_to_thin(tx, 1, 0, 10))
    gone = applied(tx, run)

    found = history(tx, run, "long")
    points = dict(zip(found.steps.tolist(), found.values.tolist(), strict=True))
    assert planned.points == 4900 + 20 * 200 <= gone == 5000 + 20 * 300 + 30 - stored(tx)
    assert planned.bytes > 1000
    assert all(50 <= len(history(tx, run, key).steps) <= 100 for key in ("long", "m7"))
    assert history(tx, run, "short").values.tolist() == [float(step) for step in range(30)]
    assert [repr(points[step]) for step in (0, 1234, 2345, 3456, 4567, 4999)] == [
        repr(VALUES[step]) for step in (0, 1234, 2345, 3456, 4567, 4999)
    ]
    assert all(repr(value) == repr(VALUES[step]) for step, value in points.items())
    assert max(b - a for a, b in zip(found.steps[:-1], found.steps[1:], strict=True)) < 5000 // 10
    assert summaries(tx) == before
    now = tx.rows("SELECT count(*), sum(length(payload)) FROM metric_blocks")[0]
    assert now[0] < blocks[0]
    assert now[1] < blocks[1] / 3


def test_what_was_thinned_is_not_thinned_again_and_takes_more(tx: Transaction) -> None:
    run = ended(tx, "r")
    applied(tx, run)
    assert runs_to_thin(tx, 1, 0, 10) == []
    thinned = len(history(tx, run, "m0").steps)
    update_run(tx, "r", RunChange("RUNNING"))
    log_batch(tx, "r", [Metric("m0", 1.0, 1000 + step, 1000 + step) for step in range(50)], [], [])
    update_run(tx, "r", RunChange("FINISHED", 3))
    before = text_of_all_tables(tx)
    assert (runs_to_thin(tx, 1, 0, 10), thin_run(tx, 1, run)) == ([], None)
    assert text_of_all_tables(tx) == before
    assert len(history(tx, run, "m0").steps) == thinned + 50
    set_retention(tx, "1", Retention(thin_after_days=1, thin_to=200))
    assert runs_to_thin(tx, 1, 0, 10) == []


def test_a_copy_of_a_thinned_run_is_thinned(tx: Transaction) -> None:
    applied(tx, ended(tx, "r"))
    copy_runs(tx, {"r": "copy"}, "1")
    assert runs_to_thin(tx, 1, 0, 10) == []


def test_young_runs_and_those_that_go_on_keep_all(tx: Transaction) -> None:
    young, going = ended(tx, "young", tx.now_ms - 3_600_000), ended(tx, "going")
    update_run(tx, "going", RunChange("RUNNING"))
    assert runs_to_thin(tx, 1, 0, 10) == []
    assert thin_run(tx, 1, going) is None
    set_retention(tx, "1", Retention(1, "long", "min"))
    assert thin_run(tx, 1, young) is None


def test_it_goes_on_where_it_was_stopped(tx: Transaction, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thinning, "AT_ONCE", 700)
    run = ended(tx, "r")
    slices = [thin_run(tx, 1, run), thin_run(tx, 1, run)]
    lengths = [len(history(tx, run, key).steps) for key in ("long", "m0", "m1", "m2")]
    assert slices == [5000 - lengths[0], 600 - lengths[1] - lengths[2]]
    assert (lengths[3], runs_to_thin(tx, 1, 0, 10)) == (300, [run])
    assert applied(tx, run) >= 18 * 200
    assert (len(history(tx, run, "m2").steps) <= 100, runs_to_thin(tx, 1, 0, 10)) == (True, [])


def test_the_rules_of_all_experiments_are_looked_at_and_applied(database: Database) -> None:
    def make(tx: Transaction) -> None:
        make_experiment(tx, "e")
        for number in range(3):
            ended(tx, f"run {number}")
            log_batch(tx, f"run {number}", [Metric("best", float(number), 0, 0)], [], [])
        set_retention(tx, "1", Retention(2, "best", "min", 1, 100))

    async def scenario() -> None:
        await database.write(make)
        before = await database.read(text_of_all_tables)
        planned = await look_at_rules(database)
        assert await database.read(text_of_all_tables) == before
        told: list[tuple[str, int]] = []
        done = await apply_rules(database, lambda what, count: told.append((what, count)))
        again = await apply_rules(database)
        assert (planned.runs, planned.points, planned.points_bytes > 1000) == (1, 3 * 8900, True)
        assert (done.runs, told) == (1, [("runs", 1), *[("points", done.points // 2)] * 2])
        assert again == Done()

    asyncio.run(scenario())
