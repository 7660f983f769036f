"""Talking to a server: through a client, or in bytes that no client would send."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx

from tests.servers import Server

API = "/api/2.0/mlflow"
AJAX = "/ajax-api/2.0/mlflow"
PATIENCE = 60.0  # seconds until a test that hangs is a test that fails
PAUSE_SECONDS = 0.01


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]  # by lower-case name
    body: bytes


def client_of(server: Server) -> httpx.Client:
    return httpx.Client(base_url=server.url, timeout=PATIENCE, trust_env=False)


def connected(server: Server) -> socket.socket:
    address = urlsplit(server.url)
    return socket.create_connection((address.hostname, address.port), timeout=PATIENCE)


@contextmanager
def connecting(server: Server, clients: int = 4) -> Iterator[list[float]]:
    """In the block so many connect again and again, and each time they must be answered; the seconds that it took."""
    took: list[float] = []
    failed: list[object] = []
    ended = threading.Event()

    def connect() -> None:
        while not ended.is_set():
            begun = time.monotonic()
            try:
                answers = said_to(server, request("GET", "/health"))
                if [answer.status for answer in answers] != [200]:
                    failed.append(answers)
            except OSError as error:
                failed.append(error)
            took.append(time.monotonic() - begun)
            ended.wait(PAUSE_SECONDS)

    threads = [threading.Thread(target=connect) for _ in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield took
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    assert failed == []


def said_to(server: Server, request: bytes, hang_up: bool = False) -> list[Answer]:
    """The answers to these bytes until the server hangs up, or until it hears that we do."""
    with connected(server) as connection:
        try:
            connection.sendall(request)
            if hang_up:
                connection.shutdown(socket.SHUT_WR)
            return answers_in(received(connection))
        except ConnectionError:  # it hung up while we were talking
            return []


def received(connection: socket.socket) -> bytes:
    """All that comes until the server hangs up."""
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)


def answers_in(data: bytes) -> list[Answer]:
    answers = []
    while data:
        head, _, data = data.partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines)
        size = int(headers.get("content-length", "0"))
        answers.append(Answer(int(status.split()[1]), headers, data[:size]))
        data = data[size:]
    return answers


def request(method: str, target: str, body: bytes = b"", **headers: str) -> bytes:
    """A whole request, after which the server hangs up; headers can be replaced, or left out as ""."""
    given = {"host": "localhost", "content-type": "application/json", "content-length": str(len(body))}
    given |= {"connection": "close"} | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items() if value)]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def error_of(body: bytes) -> tuple[str, str]:
    """Code and message of a refusal, which must be in MLflow's form."""
    error: dict[str, Any] = json.loads(body)
    assert set(error) >= {"error_code", "message"}
    assert isinstance(error["error_code"], str) and isinstance(error["message"], str) and error["message"]
    return error["error_code"], error["message"]
