"""SQLite: one writer thread that commits many requests at once, and a few readers beside it.

WAL lets readers go on while the writer writes. `synchronous=FULL` makes each commit reach the disk
before it is acknowledged; grouping keeps that affordable: whatever is waiting when a commit begins goes
into it, each request under a savepoint of its own, so that one that fails takes nothing with it but itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from trackline.db.announcements import Announcements, Listener
from trackline.db.database import READ_SECONDS, answered
from trackline.db.dialect import Dialect, SqliteDialect
from trackline.db.errors import Overloaded, TookTooLong, Unavailable
from trackline.db.line import MAX_WAITING, Line
from trackline.db.load import Load
from trackline.db.sqlite_rows import ROWS_AT_ONCE, of_one, of_rows
from trackline.db.transaction import Answer, Transaction

T = TypeVar("T")

GROUP_SIZE = 256  # requests in one commit
GROUP_SECONDS = 0.05  # and no longer than this, so that the first of them does not wait for the last
READERS = 4  # at once
SPARE_READERS = 12  # beside them, for reads that take long
READ_STEPS = 20_000  # of SQLite's machine between two looks at the clock

# SQLite's codes for what the machine, not the request, is to blame for.
_MACHINE_FAILED = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_READONLY,
}

sqlite3.register_adapter(list, lambda values: json.dumps(values, separators=(",", ":")))


class SqliteTransaction:
    """One request's statements on one connection; satisfies `Transaction`."""

    dialect: Dialect = SqliteDialect()

    def __init__(self, connection: sqlite3.Connection, now_ms: int) -> None:
        self._connection = connection
        self.now_ms = now_ms
        self.statements = 0
        self.asker: object = None
        self.announced: set[str] = set()

    def announce(self, topic: str) -> None:
        self.announced.add(topic)

    def execute(self, sql: str, parameters: Mapping[str, Any] = {}) -> None:
        self.changed(sql, parameters)

    def many(self, sql: str, rows: Iterable[Mapping[str, Any]]) -> None:
        self.statements += 1
        self._connection.executemany(sql, rows)

    def insert(self, sql: str, rows: Sequence[Mapping[str, Any]]) -> None:
        self.statements += 1
        for first in range(0, len(rows), ROWS_AT_ONCE):
            some = rows[first : first + ROWS_AT_ONCE]
            text, names = of_rows(sql, len(some))
            self._connection.execute(text, [row[name] for row in some for name in names])

    def changed(self, sql: str, parameters: Mapping[str, Any] = {}) -> int:
        self.statements += 1
        return self._connection.execute(sql, parameters).rowcount

    def rows(self, sql: str, parameters: Mapping[str, Any] = {}) -> list[Any]:
        self.statements += 1
        for name, value in parameters.items():
            if type(value) is list and len(value) == 1 and (text := of_one(sql, name)):
                sql, parameters = text, {**parameters, name: value[0]}
        return self._connection.execute(sql, parameters).fetchall()

    def ask(self, sql: str, parameters: Mapping[str, Any] = {}) -> Answer:
        rows = self.rows(sql, parameters)
        return lambda: rows

    def row(self, sql: str, parameters: Mapping[str, Any] = {}) -> Any | None:
        self.statements += 1
        return self._connection.execute(sql, parameters).fetchone()


class _Job(NamedTuple):
    work: Callable[[Transaction], Any]
    done: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop


class _Outcome(NamedTuple):
    job: _Job
    result: Any
    error: BaseException | None
    announced: frozenset[str] | set[str] = frozenset()


