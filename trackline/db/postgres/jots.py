"""Writes that ask once: those that wait are one transaction, in two round trips on a connection of the loop's own.

First all of them ask; then what they write goes out together with COMMIT. So no thread is handed the work, and one
commit brings to the disk what came while the last one was under way.

No two of them are about the same thing: neither would see what the other one is about to write. What fails undoes the
whole transaction, and each of them is written in the ordinary way, by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import chain
from typing import Any, TypeVar

import psycopg
from psycopg.pq.abc import PGresult

from trackline.db.errors import Unavailable
from trackline.db.postgres.commits import Commits, check_committed
from trackline.db.postgres.connect import Server
from trackline.db.postgres.exchange import MOST_BYTES, AskedOnce, Exchange, Lane, NotAnswered, size_of
from trackline.db.postgres.pipe import Dumped, Pipe, Statement, is_question
from trackline.db.postgres.transaction import BEGIN, COMMIT, ROLLBACK, XID, PostgresTransaction

T = TypeVar("T")

MOST_TOGETHER = 32
LOCK_MS = 50  # that one may wait for what another transaction holds: those together with it wait as well
TURN_SECONDS = 0.25  # that a transaction takes; who waits for a longer one is written in the ordinary way

_OPENING = (BEGIN, Statement(f"SELECT {XID}, set_config('lock_timeout', '{LOCK_MS}ms', true)"))


class _Jot:
    """One write; `done` gets its result."""

    def __init__(self, transaction: PostgresTransaction, once: AskedOnce, write: Callable[[], Any]) -> None:
        self.done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.result: Any = None
        self.announced = transaction.announced
        self.only_looks = all(is_question(one.text) for one in transaction.waiting)
        self._transaction = transaction
        self._once = once
        self._write = write

    def asked(self, pipe: Pipe) -> list[Dumped]:
        """Raises psycopg.DataError for a value that cannot be sent."""
        return [pipe.dumped(one) for one in self._transaction.waiting]

    def written(self, pipe: Pipe, results: list[PGresult]) -> list[Dumped]:
        """What it writes, given what came of its questions. Raises as `asked`, NotAnswered, and what `work` raises."""
        self._once.answer(pipe, results)
        self._transaction.opened()
        self.result = self._write()
        return [pipe.dumped(one) for one in self._transaction.waiting]

    def succeed(self) -> None:
        if not self.done.done():  # else nobody waits any more
            self.done.set_result(self.result)

    def fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)


class Jots:
    """Of one event loop at a time. `publish` is told what is announced, once it is committed."""

    def __init__(self, server: Server, commits: Commits, publish: Callable[[Iterable[str]], None]) -> None:
        self._lane = Lane(server, "jots")
        self._commits = commits
        self._publish = publish
        self._line: _Line | None = None
        self.inside = 0  # asked for and not ended
        self.transactions = 0

    async def run(self, now_ms: int, work: Callable[..., Callable[[], T]], args: tuple[Any, ...]) -> T:
        """As `Database.jot`, for one that is alone with what it is about.

        Raises NotAnswered, what `work` raises, and Unavailable.
        """
        exchange = self._lane.exchange(asyncio.get_running_loop())
        if self._line is None or self._line.exchange is not exchange:
            self._line = _Line(exchange, self._transact)
        once = AskedOnce()
        transaction = PostgresTransaction(once, now_ms)
        jot = _Jot(transaction, once, work(transaction, *args))
        self._line.take(jot)
        self.inside += 1
        try:
            result: T = await jot.done
        finally:
            self.inside -= 1
        return result

    @property
    def connections(self) -> int:
        return self._lane.connections

    def close(self) -> None:
        self._lane.close()

    async def _transact(self, exchange: Exchange, jots: Sequence[_Jot]) -> None:
        """Raises NotAnswered and psycopg.Error, in which case nothing was written, and Unavailable."""
        pipe = exchange.pipe
        asking = _statements(jots, lambda jot: jot.asked(pipe))
        opening = [pipe.dumped(one) for one in _OPENING]
        opened = await exchange.ask([*opening, *chain.from_iterable(asking.values())])
        answers, place = {}, len(opening)
        for jot, statements in asking.items():
            answers[jot] = opened[place : place + len(statements)]
            place += len(statements)
        writing = _statements(asking, lambda jot: jot.written(pipe, answers[jot]))
        if not writing or not all(jot.only_looks or jot in writing for jot in asking):
            raise NotAnswered
        ((xid, _),) = pipe.rows(opened[1])
        await self._commit(exchange, xid, [*chain.from_iterable(writing.values())])
        self.transactions += 1
        self._publish(set().union(*(jot.announced for jot in writing)))
        for jot in writing:
            jot.succeed()

    async def _commit(self, exchange: Exchange, xid: str, last: Sequence[Dumped]) -> None:
        try:
            with self._commits.watched(exchange.connection):
                results = await exchange.ask([*last, exchange.pipe.dumped(COMMIT)])
        except psycopg.OperationalError:
            kept = self._commits.was_kept
            if not exchange.lost or not await asyncio.to_thread(kept, xid, exchange.connection.life):
                raise
        else:
            check_committed(results[-1])


class _Line:
    """Jots in front of one exchange. `transact` is one transaction of some of them."""

    def __init__(self, exchange: Exchange, transact: Callable[[Exchange, Sequence[_Jot]], Awaitable[None]]) -> None:
        self.exchange = exchange
        self._transact = transact
        self._waiting: list[_Jot] = []
        self._under_way: asyncio.Task[None] | None = None
        self._is_late = False  # what is under way

    def take(self, jot: _Jot) -> None:
        if self._is_late:
            raise NotAnswered
        self._waiting.append(jot)
        self._go()

    def _go(self) -> None:
        if self._waiting and self._under_way is None:
            self._under_way = self.exchange.loop.create_task(self._carry())

    async def _carry(self) -> None:
        # Who was given up has lost its turn: another one about the same may be here as well.
        waiting = [jot for jot in self._waiting if not jot.done.done()]
        jots, self._waiting = waiting[:MOST_TOGETHER], waiting[MOST_TOGETHER:]
        late = self.exchange.loop.call_later(TURN_SECONDS, self._give_back)
        error: Exception = NotAnswered()
        try:
            error = await self._ended(jots)
        except BaseException:  # who knows how far it got
            self.exchange.lose()
            raise
        finally:
            late.cancel()
            for jot in jots:
                jot.fail(error)  # unless it was told something else
            self._under_way, self._is_late = None, False
            self._go()

    async def _ended(self, jots: list[_Jot]) -> Exception:
        """One transaction, and what those of them are told that were told nothing."""
        try:
            await self._transact(self.exchange, jots)
        except (NotAnswered, psycopg.Error):
            await _undo(self.exchange)
        except Unavailable as error:
            return error
        return NotAnswered()

    def _give_back(self) -> None:
        """What waits, and what comes until this transaction ends, is written in the ordinary way."""
        self._is_late = True
        waiting, self._waiting = self._waiting, []
        for jot in waiting:
            jot.fail(NotAnswered())


def _statements(jots: Iterable[_Jot], made: Callable[[_Jot], list[Dumped]]) -> dict[_Jot, list[Dumped]]:
    """What each has to send. Who has nothing, since that failed or is too much, is told so and left out."""
    found, room = {}, MOST_BYTES
    for jot in jots:
        try:
            statements = made(jot)
            if (size := size_of(statements)) > room:
                raise NotAnswered
        except psycopg.Error:
            jot.fail(NotAnswered())
        except Exception as error:  # noqa: BLE001 whatever it is, it belongs to the one who waits
            jot.fail(error)
        else:
            found[jot] = statements
            room -= size
    return found


async def _undo(exchange: Exchange) -> None:
    """Leaves no transaction open."""
    if not exchange.lost and not exchange.pipe.is_idle:
        with contextlib.suppress(psycopg.Error):  # then the connection is lost, and so is what was begun
            await exchange.ask([exchange.pipe.dumped(ROLLBACK)])
