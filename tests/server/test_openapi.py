"""The document of the API says what the table of endpoints says, and is a valid one."""

from __future__ import annotations

import json
import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import msgspec
import pytest

from tools.tool_environments import environment
from trackline.server.endpoints import Call, Raw
from trackline.server.openapi import QUERIES, description
from trackline.server.routes import DESCRIBED, RAW


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return description(DESCRIBED)


def operation(document: dict[str, Any], route: Call | Raw) -> dict[str, Any]:
    path = re.sub(r":path\}", "}", route.api[0] + route.path)
    found: dict[str, Any] = document["paths"][path][route.method.lower()]
    return found


def test_the_document_is_valid_openapi_3_1(document: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(document))
    validator = environment("openapi").with_name("openapi-spec-validator")

    outcome = subprocess.run([validator, file], capture_output=True, text=True, check=False)

    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert document["openapi"].startswith("3.1")


@pytest.mark.parametrize(
    "route",
    DESCRIBED,
    ids=lambda route: f"{route.method} {route.api[0]}{route.path}",
)
def test_every_endpoint_is_described_with_what_it_needs(document: dict[str, Any], route: Call | Raw) -> None:
    described = operation(document, route)
    assert route.needs.words in described["description"]
    assert (described["security"] == []) == route.needs.is_open


@pytest.mark.parametrize(
    "route",
    [route for route in DESCRIBED if isinstance(route, Call)],
    ids=lambda route: f"{route.method} {route.api[0]}{route.path}",
)
def test_every_field_of_a_request_is_described(document: dict[str, Any], route: Call) -> None:
    described = operation(document, route)
    body = described.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})

    named = {one["name"] for one in described["parameters"]} | set(body.get("properties", {}))

    assert named == {field.name for field in msgspec.structs.fields(route.shape)}


def test_what_raw_endpoints_read_is_said_of_no_other() -> None:
    assert set(QUERIES) <= {raw.path for raw in RAW}


def test_names_of_operations_are_unique(document: dict[str, Any]) -> None:
    names = [one["operationId"] for methods in document["paths"].values() for one in methods.values()]
    assert len(set(names)) == len(names)


def test_the_server_shows_the_document(http: httpx.Client, document: dict[str, Any]) -> None:
    assert http.get("/openapi.json").json() == json.loads(json.dumps(document))


def test_behind_a_prefix_the_document_leads_to_the_endpoints(document: dict[str, Any]) -> None:
    (server,) = document["servers"]
    assert urljoin("https://example.org/tracks/openapi.json", server["url"]) == "https://example.org/tracks/"


class Page(HTMLParser):
    """What a page is made of: its elements, and where its links lead."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.links: set[str] = set()
        self.ids: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        for name, value in attrs:
            assert name != "style" and not name.startswith("on"), (tag, name)
            if name in {"href", "src"}:
                self.links.add(value or "")
            if name == "id":
                self.ids.add(value or "")


def test_the_page_needs_no_script_and_nothing_from_elsewhere(http: httpx.Client) -> None:
    answer = http.get("/docs")
    page = Page(answer.text)
    assert "script" not in page.elements and "link" not in page.elements
    assert {link for link in page.links if not link.startswith("#")} == {"openapi.json"}
    assert {link[1:] for link in page.links if link.startswith("#")} <= page.ids
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'") and "unsafe" not in policy


def test_the_page_names_every_path(http: httpx.Client, document: dict[str, Any]) -> None:
    text = http.get("/docs").text
    assert [path for path in document["paths"] if f"<code>{path}</code>" not in text] == []
