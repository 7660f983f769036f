"""Connections that nobody uses at the moment."""

from __future__ import annotations

import queue
import threading
from collections import deque

from trackline.db.postgres.connect import ServerConnection


class Idle:
    """From any thread. Whoever waits for one gets it in turn: none that puts one back takes it again before them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._free: list[ServerConnection] = []
        self._waiting: deque[queue.SimpleQueue[ServerConnection]] = deque()

    def put(self, connection: ServerConnection) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().put(connection)
            else:
                self._free.append(connection)

    def take(self, seconds: float = 0.0) -> ServerConnection | None:
        """One that is or becomes free within so many seconds, the last that was put."""
        place: queue.SimpleQueue[ServerConnection] = queue.SimpleQueue()
        with self._lock:
            if self._free:
                return self._free.pop()
            if not seconds:
                return None
            self._waiting.append(place)
        try:
            return place.get(timeout=seconds)
        except queue.Empty:
            with self._lock:
                if place in self._waiting:
                    self._waiting.remove(place)
                    return None
            return place.get()  # it came in the last moment
