"""Real `trackline server` processes on loopback for tests."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 60.0
STOP_SECONDS = 30.0
FOREIGN_SETTINGS = ("MLFLOW_", "TRACKLINE_", "AWS_")
ANY_CERTIFICATE = ssl.create_default_context()
ANY_CERTIFICATE.check_hostname = False
ANY_CERTIFICATE.verify_mode = ssl.CERT_NONE
DIRECT = urllib.request.build_opener(
    urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=ANY_CERTIFICATE)
)


@dataclass(frozen=True)
class Server:
    """One started process. `log` holds its stdout and stderr, interleaved as written."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def output(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")


def clean_environment(**changes: str) -> dict[str, str]:
    """The environment of this process without settings that would leak into what is under test."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN_SETTINGS)}
    return kept | {"PYTHONUNBUFFERED": "1", "NO_PROXY": "*", "no_proxy": "*"} | changes


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running_server(tmp_path: Path, *flags: str, env: Mapping[str, str] | None = None) -> Iterator[Server]:
    """A server on SQLite and a local artifact folder below `tmp_path`, healthy when the block is entered.

    `flags` are added to the command line and win over the defaults. Leaving the block sends SIGTERM and
    checks that the process ended with exit code 0 and wrote no traceback. A test may end the process
    itself; then only SIGKILL and exit code 0 are accepted.
    """
    port = free_port()
    defaults = {
        "--backend-store-uri": f"sqlite:///{tmp_path / 'trackline.db'}",
        "--artifacts-destination": str(tmp_path / "artifacts"),
        "--host": "127.0.0.1",
        "--port": str(port),
    }
    given = {flag.partition("=")[0] for flag in flags}
    command = [sys.executable, "-m", "trackline", "server", *flags]
    for name, value in defaults.items():
        if name not in given:
            command += [name, value]
    if "--port" in given:
        port = int(_value_of("--port", flags))
    with started(command, f"http://127.0.0.1:{port}", tmp_path, env or {}) as server:
        yield server


@contextmanager
def started(
    command: list[str], url: str, folder: Path, env: Mapping[str, str], stdin: int | None = None
) -> Iterator[Server]:
    """Any server command that answers 200 at `url`/health; ended and checked as `running_server` says."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / f"server-{urlsplit(url).port}.log"
    # The tree under test, whatever is installed; and a working folder where relative paths do no harm.
    environment = clean_environment(PYTHONPATH=str(ROOT), **env)
    with log.open("ab") as sink:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdin=stdin, stdout=sink, stderr=sink)
    server = Server(url, process, log)
    try:
        wait_until_healthy(server)
        yield server
    finally:
        stop(server)
    assert process.returncode in (0, -signal.SIGKILL), f"exit code {process.returncode}\n{server.output}"
    assert "Traceback (most recent call last)" not in server.output, server.output


def wait_until_healthy(server: Server) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert server.process.poll() is None, f"the server ended while starting\n{server.output}"
        try:
            with DIRECT.open(f"{server.url}/health", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.02)
    raise AssertionError(f"no answer from {server.url}/health in {START_SECONDS:.0f} s\n{server.output}")


def wait_for_output(server: Server, words: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while words not in server.output:
        assert time.monotonic() < deadline, f"not said within {START_SECONDS:.0f} s: {words}\n{server.output}"
        time.sleep(0.02)


def stop(server: Server) -> None:
    """SIGTERM, then wait; SIGKILL only when the process does not end, which is a failure."""
    if server.process.poll() is not None:
        return
    server.process.terminate()
    try:
        server.process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.process.kill()
        server.process.wait()
        raise AssertionError(f"the server did not end on SIGTERM\n{server.output}") from None


def _value_of(name: str, flags: tuple[str, ...]) -> str:
    for flag, following in zip(flags, (*flags[1:], ""), strict=True):
        if flag == name:
            return following
        if flag.startswith(f"{name}="):
            return flag.partition("=")[2]
    raise ValueError(f"{name} has no value")
