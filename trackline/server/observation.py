"""What is around each request: it gets an id, is counted, and is noted in the log where that is wanted.

The id is X-Request-Id: as a trusted proxy gives it, else made here. It goes with the answer and with each line that
the log has of the request.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Callable, Collection
from random import getrandbits
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trackline.server.logs import request_id
from trackline.server.numbers import UNKNOWN, Numbers
from trackline.server.routes import CALLS
from trackline.server.services import Services
from trackline.settings import ServerSettings

ENDPOINT = "endpoint"  # in a request's state: the number of what answers it
LOAD_SECONDS = 1.0  # between two looks at the database's load

_HEADER = b"x-request-id"
_ID = re.compile(rb"[A-Za-z0-9._:+/=-]{1,64}")

access = logging.getLogger("trackline.access")
log = logging.getLogger("trackline")


class Observed:
    """The application `inner`, observed. `believes` says of an address whether it is a proxy's."""

    def __init__(
        self, inner: ASGIApp, believes: Callable[[str], bool], numbers: Numbers, settings: ServerSettings
    ) -> None:
        self._inner = inner
        self._believes = believes
        self._numbers = numbers
        self._slow = settings.slow_request_seconds or float("inf")
        self._notes_all = settings.access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = self._id(scope)
        request_id.set(given.decode())
        state = scope.setdefault("state", {})
        begun = time.perf_counter()
        status = received = sent = 0

        async def receiving() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            return message

        async def sending(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (_HEADER, given)]
            else:
                sent += len(message.get("body", b""))
            await send(message)

        self._numbers.count("in_flight", 1)
        try:
            await self._inner(scope, receiving, sending)
        finally:
            self._numbers.count("in_flight", -1)
            seconds = time.perf_counter() - begun
            endpoint = state.get(ENDPOINT, UNKNOWN)
            self._numbers.answered(endpoint, status, seconds, received, sent)
            if self._notes_all:
                _note(access, logging.INFO, scope, (status, seconds, received, sent))
            if seconds > self._slow and UNKNOWN < endpoint <= len(CALLS):  # others may stream for long
                _note(log, logging.WARNING, scope, (status, seconds, received, sent))

    def _id(self, scope: Scope) -> bytes:
        client = scope.get("client")
        if client and self._believes(client[0]):
            for name, value in scope["headers"]:
                if name == _HEADER and _ID.fullmatch(value):
                    return bytes(value)
        return b"%016x" % getrandbits(64)


def _note(logger: logging.Logger, level: int, scope: Scope, outcome: tuple[int, float, int, int]) -> None:
    """`outcome`: status, seconds, bytes that came and went."""
    status, seconds, received, sent = outcome
    client = scope["client"][0] if scope.get("client") else ""
    said: dict[str, Any] = {"client": client, "method": scope["method"], "path": scope["path"], "status": status}
    said |= {"milliseconds": round(seconds * 1000, 3), "received": received, "sent": sent}
    line = "%(client)s %(method)s %(path)s: %(status)d after %(milliseconds)g ms, %(received)d bytes in, %(sent)d out"
    logger.log(level, line, said, extra=said)


async def tell_load(services: Services, connections: Collection[Any]) -> None:
    """Keep up the numbers of what is busy, for as long as the server runs."""
    numbers, commits, writes = services.numbers, 0, 0
    while True:
        load = services.reading.load()
        numbers.measure("connections", len(connections))
        numbers.measure("waiting", load.waiting)
        numbers.measure("database_connections", load.connections)
        numbers.count("commits", load.commits - commits)
        numbers.count("writes", load.writes - writes)
        commits, writes = load.commits, load.writes
        await asyncio.sleep(LOAD_SECONDS)
