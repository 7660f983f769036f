"""PostgreSQL: threads that write and threads that read, each with a connection of its own.

One request is one transaction, but for reads and writes that ask once, of which many are one (`glances`, `jots`).
PostgreSQL itself brings the commits of several connections to the disk together: docs/decisions/0002-postgresql.md has
the figures.

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
from trackline.db.load import Load
from trackline.db.postgres.broadcast import Broadcast
from trackline.db.postgres.commits import Commits
from trackline.db.postgres.connect import Server, ServerConnection
from trackline.db.postgres.crew import Crew, undone_on_failure
from trackline.db.postgres.exchange import NotAnswered
from trackline.db.postgres.glances import Glances
from trackline.db.postgres.jots import Jots
from trackline.db.postgres.pipe import Statement
from trackline.db.postgres.transaction import BEGIN, BEGIN_READ, COMMIT, XID, PostgresTransaction
from trackline.db.turns import Turns

T = TypeVar("T")

WRITERS = 12
READERS = 4  # at once
SPARE_READERS = 4  # beside them, for reads that take long
TURN_SECONDS = 0.0005

_WHICH = Statement(f"SELECT {XID}")
_POSITION = Statement("SELECT pg_current_wal_flush_lsn()::text")


class PostgresDatabase:
    """Satisfies `Database`. Connects when it is first asked for something, and again whenever that is needed."""

    def __init__(self, server: Server, clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        # Python's threads take turns of 5 ms; one that has its answer would wait so long for the loop, and that for it.
        sys.setswitchinterval(TURN_SECONDS)
        self._server = server
        self.now_ms = clock
        self.broadcast = Broadcast(server)
        self._commits = Commits(server)
        self._writers = Crew(server, "writer", WRITERS)
        self._readers = Crew(server, "reader", READERS, SPARE_READERS)
        self._glances = Glances(server)
        self._turns = Turns()
        self._jots = Jots(server, self._commits, self.broadcast.publish)
        self._writes = 0
        self._jotted = 0  # of these

    async def write(self, work: Callable[..., T], *args: Any, about: str = "") -> T:
        """Run `work(transaction, *args)` and return its result once it is durable.

        `work` may be run several times, each time on a fresh transaction. Raises what `work` raises, with everything
        it did undone; Overloaded when it would wait too long; Unavailable when the database does not take it.
        """
        async with self._turns.of(about) if about else contextlib.nullcontext():
            return await self._written(work, args)

    async def read(self, work: Callable[..., T], *args: Any) -> T:
        """Run `work(transaction, *args)` on one consistent snapshot and return its result. Raises as `write`."""
        return await self._readers.run(lambda connection: read_on(connection, self.now_ms(), work, args))

    async def glance(self, work: Callable[..., Callable[[], T]], *args: Any) -> T:
        try:
            return await self._glances.run(self.now_ms(), work, args)
        except (NotAnswered, psycopg.Error):
            return await self.read(answered, work, args)

    async def jot(self, about: str, work: Callable[..., Callable[[], T]], *args: Any) -> T:
        async with self._turns.of(about):
            try:
                result = await self._jots.run(self.now_ms(), work, args)
            except NotAnswered:
                return await self._written(answered, (work, args))
        self._writes += 1
        self._jotted += 1
        return result

    async def position(self) -> str:
        """How far the log of changes goes that holds everything committed until now. Raises as `read`."""
        return await self._readers.run(_position)

    def listen(self) -> AbstractContextManager[Listener]:
        return self.broadcast.listen()

    def load(self) -> Load:
        waiting = self._writers.waiting + self._readers.waiting + self._jots.inside
        connections = sum(each.connections for each in (self._writers, self._readers, self._glances, self._jots))
        commits = self._writes - self._jotted + self._jots.transactions
        return Load(waiting, commits, self._writes, connections)

    def close(self) -> None:
        """Finish what has begun, then let go."""
        self._writers.close()
        self._readers.close()
        self._glances.close()
        self._jots.close()
        self._commits.close()
        self.broadcast.close()

    async def _written(self, work: Callable[..., T], args: tuple[Any, ...]) -> T:
        result = await self._writers.run(lambda connection: self._write(connection, work, args))
        self._writes += 1
        return result

    def _write(self, connection: ServerConnection, work: Callable[..., T], args: tuple[Any, ...]) -> T:
        with undone_on_failure(connection):
            transaction = PostgresTransaction(connection.pipe, self.now_ms(), BEGIN, _WHICH)
            result = work(transaction, *args)
            begun = transaction.opened()[1]
            try:
                self._commits.commit(connection, transaction.waiting)
            except psycopg.OperationalError:
                ((xid,),) = connection.pipe.rows(begun)
                if not connection.closed or not self._commits.was_kept(xid, connection.life):
                    raise
        self.broadcast.publish(transaction.announced)
        return result


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
