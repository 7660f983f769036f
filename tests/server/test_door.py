from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from tests.server.talk import AJAX, API, answers_in, client_of, connected, error_of, received, request, said_to
from tests.servers import Server, free_port, started
from tests.web import built_web
from trackline.db import sqlite
from trackline.db.sqlite import SqliteDatabase
from trackline.domain.access import Permission
from trackline.jobs.webhooks import Secrets, Sender
from trackline.server import app as door
from trackline.server.app import App
from trackline.server.artifact_places import ArtifactPlaces
from trackline.server.bodies import MAX_BODY
from trackline.server.endpoints import ROOT, Call, Raw
from trackline.server.exposure import Exposure
from trackline.server.identity import SignIn
from trackline.server.rates import Rates
from trackline.server.routes import CALLS, RAW
from trackline.server.services import Services

CREATE = f"{API}/experiments/create"


@pytest.mark.parametrize(
    "path",
    [
        "/nope",
        "/api/2.0/mlflow",
        f"{API}/nope",
        f"{API}/runs/search/",
        "/api/2.0/mlflow//runs/search",
        "/api/1.0/mlflow/runs/search",
        "/api/2.0/preview/mlflow/runs/search",
        "/health/",
        "/%68ealth/x",
        "/HEALTH",
        "/../health",
        "/static/../../etc/passwd",
        f"{API}/logged-models/a/b/c/d",
        f"{API}/traces",
        "/graphql",
        "/favicon.ico",
    ],
)
def test_an_unknown_endpoint_is_not_found_in_mlflows_form(server: Server, path: str) -> None:
    for method in ("GET", "POST", "PUT", "DELETE", "PATCH"):
        (answer,) = said_to(server, request(method, path, b"{}"))
        assert answer.status == 404
        assert answer.headers["content-type"] == "application/json"
        code, message = error_of(answer.body)
        assert code == "ENDPOINT_NOT_FOUND"
        assert "endpoint" in message


def test_a_browser_at_an_unknown_address_gets_the_page_that_says_so(http: httpx.Client) -> None:
    built_web()
    browser = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    answer = http.get("/no%2Fsuch/page", headers=browser)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert '<base href="../">' in answer.text
    for path, accept in (
        ("/api/nosuch", browser),
        ("/nosuch", {"accept": "*/*"}),
        ("/nosuch", {"accept": "image/png"}),
    ):
        assert http.get(path, headers=accept).json()["error_code"] == "ENDPOINT_NOT_FOUND"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", CREATE, "POST"),
        ("PUT", CREATE, "POST"),
        ("DELETE", f"{API}/runs/get", "GET"),
        ("PUT", f"{API}/experiments/search", "GET, POST"),
        ("POST", f"{API}/logged-models/m-1", "DELETE, GET, PATCH"),
        ("OPTIONS", f"{API}/runs/search", "POST"),
        ("POST", "/health", "GET"),
        ("TRACE", "/health", "GET"),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(http: httpx.Client, method: str, path: str, allowed: str) -> None:
    answer = http.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    assert error_of(answer.content) == ("METHOD_NOT_ALLOWED", f"{path} answers to {allowed}.")


@pytest.mark.parametrize("path", ["/health", "/version", "/ready", "/", f"{API}/experiments/get?experiment_id=0"])
def test_head_is_get_without_the_body(http: httpx.Client, path: str) -> None:
    full, head = http.get(path), http.head(path)
    assert (full.status_code, head.status_code) == (200, 200)
    assert full.content and head.content == b""
    for name in ("content-type", "content-length"):
        assert head.headers[name] == full.headers[name]


def test_health_readiness_and_version_are_told(http: httpx.Client) -> None:
    assert http.get("/health").text == "OK"
    assert http.get("/ready").json()["status"] == "ready"
    assert http.get("/version").text.startswith("3.")


def test_every_endpoint_answers_below_each_of_its_roots(http: httpx.Client) -> None:
    routes: list[Call | Raw] = [*CALLS, *RAW]
    for route in routes:
        for root in route.api:
            path = root + route.path.replace("{path:path}", "a/b").replace("{step}", "create").replace("{", "x{")
            answer = http.request(route.method, path, json={})
            assert answer.status_code not in (405, 500)
            if answer.status_code == 404:
                assert error_of(answer.content)[0] == "RESOURCE_DOES_NOT_EXIST", path


def test_both_roots_are_the_same_server(http: httpx.Client) -> None:
    created = http.post(f"{AJAX}/experiments/create", json={"name": "by either root"}).json()["experiment_id"]
    assert http.get(f"{API}/experiments/get", params={"experiment_id": created}).status_code == 200


