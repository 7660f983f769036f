"""PostgreSQL: threads that write and threads that read, each with a connection of its own.

One request is one transaction. PostgreSQL itself brings the commits of several connections to the disk together, so
that requests need no grouping here: see docs/decisions/0002-postgresql.md for the figures.

Where a connection is lost during a commit, PostgreSQL is asked what became of the transaction.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TypeVar

import psycopg

from trackline.db.announcements import Listener
from trackline.db.database import answered
from trackline.db.errors import Unavailable
from trackline.db.load import Load
from trackline.db.postgres.broadcast import Broadcast
from trackline.db.postgres.commits import Commits
from trackline.db.postgres.connect import Server, ServerConnection
from trackline.db.postgres.crew import Crew, undone_on_failure
from trackline.db.postgres.glances import Glances, NotAnswered
from trackline.db.postgres.pipe import Statement
from trackline.db.postgres.transaction import BEGIN_READ, COMMIT, PostgresTransaction

T = TypeVar("T")

WRITERS = 12
READERS = 4  # at once
SPARE_READERS = 4  # beside them, for reads that take long
TURN_SECONDS = 0.0005
OUTCOME_SECONDS = 10.0  # to find out what became of a commit

_BEGIN_WRITE = (Statement("BEGIN"), Statement("SELECT pg_current_xact_id()::text"))
_POSITION = Statement("SELECT pg_current_wal_flush_lsn()::text")


class PostgresDatabase:
    """Satisfies `Database`. Connects when it is first asked for something, and again whenever that is needed."""

    def __init__(self, server: Server, clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        # Python's threads take turns of 5 ms; one that has its answer would wait so long for the loop, and that for it.
        sys.setswitchinterval(TURN_SECONDS)
        self._server = server
        self.now_ms = clock
        self.broadcast = Broadcast(server)
        self._commits = Commits()
        self._writers = Crew(server, "writer", WRITERS)
        self._readers = Crew(server, "reader", READERS, SPARE_READERS)
        self._glances = Glances(server)
        self._writes = 0

    async def write(self, work: Callable[..., T], *args: Any) -> T:
        """Run `work(transaction, *args)` and return its result once it is durable.

        `work` may be run several times, each time on a fresh transaction. Raises what `work` raises, with everything
        it did undone; Overloaded when it would wait too long; Unavailable when the database does not take it.
        """
        result = await self._writers.run(lambda connection: self._write(connection, work, args))
        self._writes += 1
        return result

    async def read(self, work: Callable[..., T], *args: Any) -> T:
        """Run `work(transaction, *args)` on one consistent snapshot and return its result. Raises as `write`."""
        return await self._readers.run(lambda connection: read_on(connection, self.now_ms(), work, args))

    async def glance(self, work: Callable[..., Callable[[], T]], *args: Any) -> T:
        try:
            return await self._glances.run(self.now_ms(), work, args)
        except (NotAnswered, psycopg.Error):
            return await self.read(answered, work, args)

    async def position(self) -> str:
        """How far the log of changes goes that holds everything committed until now. Raises as `read`."""
        return await self._readers.run(_position)

    def listen(self) -> AbstractContextManager[Listener]:
        return self.broadcast.listen()

    def load(self) -> Load:
        waiting = self._writers.waiting + self._readers.waiting
        connections = sum(each.connections for each in (self._writers, self._readers, self._glances))
        return Load(waiting, self._writes, self._writes, connections)

    def close(self) -> None:
        """Finish what has begun, then let go."""
        self._writers.close()
        self._readers.close()
        self._glances.close()
        self._commits.close()
        self.broadcast.close()

    def _write(self, connection: ServerConnection, work: Callable[..., T], args: tuple[Any, ...]) -> T:
        with undone_on_failure(connection):
            transaction = PostgresTransaction(connection.pipe, self.now_ms(), *_BEGIN_WRITE)
            result = work(transaction, *args)
            begun = transaction.opened()[1]
            try:
                self._commits.commit(connection, transaction.waiting)
            except psycopg.OperationalError:
                ((xid,),) = connection.pipe.rows(begun)
                if not connection.closed or not self._was_committed(xid, connection.life):
                    raise
        self.broadcast.publish(transaction.announced)
        return result

    def _was_committed(self, xid: str, life: str) -> bool:
        """What became of a transaction of that `life` of the server's, whose connection was lost while it committed.

        Raises Unavailable where that cannot be said.
        """
        deadline = time.monotonic() + OUTCOME_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(psycopg.OperationalError), self._server.connect() as connection:
                try:
                    row = connection.execute("SELECT pg_xact_status(%s::text::xid8)", [xid]).fetchone()
                except psycopg.errors.InvalidParameterValue:  # "in the future": a standby took over without it
                    return False
                status = row[0] if row else None
                if connection.life != life:
                    if status == "committed":  # or was this another, which got the number after a crash?
                        break
                    return False
                if status != "in progress":
                    return bool(status == "committed")
            time.sleep(0.1)
        raise Unavailable(
            "The connection to the database was lost during the commit, and it cannot be said whether it kept this. "
            "Look before you send it again."
        )


def _position(connection: ServerConnection) -> str:
    ((position,),) = connection.pipe.rows(connection.pipe.run([_POSITION])[0])
    return str(position)


def read_on(connection: ServerConnection, now_ms: int, work: Callable[..., T], args: tuple[Any, ...]) -> T:
    """Run `work(transaction, *args)` on one snapshot."""
    transaction = PostgresTransaction(connection.pipe, now_ms, BEGIN_READ)
    try:
        return work(transaction, *args)
    finally:
        if transaction.has_begun and not connection.closed:
            connection.pipe.leave(COMMIT)  # without waiting for it
