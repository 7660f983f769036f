"""Each row does its work on a real server and gets right answers; how long it takes is no test's business."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from bench import payloads
from bench.driver import Refused, TookTooLong, drive, replay
from bench.lab import Lab
from bench.measure import Bench
from bench.moving_lab import MovingLab
from bench.peers import Peer, ours
from bench.postgres_lab import PostgresLab
from bench.processes import Died
from bench.rows import Row, check
from bench.run_set import chosen, set_run
from bench.scale import QUICK
from bench.stage import Stage
from bench.suites import MOVING, POSTGRES, TRACKING

TINY = replace(
    QUICK,
    name="tiny",
    rounds=1,
    seconds=0.05,
    set_size=150,
    experiments=12,
    long_points=12_000,
    curves=3,
    curve_points=2_000,
    loop_runs=1,
    artifact_mb=1,
    moved_points=20_000,
    moved_runs=150,
    disk_seconds=0.2,
    set_up_seconds=600,
    cell_seconds=600,
    patience=300,
)
STOCK_CLIENT = ("client", "client-loop", "register", "change-stage")
SLOW = [row for row in TRACKING.rows if row.name in STOCK_CLIENT]
ROWS = [row for row in TRACKING.rows if row.name not in STOCK_CLIENT]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with Lab(tmp_path_factory.mktemp("lab"), TINY) as opened:
        yield opened


@pytest.fixture(scope="module")
def stage(lab: Lab) -> Stage:
    return lab.stage(ours())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_gets_right_answers(row: Row, lab: Lab) -> None:
    assert row.measure(lab, ours()) > 0


@pytest.mark.slow
@pytest.mark.parametrize("row", SLOW, ids=lambda row: row.name)
def test_a_row_of_the_stock_client_gets_right_answers(row: Row, lab: Lab) -> None:
    assert row.measure(lab, ours()) > 0


@pytest.mark.slow
def test_each_row_on_postgresql_gets_right_answers(tmp_path: Path) -> None:
    with PostgresLab(tmp_path, TINY) as lab:
        for row in POSTGRES.rows:
            assert row.measure(lab, ours()) > 0, row.name


def test_each_row_of_what_is_moved_finds_all_there(tmp_path: Path) -> None:
    with MovingLab(tmp_path, TINY) as lab:
        for row in MOVING.rows:
            assert row.measure(lab, ours()) > 0, row.name


def test_the_runs_of_the_set_hold_what_their_numbers_say(stage: Stage) -> None:
    found = stage.ask(payloads.newest(stage.set_experiment, TINY.set_size))["runs"]

    for number, run in enumerate(reversed(found)):
        expected = set_run(number)
        assert {metric["key"]: metric["value"] for metric in run["data"]["metrics"]} == expected.metrics
        assert {param["key"]: param["value"] for param in run["data"]["params"]} == expected.params
        assert (run["info"]["start_time"], run["info"]["status"]) == (expected.started_ms, "FINISHED")
    assert len(found) == TINY.set_size


def test_the_filter_of_a_row_chooses_a_part_and_orders_it(stage: Stage) -> None:
    found = stage.ask(payloads.best_chosen(stage.set_experiment, 100))["runs"]
    values = [{metric["key"]: metric["value"] for metric in run["data"]["metrics"]}["metric_9"] for run in found]

    assert len(found) == chosen(TINY.set_size)
    assert values == sorted(values, reverse=True)


def test_the_last_page_has_the_oldest_runs(stage: Stage) -> None:
    answer = json.loads(drive(stage.server.port, [replay([stage.last_page])], 5).last_answer)

    assert [run["info"]["start_time"] for run in answer["runs"]] == [set_run(n).started_ms for n in (2, 1, 0)]


def test_eight_clients_of_one_run_log_different_points(lab: Lab, stage: Stage) -> None:
    """A server may drop a point that it has, which would make it look quick."""
    (row,) = TRACKING.named("log-metric-8-same")
    runs_before = _runs(stage)

    assert row.measure(lab, ours()) > 0

    (run_id,) = _runs(stage) - runs_before
    history = stage.ask(payloads.get("metrics/get-history", run_id=run_id, metric_key="loss"))["metrics"]
    assert len({point["step"] for point in history}) == len(history) >= 8


def test_an_answer_that_lacks_something_fails_the_row(stage: Stage) -> None:
    outcome = stage.drive(replay([payloads.newest(stage.set_experiment, 10)]))

    check(outcome, "runs", 10)
    with pytest.raises(Refused, match="10 runs in the answer instead of 11"):
        check(outcome, "runs", 11)


def test_a_refused_request_fails_the_row(stage: Stage) -> None:
    with pytest.raises(Refused, match="404"):
        stage.drive(replay([payloads.get("runs/get", run_id="0" * 32)]))


def test_who_would_take_too_long_is_left_out_early_and_not_asked_again(stage: Stage) -> None:
    hurried = Stage(stage.server, replace(TINY, set_up_seconds=0, long_points=40_000))

    with pytest.raises(TookTooLong, match="points a second, and 40,000 should take no longer than 0 s"):
        _ = hurried.long_run
    runs = _runs(hurried)
    with pytest.raises(TookTooLong):
        _ = hurried.long_run

    assert len(runs) == 1
    assert _runs(hurried) == runs


def test_a_server_that_does_not_start_is_not_tried_for_each_row_again(tmp_path: Path) -> None:
    with Lab(tmp_path, TINY) as lab:
        broken = Peer("Broken", Path("/bin/false"))
        for _ in range(2):
            with pytest.raises(Died, match="Broken did not start"):
                lab.stage(broken)

    assert [folder.name for folder in tmp_path.iterdir()] == ["01-Broken"]


def test_a_bench_leaves_out_who_takes_too_long_and_names_who_fails(lab: Lab) -> None:
    theirs = Peer("Theirs", ours().program)

    def measured(_lab: Lab, peer: Peer) -> float:
        if peer is theirs:
            raise TookTooLong("no answer for 1 s")
        return 2.0

    (row, *_) = ROWS
    bench = Bench(lab, (ours(), theirs), Console(quiet=True))
    (result,) = bench.run([replace(row, measure=measured, times="rounds")])

    assert (result.samples, result.left_out) == ({"Trackline": [2.0]}, {"Theirs": "no answer for 1 s"})
    assert result.taken


def _runs(stage: Stage) -> set[str]:
    found = stage.ask(payloads.newest(stage.experiment, 1_000)).get("runs", [])
    return {run["info"]["run_id"] for run in found}
