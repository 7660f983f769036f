"""The pages' files: where they are found, how long they may be kept, what a browser may do with them."""

from __future__ import annotations

import asyncio
import gzip
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest
from starlette.requests import Request

from tests.server.talk import PATIENCE, error_of, request, said_to
from tests.servers import Server, free_port, started
from tests.web import built_web
from trackline.server import ui_files

ADDRESSES = ("/", "/experiments", "/experiments/1,2/runs", "/runs/abc", "/compare", "/models/a%2Fb", "/status")


@pytest.fixture(autouse=True, scope="module")
def _built() -> None:
    built_web()


class Page(HTMLParser):
    """What a browser would load, and from where."""

    def __init__(self, html: str, address: str) -> None:
        super().__init__()
        self.base = address
        self.loads: list[str] = []
        self.inline = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "base":
            self.base = urljoin(self.base, given["href"])
        elif tag in {"script", "link"}:
            self.loads.append(urljoin(self.base, given.get("src") or given["href"]))
        self.inline |= tag == "style" or "style" in given or any(name.startswith("on") for name in given)


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_address_of_a_page_answers_the_page_and_finds_what_it_loads(http: httpx.Client, address: str) -> None:
    answer = http.get(address)
    page = Page(answer.text, str(answer.url))

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "no-cache"
    assert page.base == urljoin(str(http.base_url), "/")
    assert len(page.loads) >= 3 and not page.inline
    assert [http.get(one).status_code for one in page.loads] == [200] * len(page.loads)


def test_a_file_is_kept_for_ever_and_comes_as_small_as_the_browser_takes_it(http: httpx.Client) -> None:
    script = scripts_of_the_first_page(http)[0]
    plain = http.get(script, headers={"accept-encoding": "identity"})
    packed = http.get(script, headers={"accept-encoding": "gzip"})
    best = http.get(script, headers={"accept-encoding": "gzip, deflate, br;q=1.0"})

    assert re.search(r"-[\w-]{8}\.js$", script)
    assert "content-encoding" not in plain.headers and packed.content == plain.content
    assert [one.headers.get("content-encoding") for one in (packed, best)] == ["gzip", "br"]
    assert int(best.headers["content-length"]) < int(packed.headers["content-length"]) < len(plain.content)
    assert all("immutable" in one.headers["cache-control"] for one in (plain, packed, best))
    assert all(one.headers["vary"] == "accept-encoding" for one in (plain, packed, best))


def test_the_first_page_sends_less_than_200_kilobytes_of_script(http: httpx.Client) -> None:
    scripts = [http.get(one, headers={"accept-encoding": "identity"}) for one in scripts_of_the_first_page(http)]
    assert 0 < sum(len(gzip.compress(script.content)) for script in scripts) <= 200 * 1024


def scripts_of_the_first_page(http: httpx.Client) -> list[str]:
    return [one for one in Page(http.get("/").text, "/").loads if one.endswith(".js")]


def test_a_browser_may_run_what_comes_from_here_and_nothing_else(http: httpx.Client) -> None:
    for address in ("/", "/assets/missing.js"):
        answer = http.get(address)
        if answer.status_code == 200:
            policy = answer.headers["content-security-policy"]
            assert "unsafe" not in policy and "frame-ancestors 'self'" in policy
            assert policy.startswith("default-src 'none'")
            assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("address", ["/assets/missing.js", "/assets/../index.html", "/api/trackline/none", "/nowhere"])
def test_what_is_no_page_is_refused_in_json(http: httpx.Client, address: str) -> None:
    answer = http.get(address)
    assert answer.status_code == 404
    error_of(answer.content)


def test_behind_a_prefix_the_pages_find_everything_below_it(tmp_path: Path) -> None:
    port = free_port()
    flags = ["--port", str(port), "--static-prefix", "/deep/down", "--backend-store-uri", f"sqlite:///{tmp_path}/t.db"]
    command = [sys.executable, "-m", "trackline", "server", *flags, "--artifacts-destination", str(tmp_path / "a")]
    with (
        started(command, f"http://127.0.0.1:{port}/deep/down", tmp_path, {}) as server,
        httpx.Client(timeout=PATIENCE, trust_env=False) as http,
    ):
        bare = http.get(server.url, follow_redirects=True)
        page = Page(http.get(f"{server.url}/experiments/1/runs").text, f"{server.url}/experiments/1/runs")

        assert bare.status_code == 200 and bare.url.path == "/deep/down/"
        assert page.base == f"{server.url}/"
        assert [http.get(one).status_code for one in page.loads] == [200] * len(page.loads)


def test_without_a_build_the_page_says_how_to_make_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(ui_files, "_STATIC", tmp_path)
    scope = {
        "type": "http",
        "path": "/",
        "raw_path": b"/",
        "root_path": "",
        "headers": [],
        "query_string": b"",
        "server": ("x", 80),
    }
    answer = asyncio.run(ui_files.page(Request(scope)))
    assert answer.status_code == 503
    assert b"make web" in answer.body


@pytest.mark.parametrize("host", ["[", "[::1", "a:b:c", '"><script>', "a b", "\xff", "x" * 5000, ""])
def test_a_strange_host_header_does_no_harm(server: Server, host: str) -> None:
    (answer,) = said_to(server, request("GET", "/", host=host))
    assert answer.status in {200, 400, 403}
    assert b'"><script>' not in answer.body
