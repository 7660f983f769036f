"""Threads with a connection of their own each, and a line of requests in front of them.

What goes wrong on the way is mended where that is safe. Work has no effects but its statements, so it is run again
where another transaction came in between, or where the connection was lost before the commit was sent.
"""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

import psycopg

from trackline.db.line import Line
from trackline.db.postgres.connect import Server, ServerConnection
from trackline.db.postgres.failures import Remedy, as_told, remedy
from trackline.db.postgres.transaction import ROLLBACK

T = TypeVar("T")

ATTEMPTS = 6  # for one request
PAUSE_SECONDS = 0.01  # before the second attempt; before each further one, about twice as long


class Crew:
    """Connects when it is first asked for something, and again whenever that is needed."""

    def __init__(self, server: Server, name: str, at_once: int, spare: int = 0) -> None:
        self._server = server
        self._line = Line(name, at_once, spare)
        self._local = threading.local()
        self._connections: list[ServerConnection] = []

    async def run(self, attempt: Callable[[ServerConnection], T]) -> T:
        """Call `attempt(connection)`, several times perhaps, and return its result.

        Raises what it raises; Overloaded when it would wait too long; Unavailable when the database cannot be used.
        """
        return await self._line.run(lambda: self._persist(attempt))

    @property
    def waiting(self) -> int:
        """Requests in line or under way."""
        return self._line.inside

    @property
    def connections(self) -> int:
        return len(self._connections)

    def close(self) -> None:
        """Finish what has begun, then let go."""
        self._line.close()
        for connection in self._connections:
            connection.close()

    def _persist(self, attempt: Callable[[ServerConnection], T]) -> T:
        for number in range(1, ATTEMPTS + 1):
            try:
                connection = self._connection()
            except psycopg.Error as error:
                raise as_told(error) from error
            try:
                return attempt(connection)
            except psycopg.Error as error:
                found = remedy(error, lost=connection.closed)
                if found is Remedy.RECONNECT:
                    self._forget(connection)
                if found is Remedy.NONE or number == ATTEMPTS:
                    raise as_told(error) from error
            if found is Remedy.AGAIN:
                time.sleep(PAUSE_SECONDS * 2 ** random.uniform(0, number))  # noqa: S311 so that they part
        raise AssertionError("unreachable")

    def _connection(self) -> ServerConnection:
        """This thread's own."""
        connection: ServerConnection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._server.connect()
            self._connections.append(connection)
        return connection

    def _forget(self, connection: ServerConnection) -> None:
        self._local.connection = None
        self._connections.remove(connection)
        connection.close()


@contextlib.contextmanager
def undone_on_failure(connection: ServerConnection) -> Iterator[None]:
    """Leaves no transaction open."""
    try:
        yield
    finally:
        if not connection.closed and not connection.pipe.is_idle:
            with contextlib.suppress(psycopg.Error):  # then the connection is lost, and so is what was begun
                connection.pipe.run([ROLLBACK])
