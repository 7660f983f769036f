"""A few threads, and a bounded line of requests that wait for them.

So many pieces of work have a turn at once. One that goes on for longer than a second gives its turn back and keeps its
thread, as long as there are threads: a few that take long keep none of the others waiting.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from trackline.db.errors import Overloaded
from trackline.db.hands import Hands
from trackline.db.turns import take_turn

T = TypeVar("T")

MAX_WAITING = 8192  # requests in line; past that the server says 503 and does not grow
TURN_SECONDS = 1.0


class Line:
    """`at_once` turns, and `spare` threads beside them for work that takes long.

    Methods belong to one event loop at a time; `close` waits for what has begun.
    """

    def __init__(self, name: str, at_once: int, spare: int = 0) -> None:
        self._hands = Hands(name)
        self._turns = asyncio.Semaphore(at_once)
        self._spare = spare
        self.inside = 0  # asked for and not ended
        self._closing = False

    async def run(self, work: Callable[[], T]) -> T:
        """Run `work()` on one of the threads and return its result. Raises Overloaded, and what `work` raises."""
        if self.inside >= MAX_WAITING or self._closing:
            raise Overloaded(retry_after=1)
        self.inside += 1
        try:
            await self._take_turn()
            return await self._served(work)
        finally:
            self.inside -= 1

    def close(self) -> None:
        self._closing = True
        self._hands.close()

    async def _take_turn(self) -> None:
        await take_turn(self._turns)
        if self._closing:
            self._turns.release()
            raise Overloaded(retry_after=1)

    async def _served(self, work: Callable[[], T]) -> T:
        """By a thread that is free: there are as many as turns, and one for each turn that was given back."""
        gave_back = False

        def give_back() -> None:
            nonlocal gave_back
            if self._spare:
                gave_back = True
                self._spare -= 1
                self._turns.release()

        late = asyncio.get_running_loop().call_later(TURN_SECONDS, give_back)
        try:
            return await self._hands.run(work)
        finally:
            late.cancel()
            if gave_back:
                self._spare += 1
            else:
                self._turns.release()
