from __future__ import annotations

import asyncio
import random
from pathlib import Path
from typing import Any

import pytest

from tests.domain.points import Point, as_points
from tests.store.made import text_of_all_tables
from tests.store.metric_runs import add_runs, batch, blocks, curve, log_points, logged_points
from trackline.db.database import Database
from trackline.db.sqlite import SqliteTransaction, connect
from trackline.db.transaction import Transaction
from trackline.store.histories import history
from trackline.store.keys import intern_keys
from trackline.store.metric_sizes import Sizes
from trackline.store.metrics import seal_run

SMALL = Sizes(log=4, tiers=(16, 64), block=16, long=12)


@pytest.fixture
def run(store_tx: Transaction) -> int:
    return add_runs(store_tx, 1)[0]


def log_steps(tx: Transaction, run_id: int, keys: str, steps: range) -> None:
    """A point of each key at each step, a batch a step."""
    for step in steps:
        points = curve(step, step + 1)
        log_points(tx, run_id, [metric for key in keys for metric in batch(key, points)], SMALL)


def test_a_run_keeps_its_last_points_in_the_log_until_there_are_enough(store_tx: Transaction, run: int) -> None:
    log_steps(store_tx, run, "a", range(3))
    assert (logged_points(store_tx, run), blocks(store_tx, run)) == (3, [])

    log_steps(store_tx, run, "a", range(3, 4))
    assert logged_points(store_tx, run) == 0
    assert [(tier, points) for tier, _, _, points in blocks(store_tx, run)] == [(1, 4)]


def test_the_log_of_one_run_is_not_touched_by_the_sealing_of_another(store_tx: Transaction) -> None:
    one, other = add_runs(store_tx, 2)
    log_steps(store_tx, one, "a", range(3))
    log_steps(store_tx, other, "a", range(40))

    assert logged_points(store_tx, one) == 3
    assert as_points(history(store_tx, one, "a")) == curve(0, 3)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (3, [(1, 4)] * 3),
        (4, [(2, 16)]),
        (15, [(2, 16)] * 3 + [(1, 4)] * 3),
        (16, [(3, 16)] * 4),
        (21, [(3, 16)] * 4 + [(2, 16)] + [(1, 4)]),
    ],
)
def test_a_full_tier_moves_on_as_a_whole(
    store_tx: Transaction, run: int, steps: int, expected: list[tuple[int, int]]
) -> None:
    log_steps(store_tx, run, "abcd", range(steps))

    assert [(tier, points) for tier, _, _, points in blocks(store_tx, run)] == expected


def test_full_tiers_are_merged_into_the_next_and_the_last_one_stays(store_tx: Transaction, run: int) -> None:
    seen = set()
    finished: list[Any] = []
    for step in range(100):
        log_steps(store_tx, run, "abcd", range(step, step + 1))
        tiers = {tier for tier, *_ in blocks(store_tx, run)}
        seen |= tiers
        last = store_tx.rows("SELECT * FROM metric_blocks WHERE tier = 3 ORDER BY id")
        assert last[: len(finished)] == finished
        finished = last
        for tier, room in ((1, 16), (2, 64)):
            assert sum(points for other, _, _, points in blocks(store_tx, run) if other == tier) < room

    assert seen == {1, 2, 3}
    assert [as_points(history(store_tx, run, key)) for key in "abcd"] == [curve(0, 100)] * 4


def test_no_block_is_larger_than_allowed_and_long_series_share_with_none(store_tx: Transaction, run: int) -> None:
    metrics = [*batch("long", curve(0, 30)), *batch("short", curve(0, 11)), *batch("shorter", curve(0, 3))]
    intern_keys(store_tx, ["long", "short", "shorter"])  # only neighbours can share a block
    random.Random(0).shuffle(metrics)
    log_points(store_tx, run, metrics, SMALL)

    kept = blocks(store_tx, run)
    (long_key,) = store_tx.rows("SELECT id FROM keys WHERE name = 'long'")[0]
    assert max(points for *_, points in kept) <= 16
    of_the_long = [row for row in kept if row[1] <= long_key <= row[2]]
    assert of_the_long == [(3, long_key, long_key, 15)] * 2
    assert sorted((tier, points) for tier, first, _, points in kept if first != long_key) == [(2, 14)]


