"""Pages hear of what is logged: from a stock client, through proxies that hold streams back, and without moving."""

from __future__ import annotations

import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.made import log, made_experiment, made_run
from tests.server.talk import client_of
from tests.servers import Server, clean_environment
from tools.client_environments import environment

TRAINING = """
import sys, time
from mlflow import MlflowClient

client, run = MlflowClient(), sys.argv[1]
for step in range(1000, 1040):
    client.log_metric(run, "loss", 1 / step, step=step)
    time.sleep(0.05)
"""


class Proxy(BaseHTTPRequestHandler):
    """Sends an answer on when it has all of it, as some proxies do. `refused`: streams are not even begun."""

    upstream: httpx.Client
    refused = False

    def do_GET(self) -> None:
        if self.refused and "/live" in self.path:
            self.send_error(502)
            return
        answer = self.upstream.get(self.path)
        self.send_response(answer.status_code)
        for name in ("content-type", "content-security-policy"):
            if name in answer.headers:
                self.send_header(name, answer.headers[name])
        self.send_header("content-length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        answer = self.upstream.post(self.path, content=body, headers={"content-type": "application/json"})
        self.send_response(answer.status_code)
        self.send_header("content-length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def proxied(server: Server) -> Iterator[tuple[str, type[Proxy]]]:
    with client_of(server) as upstream:
        handler = type("ProxyOfOne", (Proxy,), {"upstream": upstream})
        proxy = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        proxy.daemon_threads = True
        proxy.block_on_close = False
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{proxy.server_port}", handler
        finally:
            proxy.shutdown()
            proxy.server_close()


@pytest.mark.parametrize("refused", [False, True], ids=["held back", "refused"])
def test_where_a_proxy_lets_no_stream_through_the_page_asks_now_and_then(
    page: Page, http: httpx.Client, server: Server, refused: bool
) -> None:
    run = made_run(http, made_experiment(http, f"live/proxy {refused}"), "behind", metrics={"loss": {0: 1.0, 1: 0.5}})
    with proxied(server) as (url, proxy):
        proxy.refused = refused
        page.goto(f"{url}/runs/{run}?tab=charts")
        card = page.locator("[data-metric=loss]")
        expect(card).to_contain_text("2 points")
        expect(page.get_by_role("button", name="Every 5 s")).to_be_visible()
        log(http, run, metrics={"loss": {2: 0.25}})
        expect(card).to_contain_text("3 points")


def test_a_server_that_is_away_is_said_to_be_lost_and_what_was_missed_comes_after(
    page: Page, http: httpx.Client
) -> None:
    run = made_run(http, made_experiment(http, "live/lost"), "comes back", metrics={"loss": {0: 1.0, 1: 0.5}})
    page.goto(f"/runs/{run}?tab=charts")
    card = page.locator("[data-metric=loss]")
    expect(card).to_contain_text("2 points")
    expect(page.get_by_role("button", name="Live")).to_be_visible()
    page.context.set_offline(True)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.get_by_role("button", name="Live").click()
    page.get_by_role("button", name="Paused").click()
    expect(page.get_by_role("button", name="Lost")).to_be_visible()
    log(http, run, metrics={"loss": {2: 0.25}})
    page.context.set_offline(False)
    expect(page.get_by_role("button", name=re.compile("Live|Every"))).to_be_visible()
    expect(card).to_contain_text("3 points")


def test_charts_grow_while_a_stock_client_logs_and_zoom_scroll_and_focus_stay(
    page: Page, http: httpx.Client, server: Server
) -> None:
    metrics = {key: {s: 1 / (s + 1) for s in range(100)} for key in ("accuracy", "another", "loss", "zeta")}
    run = made_run(http, made_experiment(http, "live/stock client"), "trains", metrics=metrics)
    page.set_viewport_size({"width": 700, "height": 500})
    page.goto(f"/runs/{run}?tab=charts&from=50&to=2000")
    card = page.locator("[data-metric=loss]")
    card.scroll_into_view_if_needed()
    expect(card).to_contain_text("50 points")
    card.locator(".plot").focus()
    expect(page.get_by_role("button", name="Live")).to_be_visible()
    place = page.evaluate("document.querySelector('main').scrollTop")
    assert place > 0
    python = [str(environment("3.17")), "-c", TRAINING, run]
    subprocess.run(python, env=clean_environment(MLFLOW_TRACKING_URI=server.url), check=True, capture_output=True)
    expect(card).to_contain_text("90 points")
    assert page.evaluate("document.querySelector('main').scrollTop") == place
    assert "from=50&to=2000" in page.url
    expect(card.locator(".plot")).to_be_focused()
