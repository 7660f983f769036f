"""The table of runs: find, sort, choose columns, check, change, export."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.made import EVIL, log, made_experiment, made_run

RUNS = 250


@pytest.fixture(scope="module")
def experiment(http: httpx.Client) -> str:
    """Runs 0 … 249, the newest last; the loss of run n ends at n, after a least value of -n."""
    experiment = made_experiment(http, "table/of runs")
    for number in range(RUNS):
        params = {"lr": str(number / 1000), "same": "always"}
        metrics = {"loss": {0: float(-number), 1: float(number)}}
        made_run(http, experiment, f"run-{number}", 1_700_000_000_000 + number, metrics=metrics, params=params)
    return experiment


@pytest.fixture
def table(page: Page, experiment: str) -> Page:
    page.goto(f"/experiments/{experiment}/runs")
    expect(names(page).first).to_have_text("run-249")
    return page


def names(page: Page) -> Locator:
    return page.locator(".runs .td.first a")


def column(page: Page, name: str, item: str) -> None:
    page.get_by_role("button", name=f"Column {name}", exact=True).click()
    page.get_by_role("menu").get_by_text(item, exact=True).click()


def test_all_runs_can_be_scrolled_to_though_few_rows_exist(table: Page) -> None:
    expect(table.get_by_text("250 runs")).to_be_visible()
    assert names(table).count() < 60
    table.locator(".runs").evaluate("box => box.scrollTop = box.scrollHeight")
    expect(table.get_by_role("link", name="run-0", exact=True)).to_be_visible()


# What scrolling by `px` does: nodes that come and go, and, of the rows that were there before, those that still are.
SCROLLED = """async (box, px) => {
  const frames = async (count) => { while (count--) await new Promise(requestAnimationFrame); };
  await frames(3);
  const before = [...box.querySelectorAll(".row:not(.head)")];
  let nodes = 0;
  const changes = new MutationObserver((seen) => {
    for (const { addedNodes, removedNodes } of seen) {
      for (const node of [...addedNodes, ...removedNodes]) nodes += 1 + (node.querySelectorAll?.("*").length ?? 0);
    }
  });
  changes.observe(box, { childList: true, subtree: true });
  box.scrollTop += px;
  await frames(4);
  changes.disconnect();
  const row = before[0].querySelectorAll("*").length + 1;
  return { rows: nodes / row, kept: before.filter((one) => one.isConnected).length, before: before.length };
}"""


def test_scrolling_makes_the_rows_that_come_and_touches_no_others(table: Page) -> None:
    """Four rows come and four go; while a row is waited for, one more stands in its place."""
    box = table.locator(".runs")
    expect(table.get_by_text("250 runs")).to_be_visible()
    box.evaluate("box => box.scrollTop = 960")  # so far down that rows go as others come
    for _ in range(4):
        seen = box.evaluate(SCROLLED, 128)
        assert seen["kept"] >= seen["before"] - 4
        assert seen["rows"] <= 16


def test_the_runs_are_counted_once_however_far_one_scrolls(page: Page, experiment: str) -> None:
    counts: list[str] = []
    pages: list[str] = []
    page.on("request", lambda asked: counts.append(asked.url) if "/trackline/count" in asked.url else None)
    page.on("request", lambda asked: pages.append(asked.url) if "/trackline/runs?" in asked.url else None)
    page.goto(f"/experiments/{experiment}/runs")
    expect(page.get_by_text("250 runs")).to_be_visible()
    page.locator(".runs").evaluate("box => box.scrollTop = box.scrollHeight")
    expect(page.get_by_role("link", name="run-0", exact=True)).to_be_visible()
    assert len(counts) == 1
    assert all("column=" in url or "columns=" in url for url in pages[1:])  # chosen by the server for the first only


def test_a_click_on_a_head_sorts_on_the_server_and_the_address_keeps_it(table: Page) -> None:
    table.get_by_role("button", name=re.compile("^loss")).click()
    expect(names(table).first).to_have_text("run-249")
    column(table, "loss", "Show the minimum")
    column(table, "loss", "Sort ascending")
    expect(names(table).first).to_have_text("run-249")
    column(table, "loss", "Sort descending")
    expect(names(table).first).to_have_text("run-0")
    assert parse_qs(urlsplit(table.url).query)["order"] == ["min.loss DESC"]
    table.reload()
    expect(names(table).first).to_have_text("run-0")
    expect(table.locator("[aria-sort=descending]")).to_contain_text("loss")


def test_a_filter_is_completed_and_a_fault_is_shown_at_its_character(table: Page) -> None:
    box = table.get_by_role("combobox", name="Filter")
    box.press_sequentially("params.l")
    expect(table.get_by_role("option", name="params.lr")).to_be_visible()
    box.press("Enter")
    expect(box).to_have_value("params.lr ")
    box.press_sequentially("= 7")
    expect(table.get_by_role("alert").locator("mark")).to_have_text("7")
    expect(names(table).first).to_have_text("run-249")
    box.fill("params.lr = '0.007'")
    expect(names(table)).to_have_text(["run-7"])
    expect(table.get_by_text("1 run", exact=True)).to_be_visible()


def test_plain_words_find_runs_too(table: Page) -> None:
    table.get_by_role("searchbox").fill("run-24 0.24")
    expect(names(table)).to_have_text([f"run-{number}" for number in range(249, 239, -1)])


def test_columns_are_chosen_moved_pinned_and_hidden(table: Page) -> None:
    heads = table.get_by_role("columnheader").locator(".label")
    expect(heads).to_have_text(["Name", "Started", "Duration", "User", "loss", "lr", "same"])
    column(table, "same", "Hide the column")
    column(table, "lr", "Move left")
    column(table, "User", "Pin to the left")
    expect(heads).to_have_text(["Name", "User", "Started", "Duration", "lr", "loss"])
    table.get_by_role("button", name="Columns", exact=True).click()
    dialog = table.get_by_role("dialog")
    dialog.get_by_role("searchbox").fill("sam")
    dialog.get_by_label("same").check()
    table.keyboard.press("Escape")
    expect(heads).to_have_text(["Name", "User", "Started", "Duration", "lr", "loss", "same"])
    table.reload()
    expect(heads).to_have_text(["Name", "User", "Started", "Duration", "lr", "loss", "same"])


def test_what_does_not_differ_can_be_left_out(table: Page) -> None:
    heads = table.get_by_role("columnheader").locator(".label")
    table.get_by_label("Only what differs").check()
    expect(heads).to_have_text(["Name", "Started", "Duration", "User", "loss", "lr"])


def test_checked_runs_stay_checked_while_the_table_is_sorted_and_filtered(table: Page) -> None:
    for name in ("run-249", "run-247"):
        table.get_by_label(f"Check {name}", exact=True).check()
    column(table, "loss", "Sort ascending")
    expect(names(table).first).to_have_text("run-0")
    expect(table.get_by_text("2 runs checked")).to_be_visible()
    table.get_by_role("searchbox").fill("run-24")
    expect(table.get_by_label("Check run-247", exact=True)).to_be_checked()
    table.get_by_role("button", name="Check all 11").click()
    expect(table.get_by_text("11 runs checked")).to_be_visible()


def test_the_keyboard_moves_checks_and_compares(table: Page) -> None:
    for key in ("j", "x", "j", "j", "x", "k"):
        table.keyboard.press(key)
    expect(table.get_by_text("2 runs checked")).to_be_visible()
    expect(table.locator(".row.active")).to_contain_text("run-248")
    table.keyboard.press("c")
    expect(table).to_have_url(re.compile("/compare\\?run=[0-9a-f]{32}&run=[0-9a-f]{32}$"))
    table.go_back()
    expect(names(table).first).to_have_text("run-249")


def test_checked_runs_are_tagged_deleted_and_restored(page: Page, http: httpx.Client) -> None:
    experiment = made_experiment(http, "table/changes")
    for number in range(3):
        made_run(http, experiment, f"change-{number}", number)
    page.goto(f"/experiments/{experiment}/runs?column=tags.mark")
    page.get_by_label("Check change-0", exact=True).check()
    page.get_by_label("Check change-1", exact=True).check()
    page.get_by_role("button", name="Set a tag").click()
    page.get_by_label("Name", exact=True).fill("mark")
    page.get_by_label("Value").fill("seen")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("gridcell", name="seen")).to_have_count(2)
    page.get_by_role("button", name="Delete").click()
    expect(names(page)).to_have_text(["change-2"])
    page.get_by_role("button", name="Undo").click()
    expect(names(page)).to_have_text(["change-2", "change-1", "change-0"])


@pytest.mark.parametrize("form", ["CSV", "JSON"])
def test_all_rows_are_exported_in_the_columns_shown(table: Page, tmp_path: Path, form: str) -> None:
    table.get_by_role("button", name="Export").click()
    with table.expect_download() as download:
        table.get_by_text(f"All rows as {form}").click()
    file = tmp_path / "runs"
    download.value.save_as(file)
    text = file.read_text()
    rows = list(csv.DictReader(text.splitlines())) if form == "CSV" else json.loads(text)
    assert len(rows) == RUNS
    assert (rows[0]["run_name"], float(rows[0]["metrics.loss"]), rows[0]["params.same"]) == ("run-249", 249.0, "always")


def test_a_new_run_appears_without_moving_what_is_looked_at(page: Page, http: httpx.Client) -> None:
    experiment = made_experiment(http, "table/live")
    run = made_run(http, experiment, "first", 1, metrics={"loss": {0: 0.5}})
    page.goto(f"/experiments/{experiment}/runs")
    expect(page.get_by_role("button", name="Live")).to_be_visible()
    page.get_by_label("Check first", exact=True).check()
    made_run(http, experiment, "second", 2)
    log(http, run, metrics={"loss": {1: 0.25}})
    expect(names(page)).to_have_text(["second", "first"])
    expect(page.get_by_role("gridcell", name="0.25")).to_be_visible()
    expect(page.get_by_label("Check first", exact=True)).to_be_checked()


def test_hostile_names_and_values_are_shown_as_they_are(page: Page, http: httpx.Client) -> None:
    experiment = made_experiment(http, f"table/{EVIL}")
    made_run(http, experiment, EVIL, params={"p": EVIL}, tags={"t": "\u202e" + EVIL}, metrics={"m": {0: "Infinity"}})
    made_run(http, experiment, "L" * 4096)
    page.goto(f"/experiments/{experiment}/runs?column=params.p&column=tags.t&column=metrics.m")
    expect(page.get_by_role("link", name=EVIL, exact=True)).to_be_visible()
    expect(page.get_by_role("gridcell", name="∞")).to_be_visible()
    assert page.locator("main img").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
