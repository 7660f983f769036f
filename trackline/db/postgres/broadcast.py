"""Announcements to other processes on the same database, over LISTEN and NOTIFY.

They are sent by a connection of their own, all that came in a tenth of a second in one go. In the transactions that
they tell of they would make these commit one after another, for PostgreSQL keeps notifications in order.
"""

from __future__ import annotations

import contextlib
import select
import threading
import time
from collections.abc import Iterable, Iterator

import psycopg

from trackline.db.announcements import EVERYTHING, MAX_TOPICS, Announcements, Listener
from trackline.db.postgres.connect import Server

CHANNEL = "trackline"
EVERY_SECONDS = 0.1
RECONNECT_SECONDS = 1.0
MAX_PAYLOAD = 7900  # bytes; PostgreSQL takes less than 8,000


class Broadcast:
    """What is published reaches the listeners of this process at once, those of others a little later.

    `hears` is set while there is a connection over which others are heard.
    """

    def __init__(self, server: Server) -> None:
        self.hears = threading.Event()
        self._server = server
        self._here = Announcements()
        self._lock = threading.Lock()
        self._unsent: set[str] = set()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._until_closed, name="broadcast", daemon=True)
        self._thread.start()

    def listen(self) -> contextlib.AbstractContextManager[Listener]:
        return self._here.listen()

    def publish(self, topics: Iterable[str]) -> None:
        """From any thread."""
        self._here.publish(topics)
        with self._lock:
            self._unsent.update(topics)
            if len(self._unsent) > MAX_TOPICS:
                self._unsent = {EVERYTHING}

    def close(self) -> None:
        """Send what is left, if that can be done at once."""
        self._closing.set()
        self._thread.join()

    def _until_closed(self) -> None:
        while not self._closing.is_set():
            with contextlib.suppress(psycopg.OperationalError), self._server.connect() as connection:
                connection.execute(f"LISTEN {CHANNEL}")
                self._here.publish([EVERYTHING])  # others may have announced something while nobody listened here
                self.hears.set()
                self._exchange(connection)
            self.hears.clear()
            self._closing.wait(RECONNECT_SECONDS)

    def _exchange(self, connection: psycopg.Connection) -> None:
        arrivals = select.poll()  # psycopg itself ends each wait with a millisecond of asking again and again
        arrivals.register(connection, select.POLLIN)
        while not self._closing.is_set():
            until = time.monotonic() + EVERY_SECONDS
            while (left := until - time.monotonic()) > 0:
                arrivals.poll(left * 1000)
                for notification in connection.notifies(timeout=0):
                    if notification.pid != connection.info.backend_pid:
                        self._here.publish(notification.payload.split("\n"))
            self._send(connection)
        self._send(connection)

    def _send(self, connection: psycopg.Connection) -> None:
        with self._lock:
            topics, self._unsent = self._unsent, set()
        try:
            for payload in _payloads(topics):
                connection.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])
        except psycopg.OperationalError:
            with self._lock:
                self._unsent |= topics
            raise


def _payloads(topics: Iterable[str]) -> Iterator[str]:
    """A line for each topic, as many to a payload as it holds."""
    payload = ""
    for topic in topics:
        if payload and len(f"{payload}\n{topic}".encode()) > MAX_PAYLOAD:
            yield payload
            payload = ""
        payload = f"{payload}\n{topic}" if payload else topic
    if payload:
        yield payload
