"""The load: requests made beforehand, sent over kept-alive connections by one process with one event loop.

It costs some hundredths of a millisecond a request (`bench/floor.py` is how each run of the benchmark finds
out), so what it measures is the server.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Coroutine, Generator, Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any, cast

import httptools
import uvloop

from bench.signals import unbroken

HOST = "127.0.0.1"
PATIENCE_SECONDS = 120.0  # what an answer may take beyond the time of the round

# It yields a whole request, is sent the body of the answer, and ends when it has nothing more to ask.
Client = Generator[bytes, bytes, None]


class Refused(Exception):
    """An answer other than 200."""


class TookTooLong(Exception):
    """It could be done, but not in the time that there is for it."""


@dataclass(frozen=True)
class Outcome:
    latencies: Sequence[float]  # seconds, one for each request
    elapsed: float  # seconds from the first byte sent to the last answer
    last_answer: bytes

    @property
    def p50_ms(self) -> float:
        return median(self.latencies) * 1000

    @property
    def p95_ms(self) -> float:
        return sorted(self.latencies)[int(0.95 * len(self.latencies))] * 1000

    @property
    def requests_per_second(self) -> float:
        return len(self.latencies) / self.elapsed


def drive(
    port: int, clients: Sequence[Client], seconds: float, prompt: bool = False, patience: float = PATIENCE_SECONDS
) -> Outcome:
    """All clients at once, a connection each, until they end or the time is over; an answer may take `patience` longer.
    Raises Refused and TookTooLong.

    `prompt` acknowledges what arrives at once, where the kernel can (Linux); left alone it waits up to 40 ms,
    and a server that sends in small pieces waits for it.
    """
    return uvloop.run(_unbroken(_drive(port, clients, seconds, prompt and hasattr(socket, "TCP_QUICKACK"), patience)))


def replay(requests: Iterable[bytes]) -> Client:
    yield from (request for request in requests)  # a generator can be sent the answers; a list cannot


async def _unbroken(driving: Coroutine[Any, Any, Outcome]) -> Outcome:
    """SIGTERM breaks it off from outside: what leaves a callback of the parser is lost there."""
    loop, task = asyncio.get_running_loop(), asyncio.ensure_future(driving)
    with unbroken(lambda: loop.call_soon_threadsafe(task.cancel)):
        return await task


async def _drive(port: int, clients: Sequence[Client], seconds: float, prompt: bool, patience: float) -> Outcome:
    connections = []
    for client in clients:
        sock = socket.create_connection((HOST, port))
        connection = _Connection(client, sock if prompt else None)
        await asyncio.get_running_loop().create_connection(lambda ready=connection: ready, sock=sock)  # type: ignore[misc]
        connections.append(connection)
    began = perf_counter()
    for connection in connections:
        connection.start(began + seconds)
    try:
        async with asyncio.timeout(seconds + patience):
            await asyncio.gather(*(connection.done for connection in connections))
    except TimeoutError as error:
        raise TookTooLong(f"no answer for {patience:.0f} s") from error
    finally:
        ended = perf_counter()
        for connection in connections:
            connection.close()
    latencies = [latency for connection in connections for latency in connection.latencies]
    return Outcome(latencies, ended - began, connections[-1].answer)


class _Connection(asyncio.Protocol):
    """One client: its next request leaves as soon as the last one is answered."""

    def __init__(self, client: Client, prompt: socket.socket | None) -> None:
        self.latencies: list[float] = []
        self.answer = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._client = client
        self._prompt = prompt
        self._parser = httptools.HttpResponseParser(self)
        self._pieces: list[bytes] = []

    def start(self, deadline: float) -> None:
        self._deadline = deadline
        self._send(next(self._client))

    def close(self) -> None:
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are not of its class

    def data_received(self, data: bytes) -> None:
        if self._prompt:  # the kernel forgets it after a while
            self._prompt.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(f"the server hung up: {exc or 'without a word'}")

    def on_body(self, body: bytes) -> None:
        self._pieces.append(body)

    def on_message_complete(self) -> None:
        now = perf_counter()
        self.latencies.append(now - self._sent)
        self.answer = b"".join(self._pieces)
        self._pieces.clear()
        if (status := self._parser.get_status_code()) != 200:
            self._fail(f"{status} {self.answer[:300].decode(errors='replace')}")
        elif now >= self._deadline:
            self.done.set_result(None)
        else:
            try:
                self._send(self._client.send(self.answer))
            except StopIteration:
                self.done.set_result(None)

    def _send(self, request: bytes) -> None:
        self._sent = perf_counter()
        self._transport.write(request)

    def _fail(self, reason: str) -> None:
        if not self.done.done():
            self.done.set_exception(Refused(reason))