def test_the_path_wins_over_the_query_that_names_another(http: httpx.Client) -> None:
    created = http.post(f"{API}/logged-models", json={"experiment_id": "0", "name": "m"}).json()
    model_id = created["model"]["info"]["model_id"]
    answer = http.get(f"{API}/logged-models/nope", params={"model_id": model_id})
    assert answer.status_code == 404


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "Application/JSON;x=y"])
def test_json_is_taken_under_its_name(http: httpx.Client, kind: str) -> None:
    answer = http.post(f"{API}/runs/search", content=b'{"experiment_ids": ["0"]}', headers={"content-type": kind})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json", "json"]
)
def test_what_a_foreign_web_page_could_send_unasked_is_refused(http: httpx.Client, kind: str) -> None:
    answer = http.post(CREATE, content=b'{"name": "forged"}', headers={"content-type": kind})
    assert answer.status_code == 400
    assert error_of(answer.content) == (
        "INVALID_PARAMETER_VALUE",
        "Bad Request. Content-Type must be one of ['application/json'].",
    )
    assert http.get(f"{API}/experiments/get-by-name", params={"experiment_name": "forged"}).status_code == 404


def test_a_body_without_a_content_type_is_refused(server: Server) -> None:
    (answer,) = said_to(server, request("POST", CREATE, b'{"name": "x"}', content_type=""))
    assert answer.status == 400
    assert "Content-Type header is missing" in error_of(answer.body)[1]


def test_refusals_have_mlflows_codes_and_statuses(http: httpx.Client) -> None:
    assert http.post(CREATE, json={"name": "taken"}).status_code == 200
    for answer, status, code in (
        (http.post(CREATE, json={}), 400, "INVALID_PARAMETER_VALUE"),
        (http.post(CREATE, json={"name": "taken"}), 400, "RESOURCE_ALREADY_EXISTS"),
        (http.get(f"{API}/runs/get", params={"run_id": "nope"}), 404, "RESOURCE_DOES_NOT_EXIST"),
        (http.post(CREATE, content=b"{", headers={"content-type": "application/json"}), 400, "BAD_REQUEST"),
    ):
        assert (answer.status_code, error_of(answer.content)[0]) == (status, code)


def test_a_body_may_be_as_large_as_the_limit_and_no_larger(server: Server, http: httpx.Client) -> None:
    padding = MAX_BODY - len(b'{"name": "x", "unknown": ""}')
    body = b'{"name": "x", "unknown": "' + b"a" * padding + b'"}'
    headers = {"content-type": "application/json"}
    assert http.post(CREATE, content=body, headers=headers).status_code == 200
    for content in (body + b" ", iter([body, b" "])):  # with its length in front, and in chunks without it
        answer = http.post(CREATE, content=content, headers=headers)
        assert answer.status_code == 413
        assert error_of(answer.content) == ("REQUEST_LIMIT_EXCEEDED", f"The body is larger than {MAX_BODY} bytes.")


def test_a_body_may_come_in_chunks_and_in_pieces(server: Server) -> None:
    head = request("POST", f"{API}/runs/search", content_length="", transfer_encoding="chunked")
    parts = [b'{"experiment', b'_ids": ["', b'0"]', b"}", b""]
    whole = head + b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    with connected(server) as connection:
        for index in range(len(whole)):
            connection.sendall(whole[index : index + 1])
        (answer,) = answers_in(received(connection))
    assert answer.status == 200


