"""Runs side by side: curves, parallel coordinates, scatter, boxes, differences and images, all in the address."""

from __future__ import annotations

import base64
import math
import re
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.made import EVIL, log, made_experiment, made_run
from tests.server.talk import API

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
POINTS = 5000


def compared(runs: list[str], more: str = "") -> str:
    return "/compare?" + "&".join(f"run={run}" for run in runs) + more


def asked(page: Page, name: str) -> list[str]:
    return parse_qs(urlsplit(page.url).query).get(name, [])


def trained(http: httpx.Client, experiment: str, count: int) -> list[str]:
    """Runs that differ in lr and optimizer, agree in epochs, and end with a loss of 0.1, 0.2 …"""
    return [
        made_run(
            http,
            experiment,
            f"run {n}",
            n + 1,
            params={"lr": str(10.0**-n), "optimizer": ["adam", "sgd"][n % 2], "epochs": "9"},
            tags={"team": "blue"},
            metrics={"loss": {step: 0.1 * (n + 1) + 1 / (step + 1) - 0.1 for step in range(10)}, "acc": {0: n / 10}},
        )
        for n in range(count)
    ]


def dragged(page: Page, place: Locator, begin: tuple[float, float], end: tuple[float, float]) -> None:
    """From one part of its width and height to another."""
    place.scroll_into_view_if_needed()
    box = place.bounding_box()
    assert box is not None
    (left, top), (right, bottom) = begin, end
    page.mouse.move(box["x"] + box["width"] * left, box["y"] + box["height"] * top)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * right, box["y"] + box["height"] * bottom, steps=5)
    page.mouse.up()


def test_checked_runs_of_the_table_are_compared(page: Page, http: httpx.Client) -> None:
    experiment = made_experiment(http, "compare/from the table")
    trained(http, experiment, 3)
    page.goto(f"/experiments/{experiment}/runs")
    for name in ("run 0", "run 2"):
        page.get_by_role("checkbox", name=f"Check {name}").check()
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", name="2 runs compared")).to_be_visible()
    expect(page.locator("[data-metric=loss]")).to_contain_text("20 points")
    page.go_back()
    expect(page.get_by_role("heading", name="compare/from the table")).to_be_visible()


def test_curves_are_smoothed_turned_and_hidden_and_the_address_keeps_it(page: Page, http: httpx.Client) -> None:
    runs = trained(http, made_experiment(http, "compare/options"), 3)
    page.goto(compared(runs))
    card = page.locator("[data-metric=loss]")
    expect(card).to_contain_text("30 points")

    page.get_by_role("slider", name="Smoothing").fill("0.6")
    page.get_by_role("checkbox", name="log y").check()
    page.get_by_role("combobox", name="Along").select_option("relative")
    page.get_by_role("button", name="run 1", exact=True).click()
    expect(card).to_contain_text("20 points")
    expect(page.get_by_role("button", name="run 1", exact=True)).to_have_attribute("aria-pressed", "false")

    page.reload()
    expect(card).to_contain_text("20 points")
    expect(page.get_by_role("slider", name="Smoothing")).to_have_value("0.6")
    expect(page.get_by_role("combobox", name="Along")).to_have_value("relative")
    expect(page.get_by_role("checkbox", name="log y")).to_be_checked()
    assert asked(page, "hide") == [runs[1]]

    page.get_by_role("button", name="Leave out run 1").click()
    expect(page.get_by_role("heading", name="2 runs compared")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="3 runs compared")).to_be_visible()


def test_metrics_are_searched_and_chosen(page: Page, http: httpx.Client) -> None:
    runs = trained(http, made_experiment(http, "compare/chosen"), 2)
    page.goto(compared(runs))
    expect(page.locator("[data-metric]")).to_have_count(2)
    page.get_by_role("searchbox", name="Search metrics").fill("LO")
    expect(page.locator("[data-metric]")).to_have_count(1)
    page.get_by_role("button", name="Choose metrics").click()
    page.get_by_role("checkbox", name="acc").check()
    page.keyboard.press("Escape")
    expect(page.locator("[data-metric=acc]")).to_be_visible()
    expect(page.locator("[data-metric=loss]")).to_have_count(0)
    assert asked(page, "metric") == ["acc"]


