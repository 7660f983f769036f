"""Whom the server answers: by which name it is called, and from whose pages."""

from __future__ import annotations

import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.server.talk import API, client_of, error_of
from tests.servers import Server, free_port, running_server, started, wait_for_output
from trackline.server.attachments import shown
from trackline.server.exposure import frame_ancestors
from trackline.server.opening import CannotStart, check_settings
from trackline.settings import ServerSettings

CREATE = f"{API}/experiments/create"
GET = f"{API}/experiments/get?experiment_id=0"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(
        tmp_path_factory.mktemp("exposed"),
        "--public-url=https://tracks.example.org",
        "--allowed-hosts=tracks.internal.example, *.lab.example",
        "--cors-allowed-origins=https://notebooks.example",
    ) as server:
        yield server


@pytest.fixture
def http(server: Server) -> Iterator[httpx.Client]:
    with client_of(server) as client:
        yield client


@pytest.mark.parametrize(
    "host",
    [
        "localhost:5000",
        "127.0.0.1",
        "[::1]:5000",
        "192.168.1.7:5000",
        "10.0.0.1",
        "trackline",
        "trackline:5000",
        "any.localhost",
        "tracks.example.org",
        "TRACKS.example.org:443",
        "tracks.internal.example",
        "one.lab.example",
        "a.b.lab.example:80",
    ],
)
def test_it_answers_to_addresses_plain_names_and_the_names_it_was_given(http: httpx.Client, host: str) -> None:
    assert http.get(GET, headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "lab.example", "tracks.example.org.evil.example", "127.0.0.1.evil.example"]
)
def test_a_name_that_somebody_else_made_point_here_is_refused_with_the_setting_to_add(
    http: httpx.Client, host: str
) -> None:
    answer = http.get(GET, headers={"host": f"{host}:5000"})

    assert answer.status_code == 403
    code, message = error_of(answer.content)
    assert code == "PERMISSION_DENIED"
    assert f"--allowed-hosts {host}" in message
    assert f"--public-url https://{host}" in message


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1:1", "https://tracks.example.org.evil.example"]
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_pages_from_elsewhere_may_not_write(http: httpx.Client, origin: str, method: str) -> None:
    answer = http.request(method, CREATE, json={"name": "x"}, headers={"origin": origin})

    assert answer.status_code == 403
    assert f"--cors-allowed-origins {origin}" in error_of(answer.content)[1]
    assert "access-control-allow-origin" not in answer.headers


def test_its_own_pages_may_write_under_each_of_its_names(http: httpx.Client, server: Server) -> None:
    for number, headers in enumerate(
        [
            {"origin": server.url},
            {"origin": "https://tracks.example.org"},
            {"origin": "http://tracks.internal.example", "host": "tracks.internal.example"},
        ]
    ):
        assert http.post(CREATE, json={"name": f"own {number}"}, headers=headers).status_code == 200


def test_pages_that_were_allowed_may_read_and_write(http: httpx.Client) -> None:
    origin = {"origin": "https://notebooks.example"}

    asked = http.options(CREATE, headers={**origin, "access-control-request-method": "POST"})
    written = http.post(CREATE, json={"name": "from a notebook"}, headers=origin)

    assert asked.status_code == 200
    assert written.status_code == 200
    assert (
        asked.headers["access-control-allow-origin"]
        == written.headers["access-control-allow-origin"]
        == origin["origin"]
    )


def test_programs_which_send_no_origin_may_write(http: httpx.Client) -> None:
    assert http.post(CREATE, json={"name": "from a program"}).status_code == 200


def test_what_was_refused_is_said_once_in_the_log(http: httpx.Client, server: Server) -> None:
    for _ in range(3):
        http.get(GET, headers={"host": "loud.example"})

    assert server.output.count("does not answer to the name 'loud.example'") == 1


def test_forwarded_addresses_of_strangers_are_not_believed(http: httpx.Client) -> None:
    http.post(f"{API}/registered-models/create", json={"name": "m"}, headers={"x-forwarded-for": "203.0.113.9"})

    history = http.get("/api/trackline/models/m/history").text

    assert "203.0.113.9" not in history
    assert "127.0.0.1" in history


def test_forwarded_addresses_of_trusted_proxies_are_believed(tmp_path: Path) -> None:
    with running_server(tmp_path, "--trusted-proxies=127.0.0.0/8") as server, client_of(server) as http:
        http.post(f"{API}/registered-models/create", json={"name": "m"}, headers={"x-forwarded-for": "203.0.113.9"})

        assert "203.0.113.9" in http.get("/api/trackline/models/m/history").text


def test_it_serves_https_with_a_certificate(tmp_path: Path) -> None:
    make = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost")
    names = ("-addext", "subjectAltName=DNS:localhost", "-keyout", "key.pem", "-out", "cert.pem")
    subprocess.run([*make, *names], cwd=tmp_path, check=True, capture_output=True, timeout=60)
    port = free_port()
    flags = ["--port", str(port), "--ssl-certfile", "cert.pem", "--ssl-keyfile", "key.pem"]
    trusted = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
    url = f"https://localhost:{port}"

    command = [sys.executable, "-m", "trackline", "server", *flags]

    with started(command, url, tmp_path, {}) as server:
        wait_for_output(server, f"Open       https://127.0.0.1:{port}")
        with httpx.Client(base_url=url, verify=trusted, trust_env=False) as http:
            assert http.post(CREATE, json={"name": "over TLS"}, headers={"origin": url}).status_code == 200


@pytest.mark.parametrize(
    ("given", "pages", "documents"),
    [
        ("SAMEORIGIN", "'self'", "'self'"),
        ("deny", "'none'", "'self'"),
        ("NONE", "*", "*"),
        ("https://lab.example/, http://*.wiki.example:8888",)
        + ("'self' https://lab.example http://*.wiki.example:8888",) * 2,
    ],
)
def test_pages_are_shown_in_the_frames_of_those_who_may(given: str, pages: str, documents: str) -> None:
    ancestors = frame_ancestors(given)
    assert ancestors == pages
    assert shown("report.html", ancestors)["content-security-policy"].endswith(f"frame-ancestors {documents}")


@pytest.mark.parametrize("given", ["lab.example", "https://lab.example; script-src *", "'self'", "https://a b"])
def test_what_is_no_origin_is_refused_before_the_start(given: str) -> None:
    with pytest.raises(CannotStart, match="neither SAMEORIGIN"):
        check_settings(ServerSettings(x_frame_options=given))