class SqliteDatabase:
    """The database of one file. Methods belong to one event loop at a time; `close` waits for what was begun."""

    def __init__(self, path: Path, clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        self._path = path
        self._clock = clock
        self._announcements = Announcements()
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._local = threading.local()
        self._readers = Line("reader", READERS, SPARE_READERS)
        self._reader_connections: list[sqlite3.Connection] = []
        self._commits = self._writes = 0  # of the writer's thread
        self._closing = False
        self._writer = threading.Thread(target=self._write_until_closed, name="writer", daemon=True)
        self._writer_connection = connect(path)
        self._writer.start()

    async def write(self, work: Callable[..., T], *args: Any, about: str = "") -> T:  # noqa: ARG002 one after the other
        """Run `work(transaction, *args)` and return its result once it is on the disk.

        Raises what `work` raises, with everything it did undone; Overloaded when the line is too long;
        Unavailable when the database does not take it.
        """
        if self._jobs.qsize() >= MAX_WAITING or self._closing:
            raise Overloaded(retry_after=1)
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        self._jobs.put(_Job(lambda tx: work(tx, *args), done, loop))
        return await done

    async def read(self, work: Callable[..., T], *args: Any) -> T:
        """Run `work(transaction, *args)` on one consistent snapshot and return its result.

        Raises what `work` raises; Overloaded when it would wait too long; TookTooLong after READ_SECONDS; Unavailable
        when the database does not answer.
        """
        return await self._readers.run(lambda: self._read(work, args))

    async def glance(self, work: Callable[..., Callable[[], T]], *args: Any) -> T:
        return await self.read(answered, work, args)

    async def jot(self, about: str, work: Callable[..., Callable[[], T]], *args: Any) -> T:
        return await self.write(answered, work, args, about=about)

    def listen(self) -> AbstractContextManager[Listener]:
        """What this process announces: it is the only one that writes."""
        return self._announcements.listen()

    def load(self) -> Load:
        connections = 1 + len(self._reader_connections)
        return Load(self._jobs.qsize() + self._readers.inside, self._commits, self._writes, connections)

    def close(self) -> None:
        """Finish what was accepted, then let go of the file."""
        self._closing = True
        self._jobs.put(None)
        self._writer.join()
        self._readers.close()
        for connection in self._reader_connections:
            connection.close()
        self._writer_connection.close()

    def _read(self, work: Callable[..., T], args: tuple[Any, ...]) -> T:
        try:
            connection = self._reader_connection()
            self._local.deadline = time.monotonic() + READ_SECONDS
            connection.execute("BEGIN")
            try:
                return work(SqliteTransaction(connection, self._clock()), *args)
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
        except BaseException as error:
            if (told := _as_told(error)) is error:
                raise
            raise told from error

    def _reader_connection(self) -> sqlite3.Connection:
        """This thread's own."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = connect(self._path, read_only=True)
            connection.set_progress_handler(lambda: time.monotonic() > self._local.deadline, READ_STEPS)
            self._reader_connections.append(connection)
        return connection

    def _write_until_closed(self) -> None:
        while (job := self._jobs.get()) is not None:
            group = [job]
            try:
                outcomes = self._commit_group(group)
                self._announcements.publish({topic for outcome in outcomes for topic in outcome.announced})
            except BaseException as error:  # noqa: BLE001 the commit itself failed: nothing of the group was kept
                if self._writer_connection.in_transaction:
                    with contextlib.suppress(sqlite3.Error):  # then the next group fails too, and tries again
                        self._writer_connection.execute("ROLLBACK")
                outcomes = [_Outcome(job, None, Unavailable(f"The database took no write: {error}.")) for job in group]
            _deliver(outcomes)

    def _commit_group(self, group: list[_Job]) -> list[_Outcome]:
        """Commit the job in `group` together with what waits behind it, which is added to `group`."""
        connection = self._writer_connection
        deadline = time.monotonic() + GROUP_SECONDS
        connection.execute("BEGIN IMMEDIATE")
        outcomes = [self._attempt(group[0])]
        while len(group) < GROUP_SIZE and time.monotonic() < deadline:
            try:
                following = self._jobs.get_nowait()
            except queue.Empty:
                break
            if following is None:  # the sign to close: leave it to the outer loop
                self._jobs.put(None)
                break
            group.append(following)
            outcomes.append(self._attempt(following))
        connection.execute("COMMIT")
        self._commits += 1
        self._writes += len(outcomes)
        return outcomes

    def _attempt(self, job: _Job) -> _Outcome:
        connection = self._writer_connection
        connection.execute("SAVEPOINT request")
        try:
            tx = SqliteTransaction(connection, self._clock())
            result = job.work(tx)
        except BaseException as error:
            if not connection.in_transaction:  # SQLite gave up the whole transaction (disk full, I/O error)
                raise
            connection.execute("ROLLBACK TO request")
            connection.execute("RELEASE request")
            return _Outcome(job, None, _as_told(error))
        connection.execute("RELEASE request")
        return _Outcome(job, result, None, tx.announced)


def _deliver(outcomes: list[_Outcome]) -> None:
    """Tell the waiting requests, with one wake-up of each event loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Outcome]] = {}
    for outcome in outcomes:
        by_loop.setdefault(outcome.job.loop, []).append(outcome)
    for loop, group in by_loop.items():
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_settle, group)


def _settle(outcomes: list[_Outcome]) -> None:
    for job, result, error, _ in outcomes:
        if job.done.done():  # the request was given up meanwhile
            continue
        if error is None:
            job.done.set_result(result)
        else:
            job.done.set_exception(error)


def _as_told(error: BaseException) -> BaseException:
    """`error` as the waiting request gets it."""
    if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF in _MACHINE_FAILED:
        return Unavailable(f"The database cannot be used: {error}.")
    if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) == sqlite3.SQLITE_INTERRUPT:
        return TookTooLong(READ_SECONDS)
    if isinstance(error, StopIteration):  # no future can carry it: the request would wait for ever
        return RuntimeError("The work on the database raised StopIteration.")
    return error


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """A connection set up as this program needs it; may be handed from thread to thread.

    That the file is in WAL mode is written in it, by its migration.
    """
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=512)
    connection.execute("PRAGMA busy_timeout = 10000")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA cache_size = -8192")  # KiB
    connection.execute("PRAGMA temp_store = MEMORY")
    if read_only:
        connection.execute("PRAGMA query_only = ON")
    return connection
