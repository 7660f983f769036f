"""Every page and dialog for everybody: axe finds nothing; the keyboard reaches all; a phone is wide enough."""

from __future__ import annotations

from typing import NamedTuple

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.axe import violations
from tests.e2e.made import MLMODEL, log, made_experiment, made_file, made_run, made_version
from tests.server.talk import API

NO_RUN = "0" * 32
NOTE = "# Why\n\nA *note* with `code`, a [link](https://example.org/).\n\n|a|b|\n|-|-|\n|1|2|"
PHONE = 390  # px
FILES = {
    "model/MLmodel": MLMODEL,
    "notes.md": "# Notes\n\nSome *text*.",
    "table.csv": "a,b\n" + "\n".join(f"{n},{n * n}" for n in range(50)),
    "config.json": '{"lr": 0.1, "layers": [1, 2, {"deep": true}], "name": "x", "none": null}',
    "train.log": "\n".join(f"line {n}" for n in range(300)),
}


class Made(NamedTuple):
    experiment: str
    runs: list[str]
    model: str


@pytest.fixture(scope="module")
def made(http: httpx.Client) -> Made:
    """What each kind of page has something to show of."""
    experiment = made_experiment(http, "for everybody/first")
    runs = [
        made_run(
            http,
            experiment,
            f"run {n}",
            n + 1,
            params={"lr": str(0.1 / (n + 1)), "optimizer": "adam"},
            tags={"team": "blue", "mlflow.note.content": NOTE},
            metrics={"loss": {s: 1 / (s + n + 1) for s in range(30)}, "system/cpu": {s: s / 2 for s in range(5)}},
        )
        for n in range(3)
    ]
    log(http, runs[1], tags={"mlflow.parentRunId": runs[0]})
    for path, content in FILES.items():
        made_file(http, runs[0], path, content)
    http.post(f"{API}/runs/update", json={"run_id": runs[0], "status": "FINISHED", "end_time": 90_000})
    for run in runs[:2]:
        made_version(http, "for everybody", run, description="What it is *for*.")
    http.post(f"{API}/registered-models/alias", json={"name": "for everybody", "alias": "best", "version": "1"})
    return Made(experiment, runs, "for%20everybody")


PAGES = {
    "experiments": "/experiments",
    "trash": "/experiments?trash=1",
    "runs": "/experiments/{experiment}/runs",
    "tree of runs": "/experiments/{experiment}/runs?tree=1&open={first}&heat=low+metrics.loss",
    "groups of runs": "/experiments/{experiment}/runs?group=params.optimizer&open==adam=",
    "run": "/runs/{first}",
    "run's charts": "/runs/{first}?tab=charts",
    "run's machine": "/runs/{first}?tab=system",
    "run's files": "/runs/{first}?tab=artifacts&path=model/MLmodel",
    "table": "/runs/{first}?tab=artifacts&path=table.csv",
    "JSON": "/runs/{first}?tab=artifacts&path=config.json",
    "log": "/runs/{first}?tab=artifacts&path=train.log",
    "child": "/runs/{second}",
    "curves": "/compare?run={first}&run={second}&run={third}",
    "parallel": "/compare?run={first}&run={second}&run={third}&tab=parallel",
    "scatter": "/compare?run={first}&run={second}&run={third}&tab=scatter",
    "contour": "/compare?run={first}&run={second}&run={third}&tab=contour",
    "boxes": "/compare?run={first}&run={second}&run={third}&tab=box",
    "differences": "/compare?run={first}&run={second}&run={third}&tab=differences",
    "images": "/compare?run={first}&run={second}&tab=images",
    "models": "/models",
    "model": "/models/{model}",
    "versions": "/models/{model}?compare=1&compare=2",
    "version": "/models/{model}/1",
    "version's files": "/models/{model}/1?tab=artifacts",
    "server": "/status",
    "webhooks": "/status?tab=webhooks",
    "users": "/status?tab=users",
    "nothing": "/experiments/none",
    "no run": f"/runs/{NO_RUN}",
    "nothing compared": "/compare",
}