@pytest.mark.parametrize("x", ["step", "time", "relative"])
def test_a_zoom_shows_every_point_on_each_axis(page: Page, http: httpx.Client, x: str) -> None:
    experiment = made_experiment(http, f"compare/zoom by {x}")
    runs = [
        made_run(http, experiment, f"run {n}", metrics={"a": {s: float(s % 7 + n) for s in range(POINTS)}})
        for n in (1, 2)
    ]
    page.goto(compared(runs, f"&x={x}"))
    card = page.locator("[data-metric=a]")
    expect(card).to_contain_text("of 10,000 points")
    dragged(page, card.locator(".u-over"), (0.40, 0.1), (0.43, 0.2))
    expect(card).to_contain_text(re.compile(r"^a[23]\d\d points$"))
    page.reload()
    expect(card).to_contain_text(re.compile(r"^a[23]\d\d points$"))
    card.locator(".plot").focus()
    page.keyboard.press("0")
    expect(card).to_contain_text("of 10,000 points")


def test_curves_go_along_another_metric_and_are_zoomed_there(page: Page, http: httpx.Client) -> None:
    experiment = made_experiment(http, "compare/along a metric")
    metrics = {"loss": {s: 1 / (s + 1) for s in range(20)}, "seen": {s: s / 10 for s in range(20)}}
    runs = [made_run(http, experiment, f"run {n}", metrics=metrics) for n in (1, 2)]
    page.goto(compared(runs))
    page.get_by_role("combobox", name="Along").select_option("metric")
    page.get_by_role("combobox", name="another metric").select_option("seen")
    card = page.locator("[data-metric=loss]")
    expect(card).to_contain_text("40 points")
    assert asked(page, "against") == ["seen"]
    dragged(page, card.locator(".u-over"), (0.25, 0.1), (0.75, 0.2))
    expect(card).to_contain_text("20 points")
    expect(page.get_by_role("button", name="show all")).to_be_visible()


def test_runs_that_share_a_param_are_one_line_in_a_band(page: Page, http: httpx.Client) -> None:
    runs = trained(http, made_experiment(http, "compare/band"), 4)
    page.goto(compared(runs))
    page.get_by_role("button", name="Band of runs with one").click()
    page.get_by_role("button", name="optimizer").click()
    expect(page.get_by_text("optimizer: adam (2)")).to_be_visible()
    expect(page.locator("[data-metric=loss]")).to_contain_text("40 points")
    plot = page.locator("[data-metric=loss] .plot")
    plot.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    told = page.locator("[data-metric=loss] .readout > div")
    expect(told).to_have_count(2)
    expect(told.first).to_contain_text("optimizer: sgd")
    assert asked(page, "band") == ["params.optimizer"]


def test_the_cursor_tells_what_the_curves_are_also_by_keyboard(page: Page, http: httpx.Client) -> None:
    runs = trained(http, made_experiment(http, "compare/cursor"), 2)
    page.goto(compared(runs))
    plot = page.locator("[data-metric=loss] .plot")
    expect(plot.locator("canvas")).to_be_visible()
    plot.focus()
    for _ in range(30):
        page.keyboard.press("ArrowRight")
    told = page.locator("[data-metric=loss] .readout")
    expect(told).to_contain_text("run 0")
    expect(told).to_contain_text("run 1")
    page.keyboard.press("+")
    expect(page.get_by_role("button", name="show all")).to_be_visible()


def test_charts_grow_while_a_client_logs(page: Page, http: httpx.Client) -> None:
    runs = trained(http, made_experiment(http, "compare/live"), 2)
    page.goto(compared(runs))
    card = page.locator("[data-metric=loss]")
    expect(card).to_contain_text("20 points")
    expect(page.get_by_role("button", name="Live")).to_be_visible()
    for step in range(10, 15):
        log(http, runs[1], metrics={"loss": {step: 0.5}})
    expect(card).to_contain_text("25 points")
    log(http, runs[0], metrics={"new": {0: 1.0}})
    expect(page.locator("[data-metric=new]")).to_contain_text("1 point")


def test_what_is_no_number_is_marked_and_named(page: Page, http: httpx.Client) -> None:
    experiment = made_experiment(http, "compare/no numbers")
    odd = made_run(
        http, experiment, "odd", params={"lr": "nan"}, metrics={"m": {0: 1.0, 1: "NaN", 2: "Infinity", 3: 2.0}}
    )
    ended = made_run(http, experiment, "ended", params={"lr": "1"}, metrics={"m": {0: 1.0, 1: "NaN"}})
    page.goto(compared([odd, ended]))
    expect(page.locator("[data-metric=m]")).to_contain_text("6 points")
    page.get_by_role("link", name="Differences").click()
    expect(page.get_by_role("row", name="m 2 NaN")).to_be_visible()
    page.get_by_role("link", name="Parallel coordinates").click()
    expect(page.get_by_text("no number")).to_be_visible()
    page.goto(compared([odd, ended], "&tab=scatter&sx=params.lr&sy=metrics.m"))
    expect(page.get_by_text("2 runs have no place here")).to_be_visible()


