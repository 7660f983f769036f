"""HTTP as uvicorn reads it, with an end to what it keeps of a request's head and to how long it waits for a client,
and refusals in MLflow's form.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from trackline.server.joining import Joining
from trackline.wire import errors

MAX_HEAD = 64 * 1024  # bytes of request line and headers that may follow the first piece to arrive
HEAD_SECONDS = 30  # from the connection, or the first byte of a further request, to the end of its head
PAUSE_SECONDS = 60  # between two pieces of a body
UNREAD_SECONDS = 120  # that a client takes nothing of an answer that waits for it
LOOK_SECONDS = 5.0
MAX_CONNECTIONS = 4096  # open at once


class Protocol(HttpToolsProtocol):
    _head_size: int | None = None  # None while no head is being read
    _head_since = 0.0  # the moments are those of time.monotonic()
    _heard_at = 0.0
    _unread_since: float | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(cast(Any, Joining(transport)))
        self._head_size = 0
        self._head_since = time.monotonic()
        if len(self.connections) > MAX_CONNECTIONS:
            self._hang_up(errors.UNAVAILABLE, "Service Unavailable", "The server has too many connections; try again.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._head_size is None:
            self._head_size = 0
            self._head_since = self._heard_at

    def on_headers_complete(self) -> None:
        self._head_size = None
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        before = self._head_size
        self._heard_at = time.monotonic()
        super().data_received(data)
        if before is not None and self._head_size is not None:
            self._head_size += len(data)
            if self._head_size > MAX_HEAD and not self.transport.is_closing():
                self.send_400_response("The request's head is too long.")

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread_since = time.monotonic()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._unread_since = None

    def send_400_response(self, msg: str) -> None:
        self._hang_up(errors.BAD_REQUEST, "Bad Request", msg)

    def end_if_stalled(self, now: float) -> None:
        """Hang up on a client that keeps the server waiting for too long."""
        if self.transport.is_closing():
            return
        if self._unread_since is not None:
            if now - self._unread_since > UNREAD_SECONDS:
                self.transport.abort()
        elif self._head_size is not None:
            if now - self._head_since > HEAD_SECONDS:
                self._hang_up(errors.TIMEOUT, "Request Timeout", f"No whole request came in {HEAD_SECONDS} s.")
        elif self._waits_for_a_body() and now - self._heard_at > PAUSE_SECONDS:
            self._hang_up(errors.TIMEOUT, "Request Timeout", f"Nothing more of the body came for {PAUSE_SECONDS} s.")

    def _waits_for_a_body(self) -> bool:
        cycle = self.cycle
        return cycle is not None and cycle.more_body and not cycle.response_started and not self.flow.read_paused

    def _hang_up(self, spelling: errors.Spelling, reason: str, message: str) -> None:
        body = errors.error_body(spelling.error_code, message)
        head = (
            f"HTTP/1.1 {spelling.status} {reason}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\nretry-after: 1\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()


async def end_stalled(connections: Iterable[Any]) -> None:
    """Look at all connections now and then, for as long as the server runs."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        now = time.monotonic()
        for connection in list(connections):
            connection.end_if_stalled(now)
