"""Saved views of the table of runs, and what is done with all runs that are found."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.made import EVIL, made_experiment, made_file, made_run


def heads(page: Page) -> Locator:
    return page.get_by_role("columnheader").locator(".label")


def parameters(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_a_view_is_saved_shown_first_renamed_and_deleted(page: Page, http: httpx.Client) -> None:
    experiment = made_experiment(http, "views/saved")
    for number in range(3):
        made_run(http, experiment, f"run-{number}", number, metrics={"loss": {0: number}}, params={"lr": "0.1"})
    address = f"/experiments/{experiment}/runs"
    views = page.get_by_role("dialog", name="Views")

    page.goto(f"{address}?column=params.lr&filter=metrics.loss+%3E+0")
    page.get_by_role("button", name="Views").click()
    page.get_by_role("button", name="Save as a view…").click()
    page.get_by_label("Name", exact=True).fill(EVIL)
    page.get_by_label("Smoothing").select_option("0.6")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(views.get_by_role("button", name=EVIL, exact=True)).to_have_attribute("aria-pressed", "true")
    views.get_by_role("button", name=f"Actions on {EVIL}").click()
    expect(page.get_by_role("menuitem").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("menu")).to_have_count(0)
    views.get_by_role("button", name=f"Actions on {EVIL}").click()  # what Esc closed was the menu alone
    page.get_by_role("menuitem", name="Show it first").click()
    expect(views.get_by_text("shown first")).to_be_visible()

    page.goto(address)
    expect(heads(page)).to_have_text(["Name", "lr"])
    expect(page.get_by_text("2 runs", exact=True)).to_be_visible()
    assert parameters(page)["view"] == [EVIL]
    page.get_by_role("button", name=EVIL).click()
    page.get_by_role("button", name="Without a view").click()
    expect(heads(page)).to_have_text(["Name", "Started", "Duration", "User", "loss", "lr"])
    page.go_back()
    expect(heads(page)).to_have_text(["Name", "lr"])
    page.get_by_label("Check run-1", exact=True).check()
    page.get_by_label("Check run-2", exact=True).check()
    page.keyboard.press("c")
    expect(page).to_have_url(re.compile("/compare.*smooth=0.6"))

    page.goto(f"{address}?column=metrics.loss")
    page.get_by_role("button", name="Views").click()
    views.get_by_role("button", name=f"Actions on {EVIL}").click()
    page.get_by_role("menuitem", name="Save what is shown now").click()
    expect(page.get_by_text("is saved.")).to_be_visible()
    views.get_by_role("button", name=f"Actions on {EVIL}").click()
    page.get_by_role("menuitem", name="Rename").click()
    page.get_by_label("Name", exact=True).fill("plain name")
    page.get_by_role("button", name="Save", exact=True).click()
    views.get_by_role("button", name="plain name", exact=False).first.click()
    expect(page).to_have_url(re.compile(r"runs\?column=metrics.loss&view=plain\+name$"))
    page.get_by_role("button", name="plain name").click()
    views.get_by_role("button", name="Actions on plain name").click()
    page.get_by_role("menuitem", name="Delete").click()
    expect(views.get_by_text("No views yet.")).to_be_visible()
    assert page.locator("main img").count() == 0


@pytest.mark.parametrize("form", ["CSV", "Parquet"])
def test_all_runs_found_are_exported_as_a_file(page: Page, http: httpx.Client, tmp_path: Path, form: str) -> None:
    experiment = made_experiment(http, f"views/as {form}")
    run = made_run(http, experiment, EVIL, 1, metrics={"loss": {0: "Infinity"}}, params={"p": "=1+1"})
    made_run(http, experiment, "other", 2)
    page.goto(f"/experiments/{experiment}/runs?tree=1&column=metrics.loss&column=params.p")
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_text(f"All rows as {form}").click()
    file = tmp_path / "runs"
    download.value.save_as(file)
    if form == "Parquet":
        made_file(http, run, "runs.parquet", file.read_bytes())
        page.goto(f"/runs/{run}?tab=artifacts&path=runs.parquet")
        expect(page.get_by_role("row").filter(has_text=EVIL)).to_contain_text("Infinity")
        expect(page.get_by_text("the first 2 of 2 rows")).to_be_visible()
    else:
        rows = list(csv.DictReader(file.read_text().splitlines()))
        assert [row["run_name"] for row in rows] == ["other", EVIL]
        assert (rows[1]["metrics.loss"], rows[1]["params.p"]) == ("Infinity", "'=1+1")


def test_all_runs_found_are_checked_and_moved(page: Page, http: httpx.Client) -> None:
    experiment, target = made_experiment(http, "views/many"), made_experiment(http, f"views/{EVIL}")
    made_experiment(http, f"views/{'long name ' * 40}")
    for number in range(120):
        made_run(http, experiment, f"run-{number}", number)
    page.goto(f"/experiments/{experiment}/runs")
    page.get_by_label("Check run-119", exact=True).check()
    page.get_by_role("button", name="Check all 120").click()
    expect(page.get_by_text("120 runs checked")).to_be_visible()
    page.get_by_role("button", name="Move…").click()
    assert page.get_by_role("dialog").evaluate("dialog => dialog.scrollWidth <= dialog.clientWidth")
    page.get_by_role("dialog").get_by_role("combobox").select_option(label=f"views/{EVIL}")
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_text("120 runs are moved.")).to_be_visible()
    page.goto(f"/experiments/{target}/runs")
    expect(page.get_by_text("120 runs", exact=True)).to_be_visible()