def test_a_client_that_waits_to_be_told_to_go_on_is_told(server: Server) -> None:
    body = b'{"experiment_ids": ["0"]}'
    with connected(server) as connection:
        connection.sendall(
            request("POST", f"{API}/runs/search", b"", content_length=str(len(body)), expect="100-continue")
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 100 Continue")
        connection.sendall(body)
        assert connection.recv(100).startswith(b"HTTP/1.1 200 OK")


def test_a_connection_serves_on_after_refusals(server: Server) -> None:
    refusals = [
        request("POST", CREATE, b"{", connection=""),
        request("GET", "/nope", connection=""),
        request("PUT", "/health", b"x" * 100_000, connection=""),
        request("POST", CREATE, b"x" * 100_000, content_type="text/plain", connection=""),
    ]
    answers = said_to(server, b"".join(refusals) + request("GET", "/health"))
    assert [answer.status for answer in answers] == [400, 404, 405, 400, 200]


def test_a_prefix_is_where_the_server_answers_and_nowhere_else(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}/tracks"
    command = [sys.executable, "-m", "trackline", "server", "--port", str(urlsplit(url).port)]
    with started([*command, "--static-prefix", "/tracks"], url, tmp_path, {}) as server:
        with client_of(server) as http:
            assert http.get("/health").text == "OK"
            assert http.post(CREATE, json={"name": "n"}).json() == {"experiment_id": "1"}
            assert http.get(f"{API}/logged-models/nope").status_code == 404
            assert http.get("/").headers["content-type"].startswith("text/html")
        for path in ("/health", CREATE, "/", "/tracksx/health", "/tracks/tracks/health"):
            (answer,) = said_to(server, request("GET", path))
            assert (answer.status, error_of(answer.body)[0]) == (404, "ENDPOINT_NOT_FOUND")


class TestInProcess:
    """What cannot be brought about from outside: the application itself, on a real database."""

    def test_too_many_in_line_are_asked_to_come_back(
        self, database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sqlite, "MAX_WAITING", 0)
        answer = asked(database, "POST", CREATE, json={"name": "n"})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert error_of(answer.content)[0] == "TEMPORARILY_UNAVAILABLE"

    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_a_database_that_does_not_answer_is_a_reason_to_come_back(
        self, database: SqliteDatabase, database_file: Path, method: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        database_file.write_bytes(b"\xff" * 8192)
        path = "/ready" if method == "GET" else CREATE
        answer = asked(database, method, path, json={"name": "n"})
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) >= 1
        assert error_of(answer.content)[0] == "TEMPORARILY_UNAVAILABLE"
        assert [(record.levelname, record.exc_info) for record in caplog.records] == [("ERROR", None)]

    def test_a_bug_is_an_internal_error_that_tells_strangers_nothing(
        self, database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        async def fail(_: Request) -> Response:
            raise KeyError("secret")

        monkeypatch.setattr(door, "RAW", (Raw("GET", "/bug", fail, ROOT),))
        answer = asked(database, "GET", "/bug")
        assert answer.status_code == 500
        code, message = error_of(answer.content)
        assert code == "INTERNAL_ERROR"
        assert "secret" not in message
        assert "secret" in caplog.text

    def test_an_answer_that_breaks_off_is_cut_and_not_ended(
        self, database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        async def some() -> AsyncIterator[bytes]:
            yield b"some"
            raise OSError("the disk is gone")

        async def broken(_: Request) -> Response:
            return StreamingResponse(some())

        monkeypatch.setattr(door, "RAW", (Raw("GET", "/broken", broken, ROOT),))
        sent = sent_back(database, {"method": "GET", "path": "/broken"})
        assert [message.get("body") for message in sent] == [None, b"some"]
        assert sent[-1]["more_body"]  # never ended, on which the HTTP server hangs up
        assert "GET /broken broke off" in caplog.text

    def test_a_client_that_is_gone_before_its_body_has_come_is_no_bug(
        self, database: SqliteDatabase, caplog: pytest.LogCaptureFixture
    ) -> None:
        headers = [(b"content-type", b"application/json")]
        sent = sent_back(
            database,
            {"method": "POST", "path": CREATE, "headers": headers},
            {"type": "http.request", "body": b"{", "more_body": True},
        )
        assert sent[0]["status"] == 400
        assert caplog.records == []

    @pytest.fixture(autouse=True)
    def log(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.WARNING)


@pytest.fixture
def database(database_file: Path) -> Iterator[SqliteDatabase]:
    with closing(SqliteDatabase(database_file)) as database:
        yield database


def services(database: SqliteDatabase) -> Services:
    sender = Sender(Secrets("", None), ["https"], allow_private=False)
    places = ArtifactPlaces(None, {})
    return Services(
        database,
        database,
        places,
        database_place="",
        artifacts_place="",
        artifact_root="mlflow-artifacts:/",
        presigned_urls=False,
        framing="'self'",
        random=Random(0),
        sender=sender,
        sign_in=SignIn(database, Permission.READ),
        rates=Rates(0),
    )


def asked(database: SqliteDatabase, method: str, path: str, **given: Any) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(App(services(database), Exposure()))
        async with httpx.AsyncClient(transport=transport, base_url="http://server") as client:
            return await client.request(method, path, **given)

    return asyncio.run(ask())


def sent_back(database: SqliteDatabase, scope: dict[str, Any], *messages: dict[str, Any]) -> list[dict[str, Any]]:
    """What the application sends to a client that says `messages` and then is gone."""
    sent: list[dict[str, Any]] = []
    coming = iter(messages)

    async def receive() -> dict[str, Any]:
        message = next(coming, None)
        if message is None:
            await asyncio.sleep(0.01)
        return message or {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    whole = {"type": "http", "headers": [], "query_string": b"", "asgi": {"spec_version": "2.4"}, **scope}
    asyncio.run(App(services(database), Exposure())(whole, receive, send))
    return sent