def test_very_many_short_series_share_few_rows(store_tx: Transaction, run: int) -> None:
    for step in range(3):
        points = curve(step, step + 1)
        log_points(store_tx, run, [metric for key in range(3000) for metric in batch(f"unit{key}", points)])
    seal_run(store_tx, run)

    assert len(blocks(store_tx, run)) == 3
    assert as_points(history(store_tx, run, "unit1234")) == curve(0, 3)


def test_the_end_of_a_run_leaves_nothing_in_the_log_and_as_few_blocks_as_can_be(
    store_tx: Transaction, run: int
) -> None:
    log_steps(store_tx, run, "ab", range(7))
    seal_run(store_tx, run, SMALL)

    assert logged_points(store_tx, run) == 0
    assert [points for *_, points in blocks(store_tx, run)] == [14]
    assert [as_points(history(store_tx, run, key)) for key in "ab"] == [curve(0, 7)] * 2


def test_ending_a_run_again_changes_nothing(store_tx: Transaction, run: int) -> None:
    log_steps(store_tx, run, "ab", range(7))
    seal_run(store_tx, run, SMALL)
    before = store_tx.rows("SELECT * FROM metric_blocks")
    seal_run(store_tx, run, SMALL)

    assert store_tx.rows("SELECT * FROM metric_blocks") == before


def test_a_run_without_metrics_can_end(store_tx: Transaction, run: int) -> None:
    seal_run(store_tx, run)

    assert blocks(store_tx, run) == []


def test_a_run_that_is_taken_up_again_and_again_does_not_fray(store_tx: Transaction, run: int) -> None:
    for step in range(200):
        log_steps(store_tx, run, "ab", range(step, step + 1))
        seal_run(store_tx, run, SMALL)

    assert len(blocks(store_tx, run)) < 40
    assert [as_points(history(store_tx, run, key)) for key in "ab"] == [curve(0, 200)] * 2


def test_points_go_when_their_run_goes(store_tx: Transaction, run: int) -> None:
    log_steps(store_tx, run, "ab", range(21))
    assert blocks(store_tx, run) and logged_points(store_tx, run)

    store_tx.execute("DELETE FROM runs WHERE id = :run_id", {"run_id": run})

    for table in ("metric_summaries", "metric_log", "metric_blocks"):
        assert store_tx.rows(f"SELECT * FROM {table}") == []


class Interrupted(Exception):
    pass


def log_then_fail(tx: Transaction, run_id: int, count: int) -> None:
    log_points(tx, run_id, batch("loss", curve(300, 300 + count)))
    raise Interrupted


@pytest.mark.parametrize("count", [1, 100, 5000, 70_000])  # into the log, into a block, a merge, the last tier
def test_an_interrupted_request_leaves_nothing(database: Database, count: int) -> None:
    async def scenario() -> None:
        (run_id,) = await database.write(add_runs, 1)
        await database.write(log_points, run_id, batch("loss", curve(0, 300)))
        await database.write(log_points, run_id, batch("loss", curve(200, 400)))
        before = await database.read(text_of_all_tables)
        with pytest.raises(Interrupted):
            await database.write(log_then_fail, run_id, count)
        assert await database.read(text_of_all_tables) == before

    asyncio.run(scenario())


@pytest.mark.parametrize("batch_size", [1, 1000])
def test_ten_thousand_noisy_points_take_at_most_ten_bytes_each_on_the_disk(
    database_file: Path, batch_size: int
) -> None:
    connection = connect(database_file)
    tx = SqliteTransaction(connection, now_ms=0)
    (run_id,) = add_runs(tx, 1)
    noise = random.Random(0)
    points = [Point(step, time + noise.randrange(40), noise.gauss(1, 0.1)) for step, time, _ in curve(0, 10_000)]
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = database_file.stat().st_size
    for group in range(0, len(points), 2000):
        connection.execute("BEGIN")
        for start in range(group, group + 2000, batch_size):
            log_points(tx, run_id, batch("loss", points[start : start + batch_size]))
        connection.execute("COMMIT")
    seal_run(tx, run_id)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()

    assert database_file.stat().st_size - before <= 10 * len(points)
