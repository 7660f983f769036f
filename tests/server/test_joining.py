"""How an answer's pieces leave."""

from __future__ import annotations

import asyncio
import socket

import httpx
import uvloop

from tests.server.talk import answers_in, connected, received, request
from tests.servers import Server
from trackline.server.joining import Joining

ONE_SEGMENT = 16_000  # bytes that loopback carries in one piece
PATIENCE = 10.0


def test_a_small_answer_comes_in_one_piece(server: Server) -> None:
    asked = request("POST", "/api/2.0/mlflow/runs/search", b'{"experiment_ids": []}', connection="")
    with connected(server) as connection:
        for _ in range(50):
            connection.sendall(asked)
            (answer,) = answers_in(connection.recv(ONE_SEGMENT))
            assert len(answer.body) == int(answer.headers["content-length"]) > 0


def test_an_answer_without_a_body_comes_before_the_next_request(http: httpx.Client) -> None:
    assert http.head("/health").status_code == 200


def test_a_head_does_not_wait_for_a_body_that_is_still_to_come() -> None:
    assert _sent(b"HTTP/1.1 200 OK\r\n\r\n", pause=True) == [b"HTTP/1.1 200 OK\r\n\r\n", b"body"]


def test_a_head_that_nothing_follows_leaves_before_the_connection_is_closed() -> None:
    assert _sent(b"HTTP/1.1 204 No Content\r\n\r\n", body=b"") == [b"HTTP/1.1 204 No Content\r\n\r\n"]


def _sent(head: bytes, body: bytes = b"body", pause: bool = False) -> list[bytes]:
    """What the other side gets, in pieces: between the two it reads, where there is a pause."""
    here, there = socket.socketpair()
    there.settimeout(PATIENCE)
    pieces = []

    async def send() -> None:
        transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, sock=here)
        joining = Joining(transport)
        joining.write(head)
        if pause:
            pieces.append(await asyncio.to_thread(there.recv, ONE_SEGMENT))
        if body:
            joining.write(body)
        joining.close()
        pieces.append(await asyncio.to_thread(received, there))

    with there:
        uvloop.run(asyncio.wait_for(send(), PATIENCE))
    return pieces
