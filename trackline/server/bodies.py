"""The bodies of JSON requests: each has an end, and so have all of them together."""

from __future__ import annotations

import time

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from trackline.db.errors import Overloaded
from trackline.server.failures import Failure, Refused
from trackline.wire import errors

MAX_BODY = 32 * 1024 * 1024  # bytes; MLflow's largest legal field is a 16 MiB dataset profile
MAX_HELD = 256 * 1024 * 1024  # bytes of all bodies that are being read or worked on
MAX_SECONDS = 300  # from a body's first piece to its last
ALWAYS_TAKEN = 64 * 1024  # bytes; a body this small is not refused for the sake of the large ones


class Bodies:
    def __init__(self) -> None:
        self._held = 0

    async def read(self, receive: Receive) -> bytes:
        """The whole body, which counts as held until it is `let_go`. Raises Refused, Overloaded, ClientDisconnect."""
        chunks: list[bytes] = []
        size = 0
        deadline = time.monotonic() + MAX_SECONDS
        try:
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientDisconnect
                chunk: bytes = message.get("body", b"")
                size += len(chunk)
                self._held += len(chunk)
                if size > MAX_BODY:
                    raise Refused(Failure(errors.TOO_LARGE, f"The body is larger than {MAX_BODY} bytes."))
                if time.monotonic() > deadline:
                    raise Refused(Failure(errors.TIMEOUT, f"The body was not whole after {MAX_SECONDS} s."))
                if self._held > MAX_HELD and size > ALWAYS_TAKEN:
                    raise Overloaded(retry_after=2)
                chunks.append(chunk)
                if not message.get("more_body"):
                    return chunks[0] if len(chunks) == 1 else b"".join(chunks)
        except BaseException:
            self._held -= size
            raise

    def let_go(self, body: bytes) -> None:
        self._held -= len(body)
