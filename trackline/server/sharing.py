"""Connections where several processes listen at one socket.

An event loop's own server takes all that wait in one go, so that one worker would have them all and another none.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Collection, Coroutine
from typing import Any

from trackline.server.numbers import Numbers

COURTESY_SECONDS = 0.005  # that those who have fewer connections get to be first
FULL_SECONDS = 1.0  # to wait where no more files may be open

Serve = Callable[[socket.socket], Coroutine[Any, Any, Any]]


class Sharing:
    """Takes one connection at a time for `serve`, in the place of an asyncio server.

    Whoever has more connections than another worker leaves the next to that one, which is busy if it does not come.
    """

    def __init__(self, listener: socket.socket, serve: Serve, connections: Collection[Any], numbers: Numbers) -> None:
        listener.setblocking(False)
        self._listener = listener
        self._serve = serve
        self._connections = connections
        self._numbers = numbers
        self._loop = asyncio.get_running_loop()
        self._beginning: set[asyncio.Task[None]] = set()
        self._later: asyncio.TimerHandle | None = None
        self._listen()

    def close(self) -> None:
        self._loop.remove_reader(self._listener)
        if self._later:
            self._later.cancel()

    async def wait_closed(self) -> None:
        await asyncio.gather(*self._beginning)

    def _listen(self) -> None:
        self._loop.add_reader(self._listener, self._somebody_waits)

    def _somebody_waits(self) -> None:
        mine = len(self._connections) + len(self._beginning)
        self._numbers.measure("connections", mine)
        if mine > self._numbers.least("connections"):
            self._pause(COURTESY_SECONDS, self._take_all_the_same)
        else:
            self._take()

    def _take_all_the_same(self) -> None:
        self._listen()
        self._take()

    def _take(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except (BlockingIOError, ConnectionAbortedError):  # another worker was quicker, or the client has gone
            pass
        except OSError:
            self._pause(FULL_SECONDS, self._listen)
        else:
            beginning = self._loop.create_task(self._begin(connection))
            self._beginning.add(beginning)
            beginning.add_done_callback(self._beginning.discard)

    async def _begin(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):  # a handshake that failed
            await self._serve(connection)

    def _pause(self, seconds: float, then: Callable[[], None]) -> None:
        self._loop.remove_reader(self._listener)
        self._later = self._loop.call_later(seconds, then)
