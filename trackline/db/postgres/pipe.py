"""Statements on their way to PostgreSQL: those that need no answer in between go out together, in one round trip.

This is libpq's pipeline mode, by psycopg's wrappers of libpq. psycopg's cursors cost four times the CPU of it for one
statement, and its own pipeline ten times (docs/decisions/0004-speed.md).
"""

from __future__ import annotations

import select
from collections import OrderedDict
from collections.abc import Generator, Sequence
from typing import Any, NamedTuple

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, Format, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

MOST_PREPARED = 500  # statements that a connection keeps prepared


class Statement(NamedTuple):
    text: str
    values: Sequence[Any] = ()


class _Form(NamedTuple):
    """A statement as PostgreSQL prepares it: another one for values of other types."""

    text: str
    types: tuple[int, ...]


class Dumped(NamedTuple):
    """A statement with its values as they are sent."""

    form: _Form
    values: Sequence[Any]
    formats: Sequence[Format]


def is_question(text: str) -> bool:
    """Whether it is a SELECT, which writes nothing."""
    return text.lstrip().startswith("SELECT")


class Pipe:
    """Of one connection, which between two calls is as psycopg leaves it, unless `leave` was the last."""

    def __init__(self, connection: psycopg.Connection[Any], prepares: bool) -> None:
        self._wire: PGconn = connection.pgconn
        self._prepares = prepares
        self._connection = connection
        self._loaders = Transformer(connection)
        self._known: OrderedDict[_Form, bytes] = OrderedDict()  # b"": sent once, and prepared the next time
        self._names = 0
        self._sent: list[_Form | None] = []  # for each result to come: what it prepares or forgets; None: asked for
        self._poll = select.poll()
        self._poll.register(self._wire.socket, select.POLLIN)

    @property
    def is_idle(self) -> bool:
        """Whether no transaction is open, once what was sent is done."""
        return self._wire.transaction_status == TransactionStatus.IDLE

    def run(self, statements: Sequence[Statement]) -> list[PGresult]:
        """What came of each. Raises the first error, after which the others were not run."""
        self.settle()
        self.send([self.dumped(statement) for statement in statements])
        return self._wait(self.receive())

    def leave(self, statement: Statement) -> None:
        """Send it, and go on without waiting for what comes of it."""
        self.settle()
        self.send([self.dumped(statement)])

    def settle(self) -> None:
        """Wait for what was left."""
        if self._sent:
            self._wait(self.receive())

    def rows(self, result: PGresult) -> list[Any]:
        self._loaders.set_pgresult(result)
        return self._loaders.load_rows(0, result.ntuples, tuple)

    def dumped(self, statement: Statement) -> Dumped:
        """Raises psycopg.DataError for a value that cannot be sent."""
        if not statement.values:
            return Dumped(_Form(statement.text, ()), (), ())
        dumpers = Transformer(self._connection)  # remembers of a list how large its numbers were: a new one each time
        given = dumpers.dump_sequence(statement.values, [PyFormat.AUTO] * len(statement.values))
        return Dumped(_Form(statement.text, dumpers.types or ()), given, dumpers.formats or ())

    @property
    def has_more(self) -> bool:
        """Whether there is something to read, or an end."""
        return bool(self._poll.poll(0))

    def send(self, statements: Sequence[Dumped]) -> bool:
        """What comes of them is `receive`d before anything else is sent. Whether some of it was read already."""
        self._wire.enter_pipeline_mode()
        for statement in statements:
            self._send_one(statement)
        self._wire.pipeline_sync()
        if is_blocked := bool(self._wire.flush()):
            self._flush()
        return is_blocked

    def receive(self) -> Generator[None, None, list[PGresult]]:
        """What came of each that was sent; as `run`. Each time that it waits, `consume_input` has to be called."""
        sent, self._sent = self._sent, []
        results: list[PGresult] = []
        failed: PGresult | None = None
        try:
            for form in sent:
                result = yield from self._next()
                if result.status == ExecStatus.FATAL_ERROR:
                    failed = failed or result
                if form is None:
                    results.append(result)
                elif result.status != ExecStatus.COMMAND_OK:
                    self._known.pop(form, None)
            while (yield from self._next()).status != ExecStatus.PIPELINE_SYNC:
                pass
            self._wire.exit_pipeline_mode()
        except psycopg.OperationalError:  # it is lost, and PostgreSQL may have said why
            if failed is None:
                raise
        if failed is not None:
            raise error_from_result(failed)
        return results

    def _send_one(self, statement: Dumped) -> None:
        form, values, formats = statement
        name = self._name(form) if self._prepares else b""
        if name:
            self._wire.send_query_prepared(name, values, formats, Format.BINARY)
        else:
            self._wire.send_query_params(form.text.encode(), values, form.types, formats, Format.BINARY)
        self._sent.append(None)

    def _name(self, form: _Form) -> bytes:
        """Under which it is prepared; b"" for the first time that it is sent."""
        name = self._known.get(form)
        if name:
            self._known.move_to_end(form)
            return name
        if name is None:
            self._known[form] = b""
            if len(self._known) > MOST_PREPARED:
                oldest, name = self._known.popitem(last=False)
                if name:
                    self._wire.send_query_params(b"DEALLOCATE " + name, None)
                    self._sent.append(oldest)
            return b""
        self._names += 1
        name = self._known[form] = b"trackline_%d" % self._names
        self._wire.send_prepare(name, form.text.encode(), form.types)
        self._sent.append(form)
        return name

    def _flush(self) -> None:
        """Send what the socket did not take at once; what the server says meanwhile is read, for it waits for that."""
        self._poll.modify(self._wire.socket, select.POLLIN | select.POLLOUT)
        try:
            while self._wire.flush():
                for _, events in self._poll.poll():
                    if events & ~select.POLLOUT:
                        self._wire.consume_input()
        finally:
            self._poll.modify(self._wire.socket, select.POLLIN)

    def _wait(self, receiving: Generator[None, None, list[PGresult]]) -> list[PGresult]:
        try:
            while True:
                next(receiving)
                self._poll.poll()
                self._wire.consume_input()
        except StopIteration as ended:
            results: list[PGresult] = ended.value
            return results

    def _next(self) -> Generator[None, None, PGresult]:
        while True:
            while self._wire.is_busy():
                yield
            if (result := self._wire.get_result()) is not None:
                return result
            if self._wire.status:
                raise psycopg.OperationalError("the connection is lost")
