"""Clients that keep the server waiting: they are hung up on, and delay nobody meanwhile."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

import pytest
import uvicorn

from tests.server.talk import answers_in
from trackline.server import protocol
from trackline.server.protocol import Protocol, end_stalled

PATIENCE = 20.0


async def _app(scope, receive, send) -> None:  # type: ignore[no-untyped-def]
    """Reads the whole body, answers with as many bytes as the path says."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    left = int(scope["path"].strip("/"))
    while left > 0:
        await send({"type": "http.response.body", "body": bytes(min(left, 65536)), "more_body": True})
        left -= 65536
    await send({"type": "http.response.body", "body": b""})


@contextmanager
def _serving() -> Iterator[tuple[str, int]]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(_app, http=Protocol, lifespan="off", log_config=None, access_log=False))

    async def serve() -> None:
        watch = asyncio.create_task(end_stalled(server.server_state.connections))
        await server.serve(sockets=[listener])
        watch.cancel()

    thread = Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    try:
        yield listener.getsockname()
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
        assert not thread.is_alive()


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    """A server whose patience is short."""
    for name in ("HEAD_SECONDS", "PAUSE_SECONDS", "UNREAD_SECONDS"):
        monkeypatch.setattr(protocol, name, 0.4)
    monkeypatch.setattr(protocol, "LOOK_SECONDS", 0.05)
    with _serving() as address:
        yield address


def _all_of(connection: socket.socket) -> bytes:
    connection.settimeout(PATIENCE)
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize(
    "begun",
    [b"", b"GET /1 HTTP/1.1\r\nhost: x", b"POST /1 HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc"],
    ids=["nothing", "half a head", "half a body"],
)
def test_a_request_that_does_not_go_on_is_ended_with_a_reason(address: tuple[str, int], begun: bytes) -> None:
    with socket.create_connection(address) as connection:
        connection.sendall(begun)

        (answer,) = answers_in(_all_of(connection))

    assert answer.status == 408
    assert json.loads(answer.body)["error_code"] == "REQUEST_TIMEOUT"


def test_a_head_that_comes_byte_by_byte_is_ended_too(address: tuple[str, int]) -> None:
    with socket.create_connection(address) as connection:
        try:
            for byte in b"GET /1 HTTP/1.1\r\nx: " + b"y" * 300:
                connection.sendall(bytes([byte]))
                time.sleep(0.01)
        except ConnectionError:
            return
        assert answers_in(_all_of(connection))[0].status == 408


def test_a_body_that_comes_slowly_but_steadily_is_read(address: tuple[str, int]) -> None:
    with socket.create_connection(address) as connection:
        connection.sendall(b"POST /1 HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 10\r\n\r\n")
        for _ in range(10):
            time.sleep(0.1)
            connection.sendall(b"x")

        assert b"200 OK" in _all_of(connection)


def test_an_answer_that_nobody_takes_is_given_up(address: tuple[str, int]) -> None:
    size = 64 * 1024 * 1024
    with socket.create_connection(address) as connection:
        connection.sendall(f"GET /{size} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
        time.sleep(1.5)

        with pytest.raises(ConnectionError):
            _expect_less(_all_of(connection), size)


def _expect_less(data: bytes, size: int) -> None:
    assert len(data) < size
    raise ConnectionError


def test_an_idle_connection_between_requests_is_kept(address: tuple[str, int]) -> None:
    with socket.create_connection(address) as connection:
        for _ in range(2):
            connection.settimeout(PATIENCE)
            connection.sendall(b"GET /3 HTTP/1.1\r\nhost: x\r\n\r\n")
            assert connection.recv(65536).startswith(b"HTTP/1.1 200")
            time.sleep(0.8)
            connection.setblocking(False)
            _drain(connection.recv)
            connection.setblocking(True)


def _drain(recv: Callable[[int], bytes]) -> None:
    try:
        assert recv(65536) != b"", "the server hung up"
    except BlockingIOError:
        return


def test_more_connections_than_the_server_takes_are_told_to_come_back(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "MAX_CONNECTIONS", 0)
    with socket.create_connection(address) as connection:
        (answer,) = answers_in(_all_of(connection))

    assert answer.status == 503
    assert answer.headers["retry-after"] == "1"
