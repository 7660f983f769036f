"""The pages in a frame of another site's page, as JupyterLab shows them, and in one that may not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.servers import Server, running_server


class Lab(BaseHTTPRequestHandler):
    """Shows in a frame the address that its own one ends with."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(f'<iframe src="{self.path[1:]}" width="900" height="600"></iframe>'.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def lab() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Lab) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        yield f"http://localhost:{site.server_port}"
        site.shutdown()


def test_a_site_that_was_named_shows_the_pages_in_a_frame_where_they_work(page: Page, lab: str, tmp_path: Path) -> None:
    with running_server(tmp_path, f"--x-frame-options={lab}") as server:
        page.goto(f"{lab}/{server.url}/")
        inside = page.frame_locator("iframe")
        inside.get_by_role("button", name="New experiment").click()
        inside.get_by_role("dialog").get_by_role("textbox").fill("from the lab")
        inside.get_by_role("button", name="Create").click()
        expect(inside.get_by_role("heading", name="from the lab")).to_be_visible()
        expect(inside.get_by_role("button", name="Live")).to_be_visible()


def test_another_site_does_not(context: BrowserContext, lab: str, server: Server) -> None:
    page = context.new_page()  # what the browser says of the refusal is no fault here
    with page.expect_console_message(lambda said: "frame-ancestors" in said.text):
        page.goto(f"{lab}/{server.url}/")
    expect(page.frame_locator("iframe").get_by_role("button")).to_have_count(0)