def test_a_part_of_an_axis_is_marked_by_pointer_or_keys_and_the_others_are_left_out(
    page: Page, http: httpx.Client
) -> None:
    runs = trained(http, made_experiment(http, "compare/parallel"), 4)
    page.goto(compared(runs, "&tab=parallel"))
    lines = page.locator("polyline")
    expect(lines).to_have_count(4)
    dragged(page, page.locator("[data-axis='metrics.loss']"), (0.5, 0.99), (0.5, 0.60))
    expect(page.get_by_text("2 runs of 4 marked")).to_be_visible()
    expect(page.locator("polyline.away")).to_have_count(2)
    page.reload()
    expect(page.locator("polyline.away")).to_have_count(2)
    page.get_by_role("slider", name="loss: From").focus()
    for _ in range(4):
        page.keyboard.press("ArrowUp")
    expect(page.get_by_text("1 run of 4 marked")).to_be_visible()
    page.get_by_role("button", name="Keep only this run").click()
    expect(page.get_by_role("heading", name="1 run compared")).to_be_visible()
    page.go_back()
    page.get_by_role("button", name="Clear what is marked").click()
    expect(page.locator("polyline.away")).to_have_count(0)
    page.get_by_role("button", name="Choose the axes").click()
    page.get_by_role("checkbox", name="epochs").check()
    page.keyboard.press("Escape")
    expect(page.locator("[data-axis='params.epochs']")).to_be_attached()


def test_any_field_is_drawn_against_any_other_and_coloured_by_a_third(page: Page, http: httpx.Client) -> None:
    runs = trained(http, made_experiment(http, "compare/scatter"), 4)
    page.goto(compared(runs, "&tab=scatter"))
    expect(page.locator("circle.point")).to_have_count(4)
    page.get_by_role("button", name="Colour: Choose").click()
    page.get_by_role("dialog").get_by_role("button", name="acc").click()
    expect(page.locator(".ramp")).to_contain_text("acc")
    page.get_by_role("button", name="Across").click()
    page.get_by_role("dialog").get_by_role("button", name="optimizer").click()
    expect(page.locator("svg .title", has_text="optimizer")).to_be_visible()
    assert (asked(page, "sx"), asked(page, "sc")) == (["params.optimizer"], ["metrics.acc"])
    page.locator(f"a[data-run='{runs[2]}']").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="run 2")).to_be_visible()


