"""The pages in a frame of another site's page, as JupyterLab shows them, and in one that may not."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.servers import Server, running_server

LAB = "http://lab.localhost:8888"


def framed(page: Page, url: str) -> None:
    def answer(route: Route) -> None:
        route.fulfill(content_type="text/html", body=f'<iframe src="{url}/" width="900" height="600"></iframe>')

    page.route(f"{LAB}/**", answer)
    page.goto(f"{LAB}/lab")


def test_a_site_that_was_named_shows_the_pages_in_a_frame_where_they_work(page: Page, tmp_path: Path) -> None:
    with running_server(tmp_path, f"--x-frame-options={LAB}") as server:
        framed(page, server.url)
        inside = page.frame_locator("iframe")
        inside.get_by_role("button", name="New experiment").click()
        inside.get_by_role("dialog").get_by_role("textbox").fill("from the lab")
        inside.get_by_role("button", name="Create").click()
        expect(inside.get_by_role("heading", name="from the lab")).to_be_visible()
        expect(inside.get_by_role("button", name="Live")).to_be_visible()


def test_another_site_does_not(context: BrowserContext, server: Server) -> None:
    page = context.new_page()  # what it says of the refusal is no fault here
    with page.expect_console_message(lambda said: "frame-ancestors" in said.text):
        framed(page, server.url)
    expect(page.frame_locator("iframe").get_by_role("button")).to_have_count(0)
