"""The page of experiments, and what stands round every page."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.made import EVIL, made_experiment, made_run
from tests.servers import Server, running_server


def test_an_empty_server_teaches_how_to_log_with_its_own_address(browser: Browser, tmp_path: Path) -> None:
    with running_server(tmp_path) as fresh:
        context = browser.new_context(base_url=fresh.url)
        page = context.new_page()
        page.goto("/")
        expect(page.get_by_text(f'mlflow.set_tracking_uri("{fresh.url}")')).to_be_visible()
        expect(page.get_by_text(f"export MLFLOW_TRACKING_URI={fresh.url}")).to_be_visible()
        context.close()


def test_names_make_a_tree_that_counts_runs_and_folds(page: Page, http: httpx.Client) -> None:
    for name in ("tree/a", "tree/b"):
        made_run(http, made_experiment(http, name), "run")
    page.goto("/experiments?search=tree")
    folder = page.get_by_role("row").filter(has=page.get_by_role("button", name="tree/", exact=True))
    expect(folder).to_contain_text("2")
    expect(page.get_by_role("link", name="a", exact=True)).to_be_visible()


def test_an_experiment_is_created_renamed_noted_deleted_and_restored(page: Page, http: httpx.Client) -> None:
    page.goto("/experiments")
    page.get_by_role("button", name="New experiment").click()
    page.get_by_role("dialog").get_by_role("textbox").fill("life/begins")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="life/begins")).to_be_visible()
    expect(page.get_by_text('mlflow.set_experiment("life/begins")')).to_be_visible()

    page.goto("/experiments?search=life")
    act(page, "life/begins", "Rename", "life/goes on")
    expect(page.get_by_role("link", name="goes on")).to_be_visible()
    act(page, "life/goes on", "Edit the note", "what it is for")
    expect(page.get_by_text("what it is for")).to_be_visible()
    act(page, "life/goes on", "Delete")
    expect(page.get_by_text("Nothing found.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="goes on")).to_be_visible()
    act(page, "life/goes on", "Delete")
    page.get_by_label("Trash").check()
    act(page, "life/goes on", "Restore")
    expect(page.get_by_text("The trash is empty.")).to_be_visible()


def test_an_experiment_is_tagged_and_found_by_its_tag(page: Page, http: httpx.Client) -> None:
    made_experiment(http, "tagged/one")
    page.goto("/experiments?search=tagged")
    act(page, "tagged/one", "Tags")
    page.get_by_role("button", name="Set a tag").click()
    page.get_by_label("Name", exact=True).fill("team")
    page.get_by_label("Value").fill("blue")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Delete the tag team")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("searchbox").fill("team: blue")
    expect(page.get_by_role("row").filter(has_text="team: blue")).to_be_visible()


def test_what_an_experiment_keeps_is_set_shown_and_taken_back(page: Page, http: httpx.Client) -> None:
    made_experiment(http, "kept/some")
    page.goto("/experiments?search=kept")
    dialog = page.get_by_role("dialog")
    best = dialog.get_by_label("How many runs stay")

    act(page, "kept/some", "What is kept")
    best.fill("20")
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator(".message.failed")).to_contain_text('"keep_best", "metric" and "goal"')
    dialog.get_by_label("That metric").fill("loss")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("What kept/some keeps is saved.")).to_be_visible()

    act(page, "kept/some", "What is kept")
    expect(best).to_have_value("20")
    expect(dialog.get_by_label("That metric")).to_have_value("loss")
    best.fill("")
    dialog.get_by_label("That metric").fill("")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    act(page, "kept/some", "What is kept")
    expect(best).to_have_value("")


def act(page: Page, name: str, what: str, text: str | None = None) -> None:
    page.get_by_role("button", name=f"Actions on {name}", exact=True).click()
    page.get_by_role("menuitem", name=what).click()
    if text is not None:
        page.get_by_role("dialog").get_by_role("textbox").fill(text)
        page.get_by_role("button", name="Save").click()


def test_what_the_server_refuses_is_told_and_what_was_written_stays(page: Page, http: httpx.Client) -> None:
    made_experiment(http, "taken")
    page.goto("/experiments?search=taken")
    page.get_by_role("button", name="New experiment").click()
    page.get_by_role("dialog").get_by_role("textbox").fill("taken")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_text("already exists")).to_be_visible()
    expect(page.get_by_role("dialog").get_by_role("textbox")).to_have_value("taken")
    page.locator(".message").get_by_role("button", name="Close").click()
    expect(page.get_by_text("already exists")).to_have_count(0)
    page.get_by_role("button", name="Cancel").click()
    menu_opens_below_its_button(page, "Actions on taken")


def menu_opens_below_its_button(page: Page, name: str) -> None:
    """Not where the table, which cuts off what leaves it, begins to count. A second click closes it."""
    button, menu = page.get_by_role("button", name=name), page.get_by_role("menu")
    button.click()
    above, shown = button.bounding_box(), menu.bounding_box()
    assert above is not None
    assert shown is not None
    assert 0 <= shown["y"] - above["y"] - above["height"] < 10
    assert shown["x"] + shown["width"] <= 1280
    button.click()
    expect(menu).to_have_count(0)


def test_a_new_experiment_appears_on_a_page_that_is_open(page: Page, http: httpx.Client) -> None:
    page.goto("/experiments?search=appears")
    expect(page.get_by_role("button", name="Live")).to_be_visible()
    made_experiment(http, "appears by itself")
    expect(page.get_by_role("link", name="appears by itself")).to_be_visible()


def test_hostile_names_are_shown_as_they_are(page: Page, http: httpx.Client) -> None:
    names = (f"hostile {EVIL}", "hostile تجربة עברית 🚀", f"hostile {'x' * 480}")
    for name in names:
        made_experiment(http, name)
    page.goto("/experiments?search=hostile")
    expect(page.get_by_role("link", name="onerror=alert(2)")).to_be_visible()
    expect(page.get_by_role("link", name=names[1])).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_page_speaks_spanish_and_keeps_language_and_theme(page: Page) -> None:
    page.goto("/experiments")
    page.get_by_label("Language").select_option("es")
    expect(page.get_by_role("heading", name="Experimentos")).to_be_visible()
    page.get_by_role("button", name=re.compile("Tema")).click()
    page.get_by_role("button", name=re.compile("Tema: claro")).click()
    page.reload()
    expect(page.get_by_role("heading", name="Experimentos")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(20, 23, 28)"


def test_keys_lead_to_search_help_and_rows(page: Page, http: httpx.Client) -> None:
    experiment = made_experiment(http, "by keyboard")
    page.goto("/experiments")
    expect(page.get_by_role("treegrid")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("/")
    page.keyboard.type("by keyboard")
    expect(page.get_by_role("searchbox")).to_have_value("by keyboard")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/experiments/{experiment}/runs$"))
    page.go_back()
    expect(page).to_have_url(re.compile("/experiments\\?search=by"))


def test_the_links_that_clients_print_lead_to_the_run_also_where_a_page_is_open(page: Page, http: httpx.Client) -> None:
    experiment = made_experiment(http, "linked")
    run = made_run(http, experiment, "brave-fox")
    page.goto(f"/#/experiments/{experiment}/runs/{run}")
    expect(page.get_by_role("heading", name="brave-fox")).to_be_visible()
    expect(page).to_have_url(re.compile(f"/runs/{run}$"))
    expect(page).to_have_title("brave-fox · Trackline")
    page.goto("/")
    expect(page.get_by_role("heading", name="Experiments")).to_be_visible()
    page.evaluate(f"window.location.hash = '#/experiments/{experiment}'")
    expect(page.get_by_role("heading", name="linked")).to_be_visible()
    expect(page).to_have_title("linked · Trackline")


def test_a_page_whose_program_does_not_come_says_so_and_can_be_loaded_again(page: Page, http: httpx.Client) -> None:
    experiment = made_experiment(http, "upgraded")
    made_run(http, experiment, "brave-fox")
    page.goto(f"/experiments/{experiment}/runs")
    page.route("**/assets/Run-*.js", lambda route: route.abort())
    page.get_by_role("link", name="brave-fox").click()
    expect(page.get_by_text("A part of this page could not be loaded")).to_be_visible()
    page.unroute("**/assets/Run-*.js")
    page.get_by_role("button", name="Load the page again").click()
    expect(page.get_by_role("heading", name="brave-fox")).to_be_visible()


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("/nosuch/page", "Nothing is shown at /nosuch/page."),
        ("/experiments/404404/runs", "No Experiment with id=404404"),
    ],
)
def test_what_is_not_there_is_told_on_a_page_with_a_way_on(page: Page, address: str, says: str) -> None:
    page.goto(address)
    expect(page.get_by_text(says)).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="Experiments").click()
    expect(page.get_by_role("heading", name="Experiments")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_is_wider_than_its_window(page: Page, http: httpx.Client, server: Server, width: int) -> None:
    experiment = made_experiment(http, f"width {width}")
    run = made_run(http, experiment, "n" * 300, metrics={"m" * 200: {0: 1.0}}, params={"p" * 200: "v" * 3000})
    page.set_viewport_size({"width": width, "height": 800})
    for address in ("/experiments", f"/experiments/{experiment}/runs", f"/runs/{run}", f"/runs/{run}?tab=charts"):
        page.goto(address)
        expect(page.get_by_role("heading").first).to_be_visible()
        page.wait_for_load_state("load")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
