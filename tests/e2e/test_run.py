"""The page of one run: what it says, what can be changed, and charts that grow while a client logs."""

from __future__ import annotations

import re

import httpx
from playwright.sync_api import Page, expect

from tests.e2e.made import EVIL, log, made_experiment, made_run

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
