from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.databases import Engine
from tests.domain.points import Point, any_point, as_history, as_points, identities
from tests.store.metric_runs import add_runs, batch, curve, log_points
from trackline.db.transaction import Transaction
from trackline.domain.entities import Metric
from trackline.store.histories import histories, history
from trackline.store.metric_sizes import Sizes
from trackline.store.metric_summaries import latest
from trackline.store.metrics import seal_run

SMALL = Sizes(log=4, tiers=(10, 30), block=8, long=6)
KEYS = ("a", "b", "c")
RUNS = 2


class Log(NamedTuple):
    run: int
    points: list[tuple[str, Point]]


class LogAgain(NamedTuple):
    """Send the `back`-th batch from the end once more."""

    back: int


class End(NamedTuple):
    run: int


runs = st.integers(0, RUNS - 1)
stored_values = any_point().map(lambda point: point._replace(value=point.value + 0.0))
batches = st.builds(Log, runs, st.lists(st.tuples(st.sampled_from(KEYS), stored_values), min_size=1, max_size=25))
days = st.lists(batches | batches | st.builds(LogAgain, st.integers(1, 4)) | st.builds(End, runs), max_size=12)


@pytest.fixture(scope="module")
def shared_tx(engine: Engine) -> Iterator[Transaction]:
    """One open transaction for all examples of a property: each takes back what it did."""
    with engine.transaction() as tx:
        yield tx


@given(days=days)
def test_whatever_is_logged_sent_again_and_sealed_reads_as_a_plain_list_would(
    shared_tx: Transaction, days: list[Log | LogAgain | End]
) -> None:
    shared_tx.execute("SAVEPOINT example")
    try:
        numbers = add_runs(shared_tx, RUNS)
        model = _live_through(shared_tx, numbers, days)
        for run, run_id in enumerate(numbers):
            for key in KEYS:
                logged = [point for other, point in model[run] if other == key]
                assert identities(as_points(history(shared_tx, run_id, key))) == identities(as_history(logged))
        assert _comparable(latest(shared_tx, numbers)) == _comparable(_latest_of(model, numbers))
    finally:
        shared_tx.changed("ROLLBACK TO example")  # now: others wait for what it holds


def _live_through(
    tx: Transaction, numbers: list[int], days: list[Log | LogAgain | End]
) -> list[list[tuple[str, Point]]]:
    """The points that each run was sent."""
    model: list[list[tuple[str, Point]]] = [[] for _ in numbers]
    sent: list[Log] = []
    for day in days:
        if isinstance(day, End):
            seal_run(tx, numbers[day.run], SMALL)
            continue
        if isinstance(day, LogAgain) and day.back > len(sent):
            continue
        log = sent[-day.back] if isinstance(day, LogAgain) else day
        sent.append(log)
        model[log.run] += log.points
        metrics = [Metric(key, point.value, point.timestamp, point.step) for key, point in log.points]
        log_points(tx, numbers[log.run], metrics, SMALL)
    return model


def _latest_of(model: list[list[tuple[str, Point]]], numbers: list[int]) -> list[tuple[int, str, float, int, int]]:
    found = []
    for run_id, logged in zip(numbers, model, strict=True):
        for key in sorted({key for key, _ in logged}):
            point = max((point for other, point in logged if other == key), key=_recency)
            found.append((run_id, key, point.value, point.timestamp, point.step))
    return found


def _recency(point: Point) -> tuple[int, int, float]:
    return point.step, point.timestamp, 0.0 if math.isnan(point.value) else point.value


def _comparable(rows: list[tuple[int, str, float, int, int]]) -> list[tuple[object, ...]]:
    return [tuple("NaN" if isinstance(part, float) and math.isnan(part) else part for part in row) for row in rows]


@pytest.fixture
def run(store_tx: Transaction) -> int:
    return add_runs(store_tx, 1)[0]


def test_a_metric_that_was_never_logged_has_an_empty_history(store_tx: Transaction, run: int) -> None:
    log_points(store_tx, run, batch("loss", curve(0, 3)))

    assert as_points(history(store_tx, run, "accuracy")) == []
    assert as_points(history(store_tx, run + 1, "loss")) == []
    assert latest(store_tx, [run + 1]) == []


@pytest.mark.parametrize("count", [1, 255, 256, 1000, 4097, 70_000])
def test_a_batch_may_have_any_number_of_points(store_tx: Transaction, run: int, count: int) -> None:
    log_points(store_tx, run, batch("loss", curve(0, count)))

    assert as_points(history(store_tx, run, "loss")) == curve(0, count)
    assert [(key, step) for _, key, _, _, step in latest(store_tx, [run])] == [("loss", count - 1)]


