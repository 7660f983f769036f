"""The table of runs on several levels: runs within runs, and groups of runs."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import httpx
from playwright.sync_api import Locator, Page, expect

from tests.e2e.made import EVIL, made_experiment, made_run

PARENT = "mlflow.parentRunId"


def lines(page: Page) -> Locator:
    return page.locator(".runs .row:not(.head) .td.first")


def names(page: Page) -> Locator:
    return page.locator(".runs .td.first a:not(.parent)")


def test_a_tree_opens_level_by_level_and_a_filter_finds_children_with_their_parent_named(
    page: Page, http: httpx.Client
) -> None:
    experiment = made_experiment(http, "levels/tree")
    parent = made_run(http, experiment, EVIL, 1)
    child = made_run(http, experiment, "child", 2, tags={PARENT: parent})
    made_run(http, experiment, "grandchild", 3, tags={PARENT: child}, params={"p": "deep"})
    made_run(http, experiment, "alone", 4)
    one, other = made_run(http, experiment, "round", 5), made_run(http, experiment, "and round", 6)
    for run, above in ((one, other), (other, one)):
        http.post("/api/2.0/mlflow/runs/set-tag", json={"run_id": run, "key": PARENT, "value": above})

    page.goto(f"/experiments/{experiment}/runs")
    expect(names(page)).to_have_text(["and round", "round", "alone", "grandchild", "child", EVIL])
    page.get_by_label("As a tree").check()
    expect(names(page)).to_have_text(["alone", EVIL])
    page.get_by_role("button", name=f"Children of {EVIL}").click()
    expect(names(page)).to_have_text(["alone", EVIL, "child"])
    for key in ("j", "j", "j", "o"):
        page.keyboard.press(key)
    expect(names(page)).to_have_text(["alone", EVIL, "child", "grandchild"])
    expect(page.get_by_role("row", name="grandchild")).to_have_attribute("aria-level", "3")
    page.reload()
    expect(names(page)).to_have_text(["alone", EVIL, "child", "grandchild"])
    page.go_back()
    expect(names(page)).to_have_text(["alone", EVIL, "child"])

    page.get_by_role("combobox", name="Filter").fill("params.p = 'deep'")
    expect(names(page)).to_have_text(["grandchild"])
    expect(page.get_by_title("Parent: child")).to_have_attribute("href", re.compile(f"/runs/{child}$"))
    page.goto(f"/experiments/{experiment}/runs?tree=1&search=round&open={one}&open={other}")
    expect(names(page)).to_have_text(["and round", "round", "and round", "round", "and round", "round"])
    assert page.locator("main img").count() == 0


def test_runs_in_groups_show_mean_and_deviation_and_are_opened_compared_and_found(
    page: Page, http: httpx.Client
) -> None:
    experiment = made_experiment(http, "levels/groups")
    for number, (model, loss) in enumerate([("it's", 1), ("it's", 2), ("it's", 3), (EVIL, 7), (None, 5)]):
        params = {} if model is None else {"model": model}
        made_run(http, experiment, f"run-{number}", number, metrics={"loss": {0: loss}}, params=params)

    page.goto(f"/experiments/{experiment}/runs")
    page.get_by_role("button", name="Group by…").click()
    page.get_by_role("dialog").get_by_role("button", name="model", exact=True).click()
    expect(lines(page)).to_have_text([re.compile("^it's3 runs"), re.compile("1 run"), re.compile("1 run")])
    expect(page.get_by_text("3 groups")).to_be_visible()
    expect(page.get_by_role("gridcell", name="2 ± 1")).to_have_attribute("title", re.compile("Mean of 3 runs: 2 ± 1"))
    page.get_by_role("button", name=re.compile("^loss")).click()
    expect(lines(page).first).to_contain_text(EVIL)
    page.get_by_role("button", name=re.compile("^model")).click()
    expect(lines(page).first).to_contain_text("(none)")
    page.get_by_role("button", name="Runs of it's").click()
    expect(names(page)).to_have_text(["run-2", "run-1", "run-0"])
    page.reload()
    expect(names(page)).to_have_text(["run-2", "run-1", "run-0"])
    page.get_by_role("button", name="Actions on it's").click()
    page.get_by_role("menuitem", name="Check all 3").click()
    expect(page.get_by_text("3 runs checked")).to_be_visible()
    page.get_by_role("button", name="Actions on it's").click()
    page.get_by_role("menuitem", name="Compare").click()
    expect(page).to_have_url(re.compile(r"/compare\?run=[0-9a-f]{32}&run=[0-9a-f]{32}&run=[0-9a-f]{32}$"))
    page.go_back()
    page.get_by_role("button", name=f"Actions on {EVIL}").click()
    page.get_by_role("menuitem", name="Show only these").click()
    expect(names(page)).to_have_text(["run-3"])
    assert parse_qs(urlsplit(page.url).query)["filter"] == [f"params.model = '{EVIL}'"]
    page.go_back()
    expect(lines(page).first).to_contain_text("(none)")


def test_columns_are_made_wider_and_coloured_by_how_good_their_values_are(page: Page, http: httpx.Client) -> None:
    experiment = made_experiment(http, "levels/columns")
    for number in range(5):
        made_run(http, experiment, f"run-{number}", number, metrics={"loss": {0: number}})

    page.goto(f"/experiments/{experiment}/runs?column=metrics.loss")
    edge = page.get_by_role("separator", name="Width of the column loss")
    before = int(edge.get_attribute("aria-valuenow") or 0)
    edge.focus()
    page.keyboard.press("ArrowRight")
    expect(edge).to_have_attribute("aria-valuenow", str(before + 16))
    box = edge.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 4, box["y"] + 4)
    page.mouse.down()
    page.mouse.move(box["x"] + 104, box["y"] + 4, steps=4)
    page.mouse.up()
    expect(edge).to_have_attribute("aria-valuenow", str(before + 116))
    page.get_by_role("button", name="Column loss", exact=True).click()
    page.get_by_role("menuitem", name="Colour: low is best").click()
    cells = page.locator(".td.number")
    expect(cells.last).to_have_class(re.compile("heat good"))
    expect(cells.first).to_have_class(re.compile("heat bad"))
    page.reload()
    expect(cells.last).to_have_class(re.compile("heat good"))
    assert parse_qs(urlsplit(page.url).query)["width"] == [f"{before + 116} metrics.loss"]
