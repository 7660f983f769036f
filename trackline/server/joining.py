"""The head of an answer leaves with its body: alone it is one more system call, and wakes the client for nothing."""

from __future__ import annotations

import asyncio
from typing import Any

_HEAD = b"HTTP/1."


class Joining:
    """A transport on which what looks like a head waits for what is written next, for a turn of the loop at most."""

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._head = b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: Any) -> None:
        if self._head:
            head, self._head = self._head, b""
            self._transport.writelines((head, data))
        elif type(data) is bytes and data.startswith(_HEAD):
            self._head = data
            self._loop.call_soon(self._let_go)
        else:
            self._transport.write(data)

    def close(self) -> None:
        self._let_go()
        self._transport.close()

    def _let_go(self) -> None:
        if self._head and not self._transport.is_closing():
            self._transport.write(self._head)
        self._head = b""