def test_points_that_come_one_by_one_are_all_there(store_tx: Transaction, run: int) -> None:
    for point in curve(0, 5000):
        log_points(store_tx, run, batch("loss", [point]))

    assert as_points(history(store_tx, run, "loss")) == curve(0, 5000)


def test_hundreds_of_metrics_keep_their_points_apart(store_tx: Transaction, run: int) -> None:
    keys = [f"layer{number}" for number in range(400)]
    wanted = {
        key: [point._replace(value=float(number * 100 + point.step)) for point in curve(0, 30)]
        for number, key in enumerate(keys)
    }
    for step in range(30):
        log_points(store_tx, run, [metric for key in keys for metric in batch(key, wanted[key][step : step + 1])])
    seal_run(store_tx, run)

    assert {key: as_points(history(store_tx, run, key)) for key in keys} == wanted
    assert [row[1:] for row in latest(store_tx, [run])] == [
        (key, wanted[key][-1].value, wanted[key][-1].timestamp, 29) for key in sorted(keys)
    ]


def test_late_points_find_their_place_between_sealed_ones(store_tx: Transaction, run: int) -> None:
    points = curve(0, 12_000)
    early, late = [p for p in points if p.step % 3], [p for p in points if p.step % 3 == 0]
    for start in range(0, len(early), 1000):
        log_points(store_tx, run, batch("loss", early[start : start + 1000]))
    log_points(store_tx, run, batch("loss", reversed(late)))

    assert as_points(history(store_tx, run, "loss")) == points


def test_infinity_and_nan_come_back_as_they_were_and_minus_zero_as_zero(store_tx: Transaction, run: int) -> None:
    values = [math.inf, -math.inf, math.nan, -0.0]
    points = [Point(step, step, value) for step, value in enumerate(values)]
    log_points(store_tx, run, [metric for key in "abcd" for metric in batch(key, points[: "abcd".index(key) + 1])])

    expected = ["inf", "-inf", "nan", "0.0"]
    assert [str(value) for value in history(store_tx, run, "d").values.tolist()] == expected
    assert [str(value) for _, _, value, _, _ in latest(store_tx, [run])] == expected


def test_the_summary_knows_extremes_and_number_for_search(store_tx: Transaction, run: int) -> None:
    for values in ([3.0, math.nan], [-2.0, math.inf], [1.0]):
        log_points(store_tx, run, batch("loss", [Point(0, 0, value) for value in values]))
    log_points(store_tx, run, batch("broken", [Point(0, 0, math.nan)]))

    rows = store_tx.rows("SELECT min_value, max_value, points, value FROM metric_summaries ORDER BY key_id")
    assert rows == [(-2.0, math.inf, 5, math.inf), (None, None, 1, None)]


def test_a_point_sent_twice_counts_once_when_the_run_has_ended(store_tx: Transaction, run: int) -> None:
    for _ in range(2):
        log_points(store_tx, run, batch("loss", curve(0, 100)))
    log_points(store_tx, run, batch("loss", curve(50, 150)) + batch("accuracy", curve(0, 10)))
    seal_run(store_tx, run)

    counts = store_tx.rows("SELECT name, points FROM metric_summaries JOIN keys ON keys.id = key_id ORDER BY name")
    assert counts == [("accuracy", 10), ("loss", 150)]


def test_histories_of_many_runs_are_read_together(store_tx: Transaction) -> None:
    numbers = add_runs(store_tx, 20)
    for run_id in numbers[1:]:
        log_points(store_tx, run_id, batch("loss", curve(run_id, run_id + 300)) + batch("other", curve(0, 9)))
        log_points(store_tx, run_id, batch("loss", curve(run_id + 300, run_id + 310)))
    before = store_tx.statements

    found = histories(store_tx, numbers, "loss")

    assert store_tx.statements - before <= 3
    assert as_points(found[numbers[0]]) == []
    for run_id in numbers[1:]:
        assert as_points(found[run_id]) == curve(run_id, run_id + 310)


def test_the_number_of_statements_does_not_grow_with_the_points(store_tx: Transaction, run: int) -> None:
    keys = [f"metric{number}" for number in range(1000)]
    first = _statements_of_a_batch(store_tx, run, keys, 0)
    later = [_statements_of_a_batch(store_tx, run, keys, step) for step in range(1, 80)]
    single = _statements_of_a_batch(store_tx, run, keys[:1], 80)

    assert single <= 4
    assert sorted(set(later)) == [4, 5]  # 5 when tiers are merged
    assert first <= 8  # new names are interned; without any known one, the size of the log is asked apart


def _statements_of_a_batch(tx: Transaction, run_id: int, keys: list[str], step: int) -> int:
    before = tx.statements
    log_points(tx, run_id, [Metric(key, float(step), step, step) for key in keys])
    return tx.statements - before - 1  # which finds the run
