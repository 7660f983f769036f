"""Several processes that answer on one port: each is a whole server, and their parent only keeps up their number.

A worker and its parent have a line between them. The worker says on it that it answers, and goes on saying so; one
that falls silent is replaced. It hears by the line's end that the parent is gone, so that none outlives a parent that
was killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import multiprocessing
import signal
import socket
import sys
import time
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, NamedTuple

import uvloop

from trackline.db.errors import DatabaseRefused
from trackline.server.logs import set_up_log
from trackline.server.numbers import Numbers, shared
from trackline.server.opening import CannotStart, object_stores
from trackline.server.services import Services
from trackline.server.start import SIGNS, Ready, Server, answer, opened, prepare
from trackline.server.supervisor import SIGNS_IN_TIME, Supervisor, writer_answers
from trackline.server.trial import tried
from trackline.settings import ServerSettings

log = logging.getLogger("trackline")

LIFE_SECONDS = 1.0  # the least time from one start of a worker to the next
SIGN_SECONDS = 5.0  # between two signs of life, or less where a service manager has little patience
SILENCE_SECONDS = 60.0  # after which a worker that has answered is taken for dead
_FAILED = 1  # exit code of a worker that could not begin
_SPAWN = multiprocessing.get_context("spawn")  # a forked copy would have this process's locks without its threads


def serve_by_workers(settings: ServerSettings, listener: socket.socket, ready: Ready) -> None:
    """As `serve`, by `settings.workers` processes. What is wrong is said once, and the database prepared once."""
    with opened(settings, Numbers()) as services:
        asyncio.run(prepare(settings, services))
    asyncio.run(_Parent(settings, listener).run(ready))


class _Worker(NamedTuple):
    process: BaseProcess
    line: Connection


class _Terms(NamedTuple):
    """Of a worker with its parent: how often it shows that it lives, and where it counts what it does."""

    sign_seconds: float
    numbers: Any
    row: int


class _Parent:
    def __init__(self, settings: ServerSettings, listener: socket.socket) -> None:
        self._settings = settings
        self._listener = listener
        self._numbers = shared(settings.workers)
        self._running: set[_Worker] = set()
        self._answering = asyncio.Semaphore(0)  # released by each worker that answers
        self._stopping = asyncio.Event()
        self._supervisor = Supervisor()
        self._silence = self._supervisor.patience or SILENCE_SECONDS
        self._sign = asyncio.Event()  # of life, of any worker

    async def run(self, ready: Ready) -> None:
        """Keep workers running until SIGTERM or SIGINT. Raises CannotStart where one cannot begin."""
        for sign in SIGNS:
            asyncio.get_running_loop().add_signal_handler(sign, self._stop)
        # The first worker would start it, and it would let through the signals that `_start` holds back.
        resource_tracker.ensure_running()
        announcing = asyncio.create_task(self._announce(ready))
        keeping = [asyncio.create_task(self._keep(row)) for row in range(self._settings.workers)]
        try:
            await asyncio.gather(*keeping)
        finally:
            announcing.cancel()
            if not self._stopping.is_set():
                self._stop()
            await asyncio.gather(*keeping, return_exceptions=True)

    async def _announce(self, ready: Ready) -> None:
        stores = await tried(object_stores(self._settings))
        for _ in range(self._settings.workers):
            await self._answering.acquire()
        self._supervisor.tell("READY=1")
        ready(stores)
        await self._supervisor.tell_alive(self._next_sign)

    async def _next_sign(self) -> None:
        self._sign.clear()
        await self._sign.wait()

    async def _keep(self, row: int) -> None:
        """One worker after another, until the server stops; each goes on with this row of the numbers.

        Raises CannotStart where the first never answers.
        """
        has_answered = False
        while not self._stopping.is_set():
            may_start_again = time.monotonic() + LIFE_SECONDS
            worker = self._start(row)
            has_answered |= await self._watch(worker)
            if self._stopping.is_set():
                return
            if not has_answered:
                raise CannotStart("A worker ended before it could answer.", "What it wrote last says why.")
            log.error(
                "Worker %d ended with exit code %s; another takes its place.",
                worker.process.pid,
                worker.process.exitcode,
            )
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), may_start_again - time.monotonic())

    def _start(self, row: int) -> _Worker:
        ours, theirs = _SPAWN.Pipe()
        terms = _Terms(min(SIGN_SECONDS, self._silence / SIGNS_IN_TIME), self._numbers, row)
        arguments = (self._settings, self._listener, theirs, terms)
        process = _SPAWN.Process(target=_work, args=arguments, daemon=True)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNS)  # a worker hears them once it can act on them
        try:
            process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            theirs.close()
        worker = _Worker(process, ours)
        self._running.add(worker)
        return worker

    async def _watch(self, worker: _Worker) -> bool:
        """Return when it has ended: whether it has ever answered."""
        has_answered = False
        with worker.line:
            try:
                while True:
                    async with asyncio.timeout(self._silence if has_answered else None):
                        await _readable(worker.line)
                    worker.line.recv_bytes()
                    self._sign.set()
                    if not has_answered:
                        has_answered = True
                        self._answering.release()
            except TimeoutError:
                log.error("Worker %d has given no sign of life for %g s.", worker.process.pid, self._silence)
                worker.process.kill()
            except (EOFError, OSError):  # its end
                pass
        worker.process.join()
        self._running.discard(worker)
        return has_answered

    def _stop(self) -> None:
        """The second time, requests in flight are not waited for."""
        self._supervisor.tell("STOPPING=1")
        for worker in self._running:
            if self._stopping.is_set():
                worker.process.kill()
            else:
                worker.process.terminate()
        self._listener.close()
        self._stopping.set()


def _work(settings: ServerSettings, listener: socket.socket, line: Connection, terms: _Terms) -> None:
    async def show_life(services: Services) -> None:
        with contextlib.suppress(OSError):
            while True:
                await writer_answers(services)
                line.send_bytes(b"alive")
                await asyncio.sleep(terms.sign_seconds)

    async def begin(services: Services, server: Server) -> None:
        """Stop the server when the parent is gone, or on a signal; often there are two, the parent's and one to all."""
        for sign in SIGNS:
            asyncio.get_running_loop().add_signal_handler(sign, server.end)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNS)
        living = asyncio.create_task(show_life(services))
        try:
            await _readable(line)
            server.end()
        finally:
            living.cancel()

    set_up_log(settings.log_format)
    try:
        with opened(settings, Numbers(terms.numbers, terms.row)) as services:
            uvloop.run(answer(settings, services, listener, lambda server: begin(services, server)))
    except (CannotStart, DatabaseRefused) as error:
        log.error("A worker cannot start: %s %s", error.message, error.hint)
        sys.exit(_FAILED)


async def _readable(line: Connection) -> None:
    """Return when something has come, or the other end is closed."""
    loop = asyncio.get_running_loop()
    came = asyncio.Event()
    loop.add_reader(line.fileno(), came.set)
    try:
        await came.wait()
    finally:
        loop.remove_reader(line.fileno())
