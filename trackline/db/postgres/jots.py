"""Writes that ask once: those that wait are one transaction, in two round trips on a connection of the loop's own.

First all of them ask; then what they write goes out together with COMMIT. So no thread is handed the work, and one
commit brings to the disk what came while the last one was under way. There are two connections, so that one asks
while the disk is at work for the other.

No two at once are about the same thing: neither would see what the other one is about to write. What fails undoes the
whole transaction, and each of them is written in the ordinary way, by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any, TypeVar

import psycopg
from psycopg.pq.abc import PGresult

from trackline.db.errors import Unavailable
from trackline.db.postgres.commits import Commits, check_committed
from trackline.db.postgres.connect import Server
from trackline.db.postgres.exchange import MOST_BYTES, AskedOnce, Exchange, Lane, NotAnswered, size_of
from trackline.db.postgres.pipe import Dumped, Pipe, Statement
from trackline.db.postgres.transaction import BEGIN_WRITE, COMMIT, ROLLBACK, XID, PostgresTransaction

T = TypeVar("T")

LANES = 2
MOST_TOGETHER = 32
LOCK_MS = 200  # that one may wait for another transaction, for the others of its own wait with it
TURN_SECONDS = 0.25  # that a transaction takes; who waits for a longer one is written in the ordinary way

_OPENING = (*BEGIN_WRITE, Statement(f"SELECT set_config('lock_timeout', '{LOCK_MS}ms', true)"))


class _Jot:
    """One write. `about`: as for `Database.jot`; `done` gets its result."""

    def __init__(self, about: str, transaction: PostgresTransaction, once: AskedOnce, write: Callable[[], Any]) -> None:
        self.about = about
        self.done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.result: Any = None
        self.announced = transaction.announced
        self.only_looks = all(one.text.lstrip().startswith("SELECT") for one in transaction.waiting)
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
        self._lanes = [Lane(server, f"jots_{number}") for number in range(LANES)]
        self._commits = commits
        self._publish = publish
        self._desk: _Desk | None = None
        self.transactions = 0

    async def run(self, now_ms: int, about: str, work: Callable[..., Callable[[], T]], args: tuple[Any, ...]) -> T:
        """As `Database.jot`. Raises NotAnswered, what `work` raises, and Unavailable."""
        loop = asyncio.get_running_loop()
        if self._desk is None or self._desk.loop is not loop:
            self._desk = _Desk(loop, self._lanes, self._transact)
        once = AskedOnce()
        transaction = PostgresTransaction(once, now_ms)
        jot = _Jot(about, transaction, once, work(transaction, *args))
        self._desk.take(jot)
        result: T = await jot.done
        return result

    @property
    def waiting(self) -> int:
        """Those in line or under way."""
        return 0 if self._desk is None else self._desk.inside

    @property
    def connections(self) -> int:
        return sum(lane.connections for lane in self._lanes)

    def close(self) -> None:
        for lane in self._lanes:
            lane.close()

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
        ((xid,),) = pipe.rows(opened[XID])
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


class _Desk:
    """Jots in line for the lanes, of one event loop. `transact` is one transaction of some of them."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        lanes: Sequence[Lane],
        transact: Callable[[Exchange, Sequence[_Jot]], Awaitable[None]],
    ) -> None:
        self.loop = loop
        self._transact = transact
        self._free = [*lanes]
        self._under_way: dict[Lane, tuple[float, asyncio.Task[None]]] = {}  # since when
        self._ready: deque[_Jot] = deque()
        self._behind: dict[str, deque[_Jot]] = {}  # for each thing that one is on its way about, those that follow it
        self._look_later: asyncio.TimerHandle | None = None

    @property
    def inside(self) -> int:
        return sum(1 + len(followers) for followers in self._behind.values())

    def take(self, jot: _Jot) -> None:
        followers = self._behind.get(jot.about)
        if followers is not None:
            followers.append(jot)
            return
        self._behind[jot.about] = deque()
        self._ready.append(jot)
        if len(self._ready) == 1:
            self.loop.call_soon(self._go)  # with what else this turn of the loop brings

    def _go(self) -> None:
        for lane in [*self._free]:
            if not self._ready:
                return
            with contextlib.suppress(NotAnswered):
                exchange = lane.exchange(self.loop)
                self._free.remove(lane)
                together = [self._ready.popleft() for _ in range(min(len(self._ready), MOST_TOGETHER))]
                self._under_way[lane] = self.loop.time(), self.loop.create_task(self._carry(lane, exchange, together))
        if not self._under_way:
            self._give_back()
        elif self._look_later is None:
            self._look_later = self.loop.call_later(TURN_SECONDS, self._look)

    async def _carry(self, lane: Lane, exchange: Exchange, jots: list[_Jot]) -> None:
        jots.sort(key=attrgetter("about"))  # so that none waits for one who waits for it
        error: Exception = NotAnswered()
        try:
            await self._transact(exchange, jots)
        except (NotAnswered, psycopg.Error):
            await _undo(exchange)
        except Unavailable as unavailable:
            error = unavailable
        finally:
            for jot in jots:
                jot.fail(error)  # unless it was told something else
                self._follow(jot)
            self._free.insert(0, lane)
            del self._under_way[lane]
            self._go()

    def _follow(self, jot: _Jot) -> None:
        """The next about the same thing has its turn."""
        if followers := self._behind[jot.about]:
            self._ready.append(followers.popleft())
        else:
            del self._behind[jot.about]

    def _look(self) -> None:
        """While something is under way, whether it takes too long for those that wait for it."""
        now = self.loop.time()
        if any(now - since >= TURN_SECONDS for since, _ in self._under_way.values()):
            self._give_back()
        self._look_later = self.loop.call_later(TURN_SECONDS, self._look) if self._under_way else None

    def _give_back(self) -> None:
        """All that waits is written in the ordinary way."""
        waiting = [*self._ready, *chain.from_iterable(self._behind.values())]
        for jot in self._ready:
            del self._behind[jot.about]
        self._ready.clear()
        for followers in self._behind.values():
            followers.clear()
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
