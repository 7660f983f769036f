"""Connections that an event loop watches: what is sent on them is answered without a thread, which costs more than
the answer.

Work that asks once, and then needs no further answer, is done in two steps here. What cannot be is told by NotAnswered,
and left to those who do it in the ordinary way and mend what can be mended.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Generator, Sequence
from typing import Any

import psycopg
from psycopg.pq.abc import PGresult

from trackline.db.postgres.connect import Server, ServerConnection
from trackline.db.postgres.pipe import Dumped, Pipe, Statement

MOST_BYTES = 64 * 1024  # that go out together: sockets take so much at once


class NotAnswered(Exception):
    """It has to be done in the ordinary way."""


class AskedOnce:
    """In place of a pipe: it has the answers to what was asked once, and no others."""

    def __init__(self) -> None:
        self._pipe: Pipe | None = None
        self._results: list[PGresult] | None = None

    def answer(self, pipe: Pipe, results: list[PGresult]) -> None:
        self._pipe, self._results = pipe, results

    def run(self, _: Sequence[Statement]) -> list[PGresult]:
        results, self._results = self._results, None
        if results is None:
            raise NotAnswered
        return results

    def rows(self, result: PGresult) -> list[Any]:
        if self._pipe is None:
            raise NotAnswered
        return self._pipe.rows(result)


class Exchange:
    """One connection, watched by one event loop. Once `lost` it answers nothing more."""

    def __init__(self, connection: ServerConnection, loop: asyncio.AbstractEventLoop) -> None:
        self.connection = connection
        self.pipe = connection.pipe
        self.loop = loop
        self.lost = False
        self._socket = connection.pgconn.socket  # libpq forgets it when it breaks
        self._receiving: Generator[None, None, list[PGresult]] | None = None
        loop.add_reader(self._socket, self._read)

    def send(
        self,
        statements: Sequence[Dumped],
        answered: Callable[[list[PGresult]], None],
        failed: Callable[[psycopg.Error], None],
    ) -> None:
        """One thing at a time: `answered` is told what came of each, or `failed` what PostgreSQL has against it, or
        that the connection was lost.
        """
        if self.lost:
            failed(psycopg.OperationalError("the connection is lost"))
            return
        self._answered, self._failed = answered, failed
        self._receiving = self.pipe.receive()
        try:
            if self.pipe.send(statements):
                self.loop.call_soon(self._read)
        except psycopg.Error as error:
            self.lose(error)

    async def ask(self, statements: Sequence[Dumped]) -> list[PGresult]:
        """As `send`, for one who waits. Raises psycopg.Error."""
        told: asyncio.Future[list[PGresult]] = self.loop.create_future()
        self.send(
            statements,
            lambda results: None if told.done() else told.set_result(results),  # done: nobody waits any more
            lambda error: None if told.done() else told.set_exception(error),
        )
        return await told

    def lose(self, error: psycopg.Error | None = None) -> None:
        """The connection, and with it what was asked."""
        if self.lost:
            return
        self.lost = True
        if self.loop.is_closed():  # nobody waits any more
            self._receiving = None
        else:
            self.loop.remove_reader(self._socket)
        self.connection.close()
        if self._receiving is not None:
            self._receiving = None
            self._failed(error or psycopg.OperationalError("the connection was given up"))

    def _read(self) -> None:
        """The socket has something: answers, its end, or both. Of an end that comes with an error uvloop tells once."""
        try:
            while True:
                self.connection.pgconn.consume_input()
                if self._receiving is not None:
                    next(self._receiving)
                if not self.pipe.has_more:
                    break
        except StopIteration as ended:
            self._receiving = None
            self._answered(ended.value)
        except psycopg.Error as error:
            if self.connection.closed or self._receiving is None:
                self.lose(error)
            else:
                self._receiving = None
                self._failed(error)


class Lane:
    """The place of one exchange, of one event loop at a time. A thread connects when it is first wanted, and again
    whenever that is needed.
    """

    def __init__(self, server: Server, name: str) -> None:
        self._server = server
        self._name = name
        self._made: ServerConnection | None = None  # and not watched yet
        self._making: threading.Thread | None = None
        self._exchange: Exchange | None = None
        self._is_closed = False

    def exchange(self, loop: asyncio.AbstractEventLoop) -> Exchange:
        """Raises NotAnswered while there is no connection; the next one is on its way then."""
        exchange = self._exchange
        if exchange is not None and exchange.loop is loop and not exchange.lost:
            return exchange
        if exchange is not None:
            exchange.lose()
        made, self._made = self._made, None
        if made is None:
            if not self._is_closed and (self._making is None or not self._making.is_alive()):
                self._making = threading.Thread(target=self._make, name=self._name, daemon=True)
                self._making.start()
            raise NotAnswered
        self._exchange = Exchange(made, loop)
        return self._exchange

    @property
    def connections(self) -> int:
        return self._exchange is not None and not self._exchange.lost

    def close(self) -> None:
        self._is_closed = True
        if self._making:
            self._making.join()
        if self._made:
            self._made.close()
        if self._exchange:
            self._exchange.lose()

    def _make(self) -> None:
        with contextlib.suppress(psycopg.Error):
            self._made = self._server.connect()


def size_of(statements: Sequence[Dumped]) -> int:
    """About how many bytes they are when they are sent."""
    return sum(len(one.form.text) + sum(len(value) for value in one.values if value) for one in statements)
