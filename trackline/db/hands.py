"""Threads that do what an event loop waits for. concurrent.futures costs three times as much on the way."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")


class _Task(NamedTuple):
    work: Callable[[], Any]
    done: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop


class Hands:
    """Threads begin when there is work for one more; their number is for the caller to limit."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._busy = 0

    async def run(self, work: Callable[[], T]) -> T:
        """What `work()` returns or raises. It is done to its end even where nobody waits for it any more."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        self._busy += 1
        if self._busy > len(self._threads):
            self._begin_thread()
        self._tasks.put(_Task(work, done, loop))
        return await done

    def close(self) -> None:
        """When what has begun is finished."""
        for _ in self._threads:
            self._tasks.put(None)
        for thread in self._threads:
            thread.join()

    def _begin_thread(self) -> None:
        name = f"{self._name}_{len(self._threads)}"
        thread = threading.Thread(target=self._work_until_closed, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work_until_closed(self) -> None:
        while (task := self._tasks.get()) is not None:
            result, error = None, None
            try:
                result = task.work()
            except BaseException as raised:  # noqa: BLE001 whatever it is, it belongs to the one who waits
                error = RuntimeError("The work raised StopIteration.") if isinstance(raised, StopIteration) else raised
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                task.loop.call_soon_threadsafe(self._settle, task.done, result, error)
            del task, result, error  # not kept until there is more to do

    def _settle(self, done: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
        self._busy -= 1
        if done.done():  # it was given up meanwhile
            return
        if error is None:
            done.set_result(result)
        else:
            done.set_exception(error)
