"""The registry in the browser: models, their versions, where these stand and how they came there."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.made import EVIL, MLMODEL, made_experiment, made_file, made_run, made_version
from tests.server.talk import API


@pytest.fixture(scope="module")
def run(http: httpx.Client) -> str:
    logged = {"params": {"depth": "6"}, "metrics": {"auc": {0: 0.75}}}
    run = made_run(http, made_experiment(http, "models"), "brave-fox", 1, **logged)
    made_file(http, run, "model/MLmodel", MLMODEL)
    return run


@pytest.fixture(scope="module")
def other(http: httpx.Client) -> str:
    logged = {"params": {"depth": "9"}, "metrics": {"auc": {0: 0.81}}}
    run = made_run(http, made_experiment(http, "other models"), "calm-owl", 1, **logged)
    made_file(http, run, "model/MLmodel", MLMODEL)
    return run


def test_models_are_listed_searched_and_filtered_as_they_come(page: Page, http: httpx.Client, run: str) -> None:
    made_version(http, "listed-churn", run)
    http.post(f"{API}/registered-models/set-tag", json={"name": "listed-churn", "key": "team", "value": "risk"})
    page.goto("/models")
    row = page.get_by_role("row").filter(has_text="listed-churn")
    expect(row).to_contain_text("Version 1")
    expect(row).to_contain_text("team: risk")
    made_version(http, "listed-fraud", run)
    expect(page.get_by_role("link", name="listed-fraud")).to_be_visible()
    page.get_by_role("searchbox").fill("CHURN listed")
    expect(page.get_by_role("link", name="listed-fraud")).to_have_count(0)
    expect(page.get_by_role("link", name="listed-churn")).to_be_visible()
    page.get_by_role("searchbox").fill("")
    page.get_by_label("Filter").fill("tags.team = 'risk'")
    page.get_by_label("Filter").press("Enter")
    expect(page.get_by_role("link", name="listed-fraud")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("link", name="listed-churn")).to_be_visible()
    page.get_by_label("Filter").fill("tags.team ~ 'risk'")
    page.get_by_label("Filter").press("Enter")
    expect(page.locator(".failure")).to_be_visible()


def test_a_model_is_made_described_and_deleted(page: Page) -> None:
    page.goto("/models")
    page.get_by_role("button", name="New model").click()
    page.get_by_label("Name", exact=True).fill("made here")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="made here")).to_be_visible()
    page.get_by_role("button", name="Edit", exact=True).click()
    page.get_by_role("dialog").get_by_role("textbox").fill(f"**bold** {EVIL} [x](javascript:alert(3))")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".drafted strong")).to_have_text("bold")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".notes strong")).to_have_text("bold")
    expect(page.locator(".notes")).to_contain_text(EVIL)
    assert page.locator(".notes script, .notes img, .notes a").count() == 0
    page.get_by_role("button", name="Actions on made here").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page).to_have_url(re.compile("/models$"))
    expect(page.get_by_role("link", name="made here")).to_have_count(0)


def test_a_version_is_promoted_and_the_history_says_so(page: Page, http: httpx.Client, run: str) -> None:
    made_version(http, "promoted", run)
    page.goto("/models/promoted")
    page.get_by_role("button", name="Actions on promoted, version 1").click()
    page.get_by_role("menuitem", name="Change the stage").click()
    page.locator("select[name=stage]").select_option("Production")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row").filter(has_text="Version 1")).to_contain_text("Production")
    expect(page.locator(".history")).to_contain_text("Stage: None → Production")


def test_an_alias_is_set_moved_rolled_back_and_deleted(page: Page, http: httpx.Client, run: str) -> None:
    for _ in range(2):
        made_version(http, "aliased", run)
    page.goto("/models/aliased")
    page.get_by_role("button", name="Set an alias").click()
    page.get_by_role("textbox", name="Alias").fill("champion")
    page.get_by_label("Version", exact=True).fill("1")
    page.get_by_role("button", name="Save").click()
    line = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="@champion"))
    expect(line).to_contain_text("Version 1")
    page.get_by_role("button", name="Actions on @champion").click()
    page.get_by_role("menuitem", name="Move to another version").click()
    page.get_by_label("Version", exact=True).fill("2")
    page.get_by_role("button", name="Save").click()
    expect(line).to_contain_text("Version 2")
    page.get_by_role("button", name="Actions on @champion").click()
    page.get_by_role("menuitem", name="Roll back").click()
    expect(line).to_contain_text("Version 1")
    expect(page.get_by_text("@champion is version 1 again.")).to_be_visible()
    page.get_by_role("button", name="Actions on @champion").click()
    page.get_by_role("menuitem", name="Delete").click()
    expect(line).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(line).to_contain_text("Version 1")


def test_a_version_shows_what_it_was_made_of_and_what_it_holds(page: Page, http: httpx.Client, run: str) -> None:
    made_version(http, "whole", run)
    page.goto("/models/whole/1")
    expect(page.get_by_role("row", name="depth 6")).to_be_visible()
    expect(page.get_by_role("row", name="auc 0.75")).to_be_visible()
    expect(page.get_by_role("row", name="age")).to_contain_text("double")
    expect(page.get_by_text('load_model("models:/whole/1")')).to_be_visible()
    page.get_by_role("link", name="Artifacts").click()
    page.get_by_role("treeitem", name="MLmodel").click()
    expect(page.locator(".preview")).to_contain_text("sklearn")
    page.get_by_role("link", name="brave-fox").click()
    expect(page.get_by_role("link", name="whole, version 1")).to_be_visible()


def test_versions_are_compared_side_by_side(page: Page, http: httpx.Client, run: str, other: str) -> None:
    made_version(http, "compared", run)
    made_version(http, "compared", other)
    page.goto("/models/compared")
    page.get_by_label("Check Version 1").check()
    page.get_by_label("Check Version 2").check()
    page.get_by_role("button", name="Compare", exact=True).click()
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="auc"))
    expect(row).to_contain_text("0.750.81")
    expect(page.get_by_role("rowheader", name="Stage")).to_be_visible()
    page.get_by_label("Only what differs").check()
    expect(page.get_by_role("rowheader", name="Stage")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("rowheader", name="depth")).to_be_visible()


def test_a_version_is_deleted_when_that_is_confirmed(page: Page, http: httpx.Client, run: str) -> None:
    made_version(http, "shrinks", run)
    made_version(http, "shrinks", run)
    page.goto("/models/shrinks")
    page.get_by_role("button", name="Actions on shrinks, version 1").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("link", name="Version 1", exact=True)).to_be_visible()
    page.get_by_role("button", name="Actions on shrinks, version 1").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("link", name="Version 1", exact=True)).to_have_count(0)
    expect(page.get_by_role("link", name="Version 2", exact=True)).to_be_visible()


def test_hostile_names_are_text(page: Page, http: httpx.Client, run: str) -> None:
    name = "<img src=x onerror=alert(1)> '%20\" #?&"
    made_version(http, name, run, description=EVIL, tags=[{"key": "k", "value": EVIL}])
    page.goto("/models")
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    page.get_by_role("link", name="Version 1", exact=True).click()
    expect(page.locator(".notes")).to_contain_text(EVIL)
    expect(page.get_by_text(f"k: {EVIL}")).to_be_visible()
    assert page.locator("main script, main img").count() == 0
