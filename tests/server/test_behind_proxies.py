"""The server behind nginx and Caddy, with the files of deploy/proxy: below a prefix, large files, live pages."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.server.talk import API, PATIENCE, error_of
from tests.servers import ROOT, free_port, started

PREFIX = "/tracks"
NAME = "tracks.example.org"
MiB = 1024 * 1024
LARGE, HUGE = 64 * MiB, 2048 * MiB
FILES = ROOT / "deploy" / "proxy"


def nginx(folder: Path, port: int, upstream: int) -> list[str]:
    """The file as it is, but for TLS, the port and the prefix."""
    lines = [line for line in (FILES / "nginx.conf").read_text().splitlines() if "ssl_certificate" not in line]
    site = "\n".join(lines).replace("listen 443 ssl;", f"listen 127.0.0.1:{port};")
    site = site.replace("location / {", f"location {PREFIX}/ {{").replace("127.0.0.1:5000", f"127.0.0.1:{upstream}")
    (folder / "site.conf").write_text(site)
    temporary = " ".join(f"{kind}_temp_path {folder};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/nginx.pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off; {temporary} include {folder}/site.conf; }}\n"
    )
    return ["nginx", "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf")]


def caddy(folder: Path, port: int, upstream: int) -> list[str]:
    site = (FILES / "Caddyfile").read_text()
    site = site.replace(f"{NAME} {{", f"http://{NAME}:{port} {{\n\tbind 127.0.0.1")
    site = site.replace("reverse_proxy 127.0.0.1:5000", f"reverse_proxy {PREFIX}* 127.0.0.1:{upstream}")
    (folder / "Caddyfile").write_text(f"{{\n\tadmin off\n\tauto_https off\n}}\n{site}")
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


@contextmanager
def running(command: list[str], folder: Path) -> Iterator[None]:
    with (folder / "proxy.log").open("wb") as log:
        environment = os.environ | {"HOME": str(folder)}
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env=environment)
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)


Configured = Callable[[Path, int, int], list[str]]


@pytest.fixture(scope="module", params=[nginx, caddy], ids=["nginx", "Caddy"])
def configured(request: pytest.FixtureRequest) -> Configured:
    program: Configured = request.param
    if shutil.which(program.__name__) is None:
        pytest.skip(f"{program.__name__} is not installed; make test installs it where it may")
    return program


@pytest.fixture(scope="module")
def folder(configured: Configured, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the proxy and of the server behind it."""
    return tmp_path_factory.mktemp(configured.__name__)


@pytest.fixture(scope="module")
def shown(configured: Configured, folder: Path) -> Iterator[httpx.Client]:
    port, upstream = free_port(), free_port()
    flags = ("--static-prefix", PREFIX, "--public-url", f"http://{NAME}:{port}", "--trusted-proxies", "127.0.0.1")
    command = [sys.executable, "-m", "trackline", "server", "--port", str(upstream), *flags]
    proxy = configured(folder, port, upstream)
    http = httpx.Client(
        base_url=f"http://127.0.0.1:{port}{PREFIX}",
        headers={"host": f"{NAME}:{port}"},
        timeout=PATIENCE,
        trust_env=False,
    )
    with started(command, f"http://127.0.0.1:{upstream}{PREFIX}", folder, {}), running(proxy, folder), http:
        wait_until_it_answers(http)
        yield http


def wait_until_it_answers(http: httpx.Client) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            if http.get("/health").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError("the proxy does not answer")


def test_its_pages_may_write_and_others_may_not(shown: httpx.Client) -> None:
    create = f"{API}/experiments/create"
    own = {"origin": f"http://{shown.headers['host']}"}

    assert shown.post(create, json={"name": "through a proxy"}, headers=own).status_code == 200
    refused = shown.post(create, json={"name": "x"}, headers={"origin": "https://evil.example"})
    assert refused.status_code == 403
    assert error_of(refused.content)[0] == "PERMISSION_DENIED"


def test_the_page_and_its_files_are_found_below_the_prefix(shown: httpx.Client) -> None:
    page = shown.get("/experiments")

    assert page.status_code == 200
    assert '<base href="./">' in page.text


@pytest.mark.parametrize("size", [LARGE, pytest.param(HUGE, marks=pytest.mark.slow)], ids=["64 MiB", "2 GiB"])
def test_large_files_pass_both_ways_as_they_come(shown: httpx.Client, folder: Path, size: int) -> None:
    path = "/api/2.0/mlflow-artifacts/artifacts/0/large.bin"
    piece = bytes(range(256)) * 4096
    arrived = 0

    def pieces() -> Iterator[bytes]:
        nonlocal arrived
        for _ in range(size // len(piece)):
            yield piece
        # What is sent is not whole yet, and most of it lies behind the proxy: it was not gathered on the way.
        stored = folder / "trackline-artifacts"
        arrived = sum(file.stat().st_size for file in stored.rglob("*") if file.is_file())

    sent = shown.put(path, content=pieces())
    with shown.stream("GET", path) as answer:
        received = sum(len(part) for part in answer.iter_bytes())
    shown.delete(path)

    assert sent.status_code == 200
    assert arrived > size // 2
    assert received == size


def test_live_pages_hear_at_once_what_happens(shown: httpx.Client) -> None:
    run = shown.post(f"{API}/runs/create", json={"experiment_id": "0"}).json()["run"]["info"]["run_id"]
    with shown.stream("GET", "/api/trackline/live", params={"topics": f"run:{run}"}) as events:
        lines = events.iter_lines()
        next(lines)  # the stream is open
        shown.post(f"{API}/runs/log-metric", json={"run_id": run, "key": "a", "value": 1, "timestamp": 1})

        assert any(f"run:{run}" in line for line in lines)
