"""Who wants to know what was changed is told, after the commit: pages that show it, and work in the background.

A topic is a short text that the store chooses (`trackline/store/topics.py`); this room only passes it on.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Iterable, Iterator

EVERYTHING = "*"  # the topic for "anything may have changed": some announcements were lost or were too many
MAX_TOPICS = 1000  # that may wait for one listener


class Listener:
    """Iterates over sets of topics: each time what was announced since the last, so that a slow one gets fewer.

    Belongs to the event loop that it was made in. When more than MAX_TOPICS wait, `EVERYTHING` stands for them all.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._waiting: set[str] = set()
        self._woken = asyncio.Event()

    def tell(self, topics: Iterable[str]) -> None:
        """From any thread."""
        with self._lock:
            asleep = not self._waiting
            self._waiting.update(topics)
            if EVERYTHING in self._waiting or len(self._waiting) > MAX_TOPICS:
                self._waiting = {EVERYTHING}
            awake = bool(self._waiting)
        if asleep and awake:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
                self._loop.call_soon_threadsafe(self._woken.set)

    def __aiter__(self) -> AsyncIterator[frozenset[str]]:
        return self

    async def __anext__(self) -> frozenset[str]:
        await self._woken.wait()
        self._woken.clear()
        with self._lock:
            topics, self._waiting = self._waiting, set()
        return frozenset(topics)


class Announcements:
    """The listeners of one process."""

    def __init__(self) -> None:
        self._listeners: frozenset[Listener] = frozenset()  # replaced as a whole: any thread may be reading it
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def listen(self) -> Iterator[Listener]:
        listener = Listener()
        with self._lock:
            self._listeners |= {listener}
        try:
            yield listener
        finally:
            with self._lock:
                self._listeners -= {listener}

    def publish(self, topics: Iterable[str]) -> None:
        """From any thread."""
        for listener in self._listeners:
            listener.tell(topics)
