"""Reads that ask once: what waits goes out together on one connection of the event loop's own, in one round trip.

All that is asked together is one transaction, so that it sees one snapshot; a question alone does so by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

import psycopg
from psycopg.pq.abc import PGresult

from trackline.db.postgres.connect import Server
from trackline.db.postgres.exchange import MOST_BYTES, AskedOnce, Exchange, Lane, NotAnswered, size_of
from trackline.db.postgres.pipe import Dumped, is_question
from trackline.db.postgres.transaction import BEGIN_READ, COMMIT, PostgresTransaction

T = TypeVar("T")

MOST_ROWS = 2_000  # of an answer that the event loop takes the time for
PATIENCE_SECONDS = 1.0  # for all that went out together


class _Question(NamedTuple):
    statements: Sequence[Dumped]
    size: int  # in bytes
    answered: asyncio.Future[list[PGresult]]


class Glances:
    """Of one event loop at a time."""

    def __init__(self, server: Server) -> None:
        self._lane = Lane(server, "glances")
        self._asking: _Asking | None = None

    async def run(self, now_ms: int, work: Callable[..., Callable[[], T]], args: tuple[Any, ...]) -> T:
        """As `Database.glance`. Raises NotAnswered, psycopg.DataError for a value that cannot be sent, and what `work`
        raises.
        """
        exchange = self._lane.exchange(asyncio.get_running_loop())
        if self._asking is None or self._asking.exchange is not exchange:
            self._asking = _Asking(exchange)
        once = AskedOnce()
        transaction = PostgresTransaction(once, now_ms)
        result = work(transaction, *args)
        once.answer(exchange.pipe, await self._asking.ask(transaction.waiting))
        return result()

    @property
    def connections(self) -> int:
        return self._lane.connections

    def close(self) -> None:
        self._lane.close()


class _Asking:
    """Questions in front of one exchange, and those that it was asked."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self._waiting: list[_Question] = []
        self._asked: list[_Question] = []
        self._late: asyncio.TimerHandle | None = None

    async def ask(self, statements: Sequence[Any]) -> list[PGresult]:
        dumped = [self.exchange.pipe.dumped(one) for one in statements]
        size = size_of(dumped)
        if size + sum(question.size for question in self._waiting) > MOST_BYTES:
            raise NotAnswered
        question = _Question(dumped, size, self.exchange.loop.create_future())
        self._waiting.append(question)
        if not self._asked:
            self._send()  # what comes until it is answered goes out together
        results = await question.answered
        if sum(result.ntuples for result in results) > MOST_ROWS:
            raise NotAnswered
        return results

    def _send(self) -> None:
        self._asked, self._waiting = self._waiting, []
        self._late = self.exchange.loop.call_later(PATIENCE_SECONDS, self.exchange.lose)
        pipe = self.exchange.pipe
        given = [one for question in self._asked for one in question.statements]
        if len(given) != 1 or not is_question(given[0].form.text):
            given = [pipe.dumped(BEGIN_READ), *given, pipe.dumped(COMMIT)]
        self.exchange.send(given, self._answer, self._fail)

    def _answer(self, results: list[PGresult]) -> None:
        asked, self._asked = self._asked, []
        if self._late:
            self._late.cancel()
        if self._waiting:
            self._send()
        first = 0 if len(results) == 1 else 1  # before it: what came of BEGIN, where there was one
        for statements, _, answered in asked:
            if not answered.done():  # else nobody waits any more
                answered.set_result(results[first : first + len(statements)])
            first += len(statements)

    def _fail(self, _: psycopg.Error) -> None:
        """All that was asked and that waits is read in the ordinary way; so it is told there what is wrong with it."""
        if self._late:
            self._late.cancel()
        failed, self._asked, self._waiting = self._asked + self._waiting, [], []
        for question in failed:
            if not question.answered.done():
                question.answered.set_exception(NotAnswered())
        self.exchange.lose()  # a transaction is open on it, perhaps
