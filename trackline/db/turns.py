"""Turns that are waited for, but not for long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from trackline.db.errors import Overloaded

WAIT_SECONDS = 2.0  # who has not begun by then is told to come back


async def take_turn(turns: asyncio.Lock | asyncio.Semaphore) -> None:
    """`turns.acquire()`; raises Overloaded for who would wait too long."""
    if not turns.locked():
        await turns.acquire()
        return
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            await turns.acquire()
    except TimeoutError:
        raise Overloaded(retry_after=1) from None


class _Turn(asyncio.Lock):
    wanted = 0  # by so many


class Turns:
    """One at a time about each thing, in the order in which they came."""

    def __init__(self) -> None:
        self._turns: dict[str, _Turn] = {}

    @asynccontextmanager
    async def of(self, about: str) -> AsyncIterator[None]:
        """Raises Overloaded."""
        turn = self._turns.setdefault(about, _Turn())
        turn.wanted += 1
        try:
            await take_turn(turn)
            try:
                yield
            finally:
                turn.release()
        finally:
            turn.wanted -= 1
            if not turn.wanted:
                del self._turns[about]
