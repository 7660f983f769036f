"""Threads with as many connections, and a line of requests in front of them. Fewer, where the database gives no more.

What goes wrong on the way is mended where that is safe. Work has no effects but its statements, so it is run again
where another transaction came in between, or where the connection was lost before the commit was sent.
"""

from __future__ import annotations

import contextlib
import logging
import random
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

import psycopg

from trackline.db.line import Line
from trackline.db.postgres.connect import Server, ServerConnection
from trackline.db.postgres.failures import Remedy, as_told, remedy, said
from trackline.db.postgres.idle import Idle
from trackline.db.postgres.transaction import ROLLBACK

T = TypeVar("T")

log = logging.getLogger("trackline")

ATTEMPTS = 6  # for one request
PAUSE_SECONDS = 0.01  # before the second attempt; before each further one, about twice as long
SHARE_SECONDS = 1.0  # that a thread without a connection waits for another's
REFUSED_SECONDS = 10.0  # until one more connection is asked for, when one was refused
_TOO_MANY = (
    "too many",
    "connection slots",
)  # what PostgreSQL says of it in English; a connection has no code of errors


class Crew:
    """Connects when it is first asked for something, and again whenever that is needed."""

    def __init__(self, server: Server, name: str, at_once: int, spare: int = 0) -> None:
        self._server = server
        self._line = Line(name, at_once, spare)
        self._connections: list[ServerConnection] = []
        self._idle = Idle()
        self._ask_again = 0.0  # the moment, by time.monotonic(), while connections are refused

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
        found = Remedy.AGAIN
        for number in range(1, ATTEMPTS + 1):
            try:
                connection = self._taken(anew=found is Remedy.RECONNECT)
            except psycopg.Error as error:
                raise as_told(error) from error
            found = Remedy.NONE
            try:
                return attempt(connection)
            except psycopg.Error as error:
                found = remedy(error, lost=connection.closed)
                if found is Remedy.NONE or number == ATTEMPTS:
                    raise as_told(error) from error
            finally:
                self._leave(connection, is_good=found is not Remedy.RECONNECT)
            if found is Remedy.AGAIN:
                time.sleep(PAUSE_SECONDS * 2 ** random.uniform(0, number))  # noqa: S311 so that they part
        raise AssertionError("unreachable")

    def _taken(self, anew: bool) -> ServerConnection:
        """A connection for this thread alone: one that is idle, or another; not, if it has to be made `anew`."""
        is_short = bool(self._connections) and time.monotonic() < self._ask_again
        if not anew and (idle := self._idle.take(SHARE_SECONDS if is_short else 0.0)):
            return idle
        try:
            connection = self._server.connect()
        except psycopg.OperationalError as refusal:
            return self._shared(refusal)
        self._connections.append(connection)
        return connection

    def _shared(self, refusal: psycopg.OperationalError) -> ServerConnection:
        """Another's, when it is done with it: where the database gives no more, they have to do."""
        if not any(words in str(refusal) for words in _TOO_MANY):
            raise refusal
        if time.monotonic() >= self._ask_again:
            log.warning("No more than %d connections at a time: %s.", len(self._connections), said(refusal))
        self._ask_again = time.monotonic() + REFUSED_SECONDS
        if (idle := self._idle.take(SHARE_SECONDS)) is None:
            raise refusal
        return idle

    def _leave(self, connection: ServerConnection, is_good: bool) -> None:
        if is_good:
            self._idle.put(connection)
        else:
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
