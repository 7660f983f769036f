"""A few threads, and a bounded line of requests that wait for them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from trackline.db.errors import Overloaded

T = TypeVar("T")

MAX_WAITING = 8192  # requests in line; past that the server says 503 and does not grow
WAIT_SECONDS = 2.0  # in line; who has not begun by then is told to come back


class Line:
    """Methods belong to one event loop at a time; `close` waits for what was accepted."""

    def __init__(self, name: str, threads: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self.inside = 0  # asked for and not ended
        self._closing = False

    async def run(self, work: Callable[[], T]) -> T:
        """Run `work()` on one of the threads and return its result. Raises Overloaded, and what `work` raises."""
        if self.inside >= MAX_WAITING or self._closing:
            raise Overloaded(retry_after=1)
        begun = self._threads.submit(work)
        loop = asyncio.get_running_loop()
        late = loop.call_later(WAIT_SECONDS, begun.cancel)  # without effect on one that is being served already
        self.inside += 1
        try:
            return await asyncio.wrap_future(begun)
        except asyncio.CancelledError:
            if loop.time() >= late.when() and not _asked_to_stop():
                raise Overloaded(retry_after=1) from None
            raise
        finally:
            late.cancel()
            self.inside -= 1

    def close(self) -> None:
        self._closing = True
        self._threads.shutdown()


def _asked_to_stop() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
