"""PostgreSQL: threads that write and threads that read, each with a connection of its own.

One request is one transaction. PostgreSQL itself brings the commits of several connections to the disk together, so
that requests need no grouping here: see docs/decisions/0002-postgresql.md for the figures.

What goes wrong on the way is mended where that is safe. Work has no effects but its statements, so it is run again
where another transaction came in between, or where the connection was lost before the commit was sent. Where it was
lost during the commit, PostgreSQL is asked what became of the transaction.
"""

from __future__ import annotations

import contextlib
import random
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TypeVar

import psycopg
from psycopg.pq import TransactionStatus

from trackline.db.announcements import Listener
from trackline.db.errors import Unavailable
from trackline.db.line import Line
from trackline.db.postgres.broadcast import Broadcast
from trackline.db.postgres.connect import Server
from trackline.db.postgres.failures import Remedy, as_told, remedy
from trackline.db.postgres.transaction import PostgresTransaction

T = TypeVar("T")

WRITERS = 12
READERS = 4
TURN_SECONDS = 0.0005
ATTEMPTS = 6  # for one request
PAUSE_SECONDS = 0.01  # before the second attempt; before each further one, about twice as long
OUTCOME_SECONDS = 10.0  # to find out what became of a commit

_BEGIN_WRITE = "BEGIN; SELECT pg_current_xact_id()::text"
_BEGIN_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class PostgresDatabase:
    """Satisfies `Database`. Connects when it is first asked for something, and again whenever that is needed."""

    def __init__(self, server: Server, clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        # Python's threads take turns of 5 ms; one that has its answer would wait so long for the loop, and that for it.
        sys.setswitchinterval(TURN_SECONDS)
        self._server = server
        self._clock = clock
        self._local = threading.local()
        self._connections: list[psycopg.Connection] = []
        self.broadcast = Broadcast(server)
        self._writers = Line("writer", WRITERS)
        self._readers = Line("reader", READERS)

    async def write(self, work: Callable[..., T], *args: Any) -> T:
        """Run `work(transaction, *args)` and return its result once it is durable.

        `work` may be run several times, each time on a fresh transaction. Raises what `work` raises, with everything
        it did undone; Overloaded when it would wait too long; Unavailable when the database does not take it.
        """
        return await self._writers.run(lambda: self._persist(lambda connection: self._write(connection, work, args)))

    async def read(self, work: Callable[..., T], *args: Any) -> T:
        """Run `work(transaction, *args)` on one consistent snapshot and return its result. Raises as `write`."""
        return await self._readers.run(lambda: self._persist(lambda connection: self._read(connection, work, args)))

    def listen(self) -> AbstractContextManager[Listener]:
        return self.broadcast.listen()

    def close(self) -> None:
        """Finish what was accepted, then let go."""
        self._writers.close()
        self._readers.close()
        self.broadcast.close()
        for connection in self._connections:
            connection.close()

    def _persist(self, attempt: Callable[[psycopg.Connection], T]) -> T:
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

    def _write(self, connection: psycopg.Connection, work: Callable[..., T], args: tuple[Any, ...]) -> T:
        with _undone_on_failure(connection):
            xid = _begin(connection)
            transaction = PostgresTransaction(connection, self._clock())
            result = work(transaction, *args)
            try:
                ended = connection.execute("COMMIT").statusmessage
            except psycopg.OperationalError:
                if not connection.closed or not self._was_committed(xid):
                    raise
            else:
                if ended != "COMMIT":
                    raise psycopg.InternalError("A statement failed, and the work went on as if it had not.")
        self.broadcast.publish(transaction.announced)
        return result

    def _read(self, connection: psycopg.Connection, work: Callable[..., T], args: tuple[Any, ...]) -> T:
        with _undone_on_failure(connection):
            connection.execute(_BEGIN_READ)
            result = work(PostgresTransaction(connection, self._clock()), *args)
            connection.execute("COMMIT")
        return result

    def _was_committed(self, xid: str) -> bool:
        """What became of a transaction whose connection was lost while it committed. Raises Unavailable."""
        deadline = time.monotonic() + OUTCOME_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(psycopg.OperationalError), self._server.connect() as connection:
                try:
                    row = connection.execute("SELECT pg_xact_status(%s::text::xid8)", [xid]).fetchone()
                except psycopg.errors.InvalidParameterValue:  # "in the future": a standby took over without it
                    return False
                if row is not None and row[0] != "in progress":
                    return bool(row[0] == "committed")
            time.sleep(0.1)
        raise Unavailable(
            "The connection to the database was lost during the commit, and it cannot be asked whether it kept this. "
            "Look before you send it again."
        )

    def _connection(self) -> psycopg.Connection:
        """This thread's own."""
        connection: psycopg.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._server.connect()
            self._connections.append(connection)
        return connection

    def _forget(self, connection: psycopg.Connection) -> None:
        self._local.connection = None
        self._connections.remove(connection)
        connection.close()


def _begin(connection: psycopg.Connection) -> str:
    """Begin a transaction that writes; returns its number."""
    begun = connection.execute(_BEGIN_WRITE, prepare=False)  # two statements in one message, which cannot be prepared
    begun.nextset()
    (xid,) = begun.fetchone() or ("",)
    return str(xid)


@contextlib.contextmanager
def _undone_on_failure(connection: psycopg.Connection) -> Any:
    try:
        yield
    finally:
        if not connection.closed and connection.info.transaction_status != TransactionStatus.IDLE:
            with contextlib.suppress(psycopg.Error):  # then the connection is lost, and so is what was begun
                connection.execute("ROLLBACK")
