"""The benchmark's own arithmetic and tables; measuring itself is no test."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from bench.driver import Outcome
from bench.payloads import BATCH_KEYS, BATCH_STEPS, for_run, log_batches
from bench.picture import svg
from bench.report import as_json, cells, from_json, markdown, number
from bench.results import CannotMerge, Report, Result, merged
from bench.rows import Better, Goal, Row
from bench.run_set import chosen
from bench.suites import ARTIFACTS, POSTGRES, TRACKING, Suite


def row(better: Better = "lower", **goal: Any) -> Row:
    return Row("work", "some work", "ms", better, "how", lambda _lab, _peer: 0.0, Goal(**goal))


def report(*results: Result) -> Report:
    return Report({"date": "today"}, {"Ours": "Ours 1", "Theirs": "Theirs 2"}, list(results))


def test_a_figure_is_the_median_of_its_rounds() -> None:
    result = Result(row(), {"Ours": [9.0, 1.0, 2.0]})

    assert result.median("Ours") == 2.0


def test_a_peer_that_failed_in_a_round_has_no_figure() -> None:
    result = Result(row(), {"Ours": [1.0], "Theirs": [2.0]}, {"Theirs": "500"})

    assert result.median("Theirs") is None
    assert result.times_better("Ours", "Theirs") is None


@pytest.mark.parametrize(("better", "times"), [("lower", 4.0), ("higher", 0.25)])
def test_the_ratio_is_above_one_where_ours_is_better(better: Better, times: float) -> None:
    result = Result(row(better), {"Ours": [2.0], "Theirs": [8.0]})

    assert result.times_better("Ours", "Theirs") == times


@pytest.mark.parametrize(
    ("measured", "reached"),
    [
        (row(), None),
        (row(limit=2), True),
        (row(limit=1.9), False),
        (row("higher", limit=2), True),
        (row("higher", limit=2.1), False),
        (row(over={"Theirs": 4}), True),
        (row(over={"Theirs": 4.1}), False),
        (row(limit=2, over={"Theirs": 4.1}), False),
        (row(over={"Theirs": 4, "Nobody": 0.5}), True),
        (row(over={"Theirs": 4, "Nobody": 0.6}), False),
    ],
)
def test_a_goal_is_reached_when_all_it_asks_for_holds(measured: Row, reached: bool | None) -> None:
    result = Result(measured, {"Ours": [2.0], "Theirs": [8.0], "Nobody": [1.0]})

    assert result.reached("Ours") is reached


def test_a_goal_for_what_could_not_be_measured_is_not_reached() -> None:
    failed = {"Ours": "it died"}

    assert Result(row(limit=2), failures=failed).reached("Ours") is False
    assert Result(row(over={"Theirs": 2}), failures=failed).reached("Ours") is False


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.01234, "0.012"), (1.234, "1.23"), (12.34, "12.3"), (123.4, "123"), (12345.6, "12,346")],
)
def test_numbers_keep_the_digits_that_count(value: float, text: str) -> None:
    assert number(value) == text


def test_the_table_shows_medians_spread_ratio_and_goal() -> None:
    result = Result(row(limit=3), {"Ours": [1.0, 2.0, 3.0], "Theirs": [8.0]})

    line = ["some work", "ms", "2.00 (1.00 to 3.00)", "8.00", "4.00 x", "≤ 3 ms", "yes"]

    assert cells(report(result), result) == line
    assert f"| {' | '.join(line)} |  |" in markdown(report(result), "picture.svg").splitlines()


def test_what_failed_is_named_with_its_reason() -> None:
    failed = Result(row(over={"Theirs": 2}), {"Ours": [1.0]}, {"Theirs": "Died: it did not start:\na log\nits end"})

    assert cells(report(failed), failed)[3:] == ["failed", "", "≥ 2 x Theirs", "no"]
    assert "- some work, Theirs: Died: it did not start: its end" in markdown(report(failed), "p.svg").splitlines()


def test_a_peer_that_is_left_out_has_an_empty_cell_and_a_reason() -> None:
    result = Result(row(), {"Ours": [1.0]}, left_out={"Theirs": "it has no such thing"})

    assert cells(report(result), result)[3:5] == ["", ""]
    assert "- some work, Theirs: it has no such thing" in markdown(report(result), "p.svg").splitlines()


def test_what_is_measured_again_takes_the_place_of_what_was_and_keeps_its_own_date() -> None:
    rows = [replace(row(), name=name) for name in ("first", "second", "third")]
    earlier = report(*(Result(one, {"Ours": [1.0]}, taken="monday") for one in rows[:2]))
    now = report(Result(rows[1], {"Ours": [2.0]}, taken="friday"))

    both = merged(from_json(as_json(earlier), rows), now, rows)

    assert [(one.row.name, one.samples["Ours"], one.taken) for one in both.results] == [
        ("first", [1.0], "monday"),
        ("second", [2.0], "friday"),
    ]


def test_figures_of_other_programs_or_another_machine_are_not_mixed_in() -> None:
    now = report()

    for other in (replace(now, peers={"Ours": "Ours 2"}), replace(now, facts={"machine": "a larger one"})):
        with pytest.raises(CannotMerge):
            merged(other, now, [])


def test_the_json_has_every_sample() -> None:
    result = Result(row(limit=3), {"Ours": [1.5, 2.5], "Theirs": [8.0]})

    written = json.loads(as_json(report(result)))

    assert written["rows"][0]["samples"] == {"Ours": [1.5, 2.5], "Theirs": [8.0]}
    assert written["rows"][0]["reached"] is True


def test_the_picture_has_a_bar_for_each_ratio_and_its_length_is_the_logarithm() -> None:
    results = [Result(row(), {"Ours": [1.0], "Theirs": [theirs]}) for theirs in (10.0, 100.0)]
    unmeasured = Result(row(), {"Ours": [1.0]})

    picture = ET.fromstring(svg(report(*results, unmeasured)))  # noqa: S314 our own picture

    bars = [bar for bar in picture.iter("{http://www.w3.org/2000/svg}rect") if bar.get("rx")]
    lengths = [float(bar.get("width", "")) for bar in bars]
    assert lengths[1] == pytest.approx(2 * lengths[0], abs=0.2)


def test_a_batch_has_a_thousand_points_and_no_two_batches_are_alike() -> None:
    """A server may drop a batch that it has seen before, which would make it look quick."""
    batches = [for_run(batch, "a" * 32) for batch in log_batches(3)]

    bodies = [json.loads(batch.partition(b"\r\n\r\n")[2]) for batch in batches]
    points = {(point["key"], point["step"]) for body in bodies for point in body["metrics"]}

    assert [len(body["metrics"]) for body in bodies] == [BATCH_KEYS * BATCH_STEPS] * 3
    assert len(points) == 3 * BATCH_KEYS * BATCH_STEPS
    assert {body["run_id"] for body in bodies} == {"a" * 32}


def test_the_rate_counts_the_requests_of_all_clients_over_the_whole_time() -> None:
    outcome = Outcome([0.001, 0.002, 0.009], elapsed=2.0, last_answer=b"")

    assert outcome.requests_per_second == 1.5
    assert outcome.p50_ms == pytest.approx(2.0)


@pytest.mark.parametrize("suite", [TRACKING, ARTIFACTS, POSTGRES], ids=lambda suite: suite.results)
def test_every_row_and_every_group_has_a_name_of_its_own(suite: Suite) -> None:
    names = [*suite.groups, *(one.name for one in suite.rows)]

    assert sorted(set(names)) == sorted(names)


def test_rows_are_chosen_by_their_name_or_by_that_of_their_group() -> None:
    assert [one.name for one in TRACKING.named("history")] == ["history-10k", "history-1m", "curves"]
    assert [one.name for one in TRACKING.named("curves")] == ["curves"]


def test_a_filter_chooses_as_many_runs_of_the_set_as_are_expected() -> None:
    """So that a row can tell whether an answer lacks any."""
    assert 60 < chosen(1_000) < 140
    assert chosen(1_000) >= chosen(500) >= chosen(10)