# A page, and the buttons that lead to what opens over it.
DIALOGS = {
    "keys": ("experiments", ["Keys"]),
    "new experiment": ("experiments", ["New experiment"]),
    "menu of an experiment": ("experiments", ["Actions on for everybody/first"]),
    "what an experiment keeps": ("experiments", ["Actions on for everybody/first", "What is kept"]),
    "views": ("runs", ["Views"]),
    "new view": ("runs", ["Views", "Save as a view…"]),
    "columns": ("runs", ["Columns"]),
    "what makes groups": ("runs", ["Group by…"]),
    "menu of a group": ("groups of runs", ["Actions on adam"]),
    "menu of a run": ("run", ["Actions on run 0"]),
    "notes": ("run", ["Edit"]),
    "preview of notes": ("run", ["Edit", "Preview"]),
    "tag": ("run", ["Set a tag"]),
    "metrics": ("curves", ["Choose metrics"]),
    "field": ("scatter", ["Colour: Choose"]),
    "new model": ("models", ["New model"]),
    "stage": ("version", ["Actions on for everybody, version 1", "Change the stage"]),
    "end of a version": ("version", ["Actions on for everybody, version 1", "Delete"]),
    "webhook": ("webhooks", ["New webhook"]),
}


def opened(page: Page, made: Made, name: str) -> None:
    first, second, third = made.runs
    address = PAGES[name].format(experiment=made.experiment, first=first, second=second, third=third, model=made.model)
    page.goto(address)
    expect(page.locator("main :is(h1, .failure)").first).to_be_visible()
    expect(page.locator("main:not(:has(.drawing)), main .drawing > *").first).to_be_visible()


def chosen(page: Page, path: list[str]) -> None:
    for name in path:
        page.get_by_role("button", name=name, exact=True).or_(page.get_by_role("menuitem", name=name)).first.click()
    expect(page.locator("dialog[open], [role=menu]").last).to_be_visible()


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_on_a_page_and_a_phone_is_wide_enough(page: Page, made: Made, name: str) -> None:
    opened(page, made, name)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        assert violations(page) == [], theme
    page.set_viewport_size({"width": PHONE, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE
    assert violations(page) == [], PHONE


@pytest.mark.parametrize("name", DIALOGS)
def test_axe_finds_nothing_in_what_opens_over_a_page(page: Page, made: Made, name: str) -> None:
    where, path = DIALOGS[name]
    opened(page, made, where)
    chosen(page, path)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        assert violations(page) == [], theme


@pytest.mark.parametrize("name", ["keys", "tag", "metrics", "stage"])
def test_a_dialog_keeps_the_focus_and_gives_it_back(page: Page, made: Made, name: str) -> None:
    where, path = DIALOGS[name]
    opened(page, made, where)
    chosen(page, path)
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name=path[0], exact=True)).to_be_focused()


def test_every_control_is_reached_by_keyboard_and_shows_that_it_has_the_focus(page: Page, made: Made) -> None:
    opened(page, made, "run")
    reached: list[str] = []
    for _ in range(60):
        page.keyboard.press("Tab")
        name, ringed = page.evaluate(FOCUS)
        assert ringed, name
        reached.append(name)
    wanted = {"To the content", "Experiments", "Language", "Keys", "Actions on run 0", "Charts", "Edit", "Set a tag"}
    assert wanted <= set(reached)


FOCUS = """() => {
  const here = document.activeElement;
  const name = here.getAttribute("aria-label") ?? here.textContent.trim();
  return [name, here === document.body || getComputedStyle(here).outlineStyle !== "none"];
}"""


def test_rows_and_search_have_keys_that_the_help_lists(page: Page, made: Made) -> None:
    opened(page, made, "runs")
    expect(page.get_by_role("link", name="run 2")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("c")
    expect(page.get_by_role("heading", name="2 runs compared")).to_be_visible()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Search metrics")).to_be_focused()
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys").get_by_text("compare the checked runs")).to_be_visible()


def test_each_page_has_its_json_one_click_away(page: Page, made: Made, http: httpx.Client) -> None:
    for name in ("experiments", "run", "curves", "models", "model", "version", "server", "webhooks"):
        opened(page, made, name)
        href = page.get_by_role("link", name="JSON", exact=True).get_attribute("href")
        assert href
        assert http.get(href).json() is not None, name
