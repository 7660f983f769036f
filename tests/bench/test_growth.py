"""The scale set: what is made, that an interrupted making goes on, that each row of its growth gets right answers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from bench import growth, payloads
from bench.growth_lab import GrowthLab
from bench.growth_report import markdown, svg
from bench.growth_rows import ROWS
from bench.peers import ours
from bench.processes import running
from bench.results import Report, Result
from bench.run_set import set_run
from bench.scale import QUICK
from bench.scale_set import SetSize, fill, parts, run_id, weight
from trackline.server.metadata import metadata_at

TINY = SetSize(runs=1_020, steps=2, keys=300, experiments=12, long_points=4_000, curves=3, curve_points=1_000)
SCALE = replace(QUICK, name="tiny", rounds=1, seconds=0.05, long_points=TINY.long_points, patience=300)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return growth.make(tmp_path_factory.mktemp("set"), TINY, Console(quiet=True))


def test_each_row_gets_right_answers_and_the_results_say_so(made: Path, tmp_path: Path) -> None:
    report = growth.measure(ours(), made, TINY, SCALE, Console(quiet=True))
    growth.write(report, TINY.runs, tmp_path / "SCALE")

    assert [result.failures | result.left_out for result in report.results] == [{}] * len(ROWS)
    assert [result.row.name for result in report.results if result.samples] == [row.name for row in ROWS]
    assert set(json.loads((tmp_path / "SCALE.json").read_text())) == {str(TINY.runs)}


def test_runs_hold_what_their_numbers_say_and_each_series_its_points(made: Path) -> None:
    with running(ours(), made) as server:
        stage = GrowthLab(server, SCALE, TINY).stage(ours())
        for number in (0, 777, TINY.runs - 1):
            run, expected = stage.ask(payloads.get("runs/get", run_id=run_id("set", number)))["run"], set_run(number)
            assert {metric["key"]: metric["value"] for metric in run["data"]["metrics"]} == expected.metrics
            assert {param["key"]: param["value"] for param in run["data"]["params"]} == expected.params
            assert (run["info"]["start_time"], run["info"]["status"]) == (expected.started_ms, "FINISHED")
            history = payloads.get("metrics/get-history", run_id=run_id("set", number), metric_key="metric_0")
            assert len(stage.ask(history)["metrics"]) == TINY.steps


def test_who_was_interrupted_goes_on_and_a_larger_set_begins_with_the_smaller(tmp_path: Path) -> None:
    small, large = (
        SetSize(runs, steps=1, keys=10, experiments=2, long_points=10, curves=1, curve_points=10) for runs in (300, 600)
    )
    others = 4  # runs: wide, long, history, curve
    parts_left = iter(list(parts(small))[:-2])  # all but the last part of the runs

    def stop(_weight: int) -> None:
        if next(parts_left, None) is None:
            raise KeyboardInterrupt

    place = tmp_path / "300" / "data"
    place.mkdir(parents=True)
    with pytest.raises(KeyboardInterrupt):
        fill(place, small, stop)

    assert _runs(place) == 250 + others
    fill(place, small, lambda _weight: None)
    assert _runs(place) == 300 + others
    whole = growth.make(tmp_path, large, Console(quiet=True)) / "data"
    assert (_runs(whole), _runs(place)) == (600 + others, 300 + others)


def _runs(folder: Path) -> int:
    """How many there are, each with its own id."""
    found = metadata_at(f"sqlite:///{folder / 'tracking.db'}").look(lambda tx: tx.row("SELECT count(*) FROM runs"))
    return int(found[0]) if found else 0


def test_the_bar_ends_where_the_work_does(made: Path) -> None:
    done: list[int] = []
    fill(made / "data", TINY, done.append)

    assert sum(done) == weight(TINY)


def test_growth_is_held_against_its_goal_and_the_figures_of_others_are_named_as_theirs() -> None:
    (search,) = (row for row in ROWS if row.name == "search-newest")
    (walk,) = (row for row in ROWS if row.name == "walk-p95")
    facts = {"date": "today", "load before": "1 (of much)", "points": "3 million"}
    reports = {
        runs: Report(
            facts,
            {"Trackline": "Trackline 1"},
            [Result(search, {"Trackline": [ms]}), Result(walk, {"Trackline": [ms]})],
        )
        for runs, ms in ((2_000, 2.0), (20_000, 4.0), (100_000, 8.0))
    }

    lines = markdown(reports, "p.svg").splitlines()

    assert "| search newest 100 runs, p50 | ms | 2.00 | 4.00 | 8.00 | 4.00 x | ≤ 3 x | no |" in lines
    assert "| 25 pages of 50, p95 | ms | 8.50 | 4.00 | yes |" in lines
    assert svg(reports).count("<polyline") == 2
