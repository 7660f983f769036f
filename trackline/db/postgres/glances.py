"""Reads that ask once: what waits goes out together on one connection of the event loop's own, in one round trip.

All that is asked together is one transaction, so that it sees one snapshot; and no thread is handed the work, which
costs more than the answer. Whatever goes wrong here is not told to anybody. The same is read in the ordinary way, by
those who mend what can be mended.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Generator, Sequence
from typing import Any, NamedTuple, TypeVar

import psycopg
from psycopg.pq.abc import PGresult

from trackline.db.postgres.connect import Server, ServerConnection
from trackline.db.postgres.pipe import Dumped, Pipe, Statement
from trackline.db.postgres.transaction import BEGIN_READ, COMMIT, PostgresTransaction

T = TypeVar("T")

MOST_BYTES = 64 * 1024  # that wait to be sent: sockets take so much at once
MOST_ROWS = 2_000  # of an answer that the event loop takes the time for
PATIENCE_SECONDS = 1.0  # for all that went out together


class NotAnswered(Exception):
    """It has to be read."""


class _Question(NamedTuple):
    statements: Sequence[Dumped]
    size: int  # in bytes
    answered: asyncio.Future[list[PGresult]]


class _Glance:
    """In place of a pipe: it has the answers to what was asked once, and no others."""

    def __init__(self, pipe: Pipe) -> None:
        self.results: list[PGresult] | None = None
        self.rows = pipe.rows

    def run(self, _: Sequence[Statement]) -> list[PGresult]:
        results, self.results = self.results, None
        if results is None:
            raise NotAnswered
        return results


class _Exchange:
    """One connection, watched by one event loop. Once `lost` it answers nothing more."""

    def __init__(self, connection: ServerConnection, loop: asyncio.AbstractEventLoop) -> None:
        self.pipe = connection.pipe
        self.loop = loop
        self.lost = False
        self._connection = connection
        self._socket = connection.pgconn.socket  # libpq forgets it when it breaks
        self._waiting: list[_Question] = []
        self._asked: list[_Question] = []
        self._receiving: Generator[None, None, list[PGresult]] | None = None
        self._late: asyncio.TimerHandle | None = None
        loop.add_reader(self._socket, self._read)

    async def ask(self, statements: Sequence[Statement]) -> list[PGresult]:
        """Raises NotAnswered, and psycopg.DataError for a value that cannot be sent."""
        dumped = [self.pipe.dumped(one) for one in statements]
        size = sum(len(one.form.text) + sum(len(value) for value in one.values if value) for one in dumped)
        if size + sum(question.size for question in self._waiting) > MOST_BYTES:
            raise NotAnswered
        question = _Question(dumped, size, self.loop.create_future())
        if not self._waiting and not self._asked:
            self.loop.call_soon(self._send)  # with what else this turn of the loop brings
        self._waiting.append(question)
        results = await question.answered
        if sum(result.ntuples for result in results) > MOST_ROWS:
            raise NotAnswered
        return results

    def lose(self) -> None:
        """The connection, and with it what was asked."""
        if self.lost:
            return
        self.lost = True
        if self._late:
            self._late.cancel()
        if not self.loop.is_closed():
            self.loop.remove_reader(self._socket)
            for question in self._asked + self._waiting:
                if not question.answered.done():
                    question.answered.set_exception(NotAnswered())
        self._connection.close()

    def _send(self) -> None:
        if self.lost:
            return
        self._asked, self._waiting = self._waiting, []
        given = [one for question in self._asked for one in question.statements]
        try:
            self.pipe.send([self.pipe.dumped(BEGIN_READ), *given, self.pipe.dumped(COMMIT)])
        except psycopg.Error:
            self.lose()
            return
        self._receiving = self.pipe.receive()
        self._late = self.loop.call_later(PATIENCE_SECONDS, self.lose)

    def _read(self) -> None:
        """The socket has something: answers, or its end."""
        try:
            self._connection.pgconn.consume_input()
            if self._receiving is not None:
                next(self._receiving)
        except StopIteration as ended:
            self._answer(ended.value)
        except psycopg.Error:
            self.lose()

    def _answer(self, results: list[PGresult]) -> None:
        asked, self._asked, self._receiving = self._asked, [], None
        if self._late:
            self._late.cancel()
        if self._waiting:
            self._send()
        first = 1  # before it: what came of BEGIN
        for statements, _, answered in asked:
            if not answered.done():  # else nobody waits any more
                answered.set_result(results[first : first + len(statements)])
            first += len(statements)


class Glances:
    """Of one event loop at a time. Connects when it is first asked for something, and again whenever that is needed."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._made: ServerConnection | None = None  # and not watched yet
        self._making: threading.Thread | None = None
        self._exchange: _Exchange | None = None

    async def run(self, now_ms: int, work: Callable[..., Callable[[], T]], args: tuple[Any, ...]) -> T:
        """As `Database.glance`. Raises NotAnswered, psycopg.Error, and what `work` raises."""
        exchange = self._current(asyncio.get_running_loop())
        glance = _Glance(exchange.pipe)
        transaction = PostgresTransaction(glance, now_ms)
        result = work(transaction, *args)
        glance.results = await exchange.ask(transaction.waiting)
        return result()

    @property
    def connections(self) -> int:
        return self._exchange is not None and not self._exchange.lost

    def close(self) -> None:
        if self._making:
            self._making.join()
        if self._made:
            self._made.close()
        if self._exchange:
            self._exchange.lose()

    def _current(self, loop: asyncio.AbstractEventLoop) -> _Exchange:
        """Raises NotAnswered while there is no connection; the next one is on its way then."""
        exchange = self._exchange
        if exchange is not None and exchange.loop is loop and not exchange.lost:
            return exchange
        if exchange is not None:
            exchange.lose()
        made, self._made = self._made, None
        if made is None:
            if self._making is None or not self._making.is_alive():
                self._making = threading.Thread(target=self._make, name="glances", daemon=True)
                self._making.start()
            raise NotAnswered
        self._exchange = _Exchange(made, loop)
        return self._exchange

    def _make(self) -> None:
        with contextlib.suppress(psycopg.Error):
            self._made = self._server.connect()
