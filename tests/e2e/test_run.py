"""The page of one run: what it says, what can be changed, and charts that grow while a client logs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, expect

from tests.e2e.made import EVIL, log, made_experiment, made_run
from tests.server.talk import API, client_of
from tests.servers import running_server
from tests.web import built_web

POINTS = 5000


def test_a_run_shows_what_went_in_and_what_came_out(page: Page, http: httpx.Client) -> None:
    metrics = {"val/loss": {step: 1.0 / (step + 1) for step in range(20)}}
    run = made_run(http, made_experiment(http, "run/shown"), "brave-fox", 1, params={"lr": "0.1"}, metrics=metrics)
    page.goto(f"/runs/{run}")
    expect(page.get_by_role("heading", name="brave-fox")).to_be_visible()
    expect(page.get_by_role("row", name="lr 0.1")).to_be_visible()
    line = page.get_by_role("row").filter(has_text="val/loss")
    expect(line).to_contain_text("0.05")
    expect(line.locator(".spark path")).to_have_attribute("d", re.compile("^M"))
    page.get_by_role("link", name="run/shown").click()
    expect(page.get_by_role("link", name="brave-fox")).to_be_visible()


def test_a_run_is_renamed_noted_tagged_deleted_and_restored(page: Page, http: httpx.Client) -> None:
    run = made_run(http, made_experiment(http, "run/changed"), "old name")
    page.goto(f"/runs/{run}")
    page.get_by_role("button", name="Actions on old name").click()
    page.get_by_role("menuitem", name="Rename").click()
    page.get_by_role("dialog").get_by_role("textbox").fill("new name")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="new name")).to_be_visible()

    page.get_by_role("button", name="Edit", exact=True).click()
    page.get_by_role("dialog").get_by_role("textbox").fill(f"first line\n{EVIL}")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".notes")).to_have_text(f"first line\n{EVIL}", use_inner_text=True)

    page.get_by_role("button", name="Set a tag").click()
    page.get_by_label("Name", exact=True).fill("colour")
    page.get_by_label("Value").fill("blue")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("colour: blue")).to_be_visible()
    page.get_by_role("button", name="Delete the tag colour").click()
    expect(page.get_by_text("colour: blue")).to_have_count(0)

    page.get_by_role("button", name="Actions on new name").click()
    page.get_by_role("menuitem", name="Delete").click()
    expect(page.get_by_text("This run lies in the trash.")).to_be_visible()
    page.get_by_role("button", name="Restore").click()
    expect(page.get_by_text("This run lies in the trash.")).to_have_count(0)


def test_a_chart_grows_while_a_client_logs(page: Page, http: httpx.Client) -> None:
    run = made_run(http, made_experiment(http, "run/live"), "grows", metrics={"loss": {0: 1.0, 1: 0.5}})
    page.goto(f"/runs/{run}?tab=charts")
    card = page.locator("[data-metric=loss]")
    expect(card).to_contain_text("2 points")
    expect(page.get_by_role("button", name="Live")).to_be_visible()
    for step in range(2, 6):
        log(http, run, metrics={"loss": {step: 1.0 / step}})
    expect(card).to_contain_text("6 points")
    log(http, run, metrics={"accuracy": {0: 0.9}})
    expect(page.locator("[data-metric=accuracy]")).to_contain_text("1 point")


def test_a_paused_page_stays_as_it_is_and_catches_up_when_it_goes_on(page: Page, http: httpx.Client) -> None:
    run = made_run(http, made_experiment(http, "run/paused"), "pauses", metrics={"loss": {0: 1.0, 1: 0.5}})
    page.goto(f"/runs/{run}?tab=charts")
    card = page.locator("[data-metric=loss]")
    expect(card).to_contain_text("2 points")
    page.get_by_role("button", name="Live").click()
    expect(page.get_by_role("button", name="Paused")).to_be_visible()
    log(http, run, metrics={"loss": {2: 0.25}})
    expect(card).to_contain_text("2 points")
    page.get_by_role("button", name="Paused").click()
    expect(card).to_contain_text("3 points")


def test_zooming_shows_every_point_and_the_address_keeps_it(page: Page, http: httpx.Client) -> None:
    values: dict[int, float] = dict.fromkeys(range(POINTS), 1.0)
    run = made_run(http, made_experiment(http, "run/zoomed"), "long", metrics={"a": values, "b": values})
    page.goto(f"/runs/{run}?tab=charts")
    card = page.locator("[data-metric=a]")
    expect(card).to_contain_text(re.compile(f"of {POINTS:,} points"))
    plot = card.locator(".u-over")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.40, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.45, box["y"] + 30, steps=5)
    page.mouse.up()
    expect(card).to_contain_text(re.compile("^a.*2\\d\\d points$", re.DOTALL))
    expect(page.locator("[data-metric=b]")).to_contain_text(re.compile("2\\d\\d points"))
    assert "from=" in page.url and "to=" in page.url
    page.reload()
    expect(card).to_contain_text(re.compile("2\\d\\d points"))
    page.go_back()
    expect(card).to_contain_text(re.compile(f"of {POINTS:,} points"))


def test_a_run_with_twelve_thousand_metrics_opens_and_is_searched(page: Page, http: httpx.Client) -> None:
    run = made_run(http, made_experiment(http, "run/many keys"), "many")
    for begin in range(0, 12_000, 1000):
        log(http, run, metrics={f"layer.{n // 100}/grad.{n % 100}": {0: float(n)} for n in range(begin, begin + 1000)})
    page.goto(f"/runs/{run}")
    expect(page.get_by_text("The first 500 of 12,000.")).to_be_visible()
    assert page.locator(".metrics .row").count() < 60
    page.get_by_role("searchbox", name="Search metrics").fill("layer.119/grad.99")
    expect(page.get_by_role("row").filter(has_text="layer.119/grad.99")).to_contain_text("11,999")


def test_a_run_that_is_not_there_says_so(page: Page) -> None:
    page.goto(f"/runs/{'0' * 32}")
    expect(page.get_by_text("not found")).to_be_visible()
    page.locator("main").get_by_role("link", name="Experiments").click()
    expect(page.get_by_role("heading", name="Experiments")).to_be_visible()


def test_a_chart_says_when_points_were_thinned_out_for_good(browser: Browser, tmp_path: Path) -> None:
    built_web()
    places = ["--backend-store-uri", f"sqlite:///{tmp_path / 'trackline.db'}"]
    places += ["--artifacts-destination", str(tmp_path / "artifacts")]
    with running_server(tmp_path, *places[2:]) as server, client_of(server) as http:
        run = made_run(http, "0", "old", metrics={"loss": {step: 1.0 / (step + 1) for step in range(900)}})
        ended = {"run_id": run, "status": "FINISHED", "end_time": 2_000_000}
        http.post(f"{API}/runs/update", json=ended).raise_for_status()
        rule = {"experiment_id": "0", "thin_after_days": 1, "thin_to": 100}
        http.put("/api/trackline/experiments/0/retention", json=rule).raise_for_status()
        context = browser.new_context(base_url=server.url, locale="en-US")
        page = context.new_page()
        page.goto(f"/runs/{run}?tab=charts")
        card = page.locator("[data-metric=loss]")
        expect(card.locator(".caption")).to_have_text("900 points")
        subprocess.run([sys.executable, "-m", "trackline", "gc", *places], check=True, capture_output=True)
        page.reload()
        expect(card.locator(".caption")).to_have_text(
            re.compile(r"^\d+ points · thinned by the rules of the experiment: 900 were logged$")
        )
        context.close()