def test_a_metric_fills_the_map_of_two_params(page: Page, http: httpx.Client) -> None:
    experiment = made_experiment(http, "compare/contour")
    runs = [
        made_run(http, experiment, f"run {n}", params={"a": str(n % 3), "b": str(n // 3)}, metrics={"loss": {0: n / 9}})
        for n in range(9)
    ]
    page.goto(compared(runs, "&tab=contour"))
    expect(page.locator("[data-run]")).to_have_count(9)
    expect(page.locator(".map path")).to_have_count(9)
    page.get_by_role("button", name="Colour: loss").click()
    page.get_by_role("button", name="max loss").or_(page.get_by_role("button", name="a", exact=True)).first.click()
    assert asked(page, "sc") == ["params.a"]


def test_a_metric_is_spread_in_boxes_by_a_param(page: Page, http: httpx.Client) -> None:
    runs = trained(http, made_experiment(http, "compare/boxes"), 6)
    page.goto(compared(runs, "&tab=box&of=metrics.loss&by=params.optimizer"))
    expect(page.locator(".box")).to_have_count(2)
    expect(page.locator("[data-box=adam] circle")).to_have_count(3)
    page.get_by_role("button", name="by: optimizer").click()
    page.get_by_role("dialog").get_by_role("button", name="epochs").click()
    expect(page.locator("[data-box='9'] circle")).to_have_count(6)


def test_only_what_differs_is_listed_or_all_of_it(page: Page, http: httpx.Client) -> None:
    runs = trained(http, made_experiment(http, "compare/differences"), 3)
    page.goto(compared(runs, "&tab=differences"))
    expect(page.get_by_role("row", name="optimizer adam sgd adam")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="epochs")).to_have_count(0)
    page.get_by_role("checkbox", name="Only what differs").uncheck()
    expect(page.get_by_role("row", name="epochs 9 9 9")).to_be_visible()
    page.get_by_role("combobox", name="Metrics:").select_option("maximum")
    expect(page.get_by_role("row", name="loss 1 1.1 1.2")).to_be_visible()
    page.get_by_role("searchbox").fill("lr")
    expect(page.get_by_role("row").filter(has_text="loss")).to_have_count(0)
    assert (asked(page, "measure"), asked(page, "all"), asked(page, "search")) == (["maximum"], ["1"], ["lr"])


def test_images_of_one_name_stand_side_by_side_by_step(page: Page, http: httpx.Client) -> None:
    experiment = made_experiment(http, "compare/images")
    runs = trained(http, experiment, 2)
    for run, steps in zip(runs, [(1, 5, 9), (1, 5)], strict=True):
        for step in steps:
            name = f"{experiment}/{run}/artifacts/images/sample+step+{step}+timestamp+1+u{step}.png"
            assert http.put(f"{API}-artifacts/artifacts/{name}", content=PIXEL).status_code == 200
    page.goto(compared(runs, "&tab=images"))
    expect(page.locator("figure img")).to_have_count(2)
    expect(page.locator("figure").nth(1)).to_contain_text("Step 5")
    page.get_by_role("slider", name="Step").fill("0")
    expect(page.locator("figure img").first).to_have_attribute("alt", re.compile(r"run 0: .*step\+1\+"))
    assert page.locator("figure img").first.evaluate(
        "async (image) => { await image.decode(); return image.naturalWidth }"
    )
    assert asked(page, "at") == ["1"]


def test_unknown_and_deleted_runs_are_named(page: Page, http: httpx.Client) -> None:
    runs = trained(http, made_experiment(http, "compare/gone"), 2)
    assert http.post(f"{API}/runs/delete", json={"run_id": runs[1]}).status_code == 200
    page.goto(compared([*runs, "0" * 32, EVIL]))
    expect(page.get_by_text("These 2 runs do not exist")).to_contain_text(EVIL)
    expect(page.get_by_text("In the trash: 1 run")).to_contain_text("run 1")
    expect(page.locator("[data-metric=loss]")).to_contain_text("20 points")
    page.goto("/compare")
    expect(page.get_by_text("Check some runs in a table of runs")).to_be_visible()


def test_hostile_names_are_shown_as_they_are(page: Page, http: httpx.Client) -> None:
    experiment = made_experiment(http, "compare/hostile")
    runs = [
        made_run(http, experiment, EVIL, params={"p q/r": f"\u202e{EVIL}{n}"}, metrics={"a b/c:d e": {0: n}})
        for n in (1, 2)
    ]
    for tab in ("curves", "parallel", "scatter", "box", "differences", "images"):
        page.goto(compared(runs, f"&tab={tab}"))
        expect(page.get_by_role("button", name=f"{EVIL} ({runs[0][:6]})", exact=True)).to_be_visible()
    page.goto(compared(runs, "&tab=scatter&sx=params.`p q/r`&sy=metrics.`a b/c:d e`"))
    expect(page.locator("circle.point")).to_have_count(2)


def test_fifty_runs_are_told_apart_by_colour_and_dashes(page: Page, http: httpx.Client) -> None:
    runs = trained(http, made_experiment(http, "compare/fifty"), 50)
    page.goto(compared(runs))
    expect(page.locator("[data-metric=loss]")).to_contain_text("500 points")
    swatches = page.locator(".legend .swatch line")
    expect(swatches).to_have_count(50)
    drawn = swatches.evaluate_all("all => all.map(one => one.style.stroke + one.getAttribute('stroke-dasharray'))")
    assert len(set(drawn[:32])) == 32


def test_the_same_is_there_as_json(page: Page, http: httpx.Client) -> None:
    runs = trained(http, made_experiment(http, "compare/twin"), 2)
    page.goto(compared(runs))
    address = page.get_by_role("link", name="JSON", exact=True).get_attribute("href")
    assert address is not None
    found = http.get(address).json()
    assert found["runs"]["run_id"] == runs
    assert {"kind": "parameter", "key": "lr"} in found["fields"]


@pytest.mark.slow
def test_twenty_runs_of_a_hundred_thousand_points_are_drawn_and_stay_quick(page: Page, http: httpx.Client) -> None:
    experiment = made_experiment(http, "compare/large")
    runs = []
    for n in range(20):
        values = {step: math.exp(-step / 2e4) + n / 20 + (step % 13) / 50 for step in range(100_000)}
        values[77_777] = 40.0 + n
        runs.append(made_run(http, experiment, f"large {n}", metrics={"loss": values}))
    page.goto(compared(runs))
    card = page.locator("[data-metric=loss]")
    expect(card).to_contain_text("of 2,000,000 points")
    shown = re.search(r"([\d,]+) of", card.inner_text())
    assert shown is not None and int(shown[1].replace(",", "")) <= 20_000
    dragged(page, card.locator(".u-over"), (0.50, 0.3), (0.502, 0.3))
    dragged(page, card.locator(".u-over"), (0.50, 0.3), (0.51, 0.3))
    expect(card).not_to_contain_text("of 2,000,000")
    expect(page.get_by_role("button", name="show all")).to_be_visible()
