"""Several processes that answer on one port: each is a whole server, and their parent only keeps up their number.

A worker and its parent have a line between them. The worker says on it that it answers, and hears by its end that the
parent is gone, so that none outlives a parent that was killed.
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
from typing import NamedTuple

import uvloop

from trackline.db.errors import DatabaseRefused
from trackline.server.opening import CannotStart, object_stores
from trackline.server.start import SIGNS, Ready, Server, answer, opened, prepare, set_up_log
from trackline.server.trial import tried
from trackline.settings import ServerSettings

log = logging.getLogger("trackline")

LIFE_SECONDS = 1.0  # the least time from one start of a worker to the next
_FAILED = 1  # exit code of a worker that could not begin
_SPAWN = multiprocessing.get_context("spawn")  # a forked copy would have this process's locks without its threads


def serve_by_workers(settings: ServerSettings, listener: socket.socket, ready: Ready) -> None:
    """As `serve`, by `settings.workers` processes. What is wrong is said once, and the database prepared once."""
    with opened(settings) as services:
        asyncio.run(prepare(settings, services))
    asyncio.run(_Parent(settings, listener).run(ready))


class _Worker(NamedTuple):
    process: BaseProcess
    line: Connection


class _Parent:
    def __init__(self, settings: ServerSettings, listener: socket.socket) -> None:
        self._settings = settings
        self._listener = listener
        self._running: set[_Worker] = set()
        self._answering = asyncio.Semaphore(0)  # released by each worker that answers
        self._stopping = asyncio.Event()

    async def run(self, ready: Ready) -> None:
        """Keep workers running until SIGTERM or SIGINT. Raises CannotStart where one cannot begin."""
        for sign in SIGNS:
            asyncio.get_running_loop().add_signal_handler(sign, self._stop)
        # The first worker would start it, and it would let through the signals that `_start` holds back.
        resource_tracker.ensure_running()
        announcing = asyncio.create_task(self._announce(ready))
        keeping = [asyncio.create_task(self._keep()) for _ in range(self._settings.workers)]
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
        ready(stores)

    async def _keep(self) -> None:
        """One worker after another, until the server stops. Raises CannotStart where the first never answers."""
        has_answered = False
        while not self._stopping.is_set():
            may_start_again = time.monotonic() + LIFE_SECONDS
            worker = self._start()
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

    def _start(self) -> _Worker:
        ours, theirs = _SPAWN.Pipe()
        process = _SPAWN.Process(target=_work, args=(self._settings, self._listener, theirs), daemon=True)
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
        with worker.line, contextlib.suppress(EOFError, OSError):
            while True:
                await _readable(worker.line)
                worker.line.recv_bytes()
                has_answered = True
                self._answering.release()
        worker.process.join()
        self._running.discard(worker)
        return has_answered

    def _stop(self) -> None:
        """The second time, requests in flight are not waited for."""
        for worker in self._running:
            if self._stopping.is_set():
                worker.process.kill()
            else:
                worker.process.terminate()
        self._listener.close()
        self._stopping.set()


def _work(settings: ServerSettings, listener: socket.socket, line: Connection) -> None:
    set_up_log()
    try:
        with opened(settings) as services:
            uvloop.run(answer(settings, services, listener, lambda server: _begin(server, line)))
    except (CannotStart, DatabaseRefused) as error:
        log.error("A worker cannot start: %s %s", error.message, error.hint)
        sys.exit(_FAILED)


async def _begin(server: Server, line: Connection) -> None:
    """Stop the server when the parent is gone, or on a signal; often there are two, the parent's and one to all."""
    for sign in SIGNS:
        asyncio.get_running_loop().add_signal_handler(sign, server.end)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNS)
    with contextlib.suppress(OSError):
        line.send_bytes(b"answering")
    await _readable(line)
    server.end()


async def _readable(line: Connection) -> None:
    """Return when something has come, or the other end is closed."""
    loop = asyncio.get_running_loop()
    came = asyncio.Event()
    loop.add_reader(line.fileno(), came.set)
    try:
        await came.wait()
    finally:
        loop.remove_reader(line.fileno())
