"""The server itself: takes the port, answers, and goes down when it is told to."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Callable, Generator

import uvicorn
import uvloop

from trackline.server.app import App
from trackline.server.opening import CannotStart
from trackline.server.protocol import Protocol
from trackline.server.services import Services
from trackline.settings import ServerSettings
from trackline.store.experiments import create_default_experiment

log = logging.getLogger("trackline")

KEEP_ALIVE_SECONDS = 75  # longer than common proxies', so that it is never the server that hangs up first
SHUTDOWN_SECONDS = 30  # what a request in flight has to finish after SIGTERM


def bind(settings: ServerSettings) -> socket.socket:
    """Take the port before anything is touched, so that a second server by mistake does no harm."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(1024)
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or str(error)
        raise CannotStart(
            f"Cannot listen on {settings.host}:{settings.port}: {reason}.",
            "Choose another with --port (0 takes any free one) or --host, or stop the program that has it.",
        ) from error
    return listener


def serve(settings: ServerSettings, services: Services, listener: socket.socket, ready: Callable[[], None]) -> None:
    """Answer until SIGTERM or SIGINT; requests in flight are finished."""
    try:
        uvloop.run(_serve(settings, services, listener, ready))
    finally:
        services.database.close()


async def _serve(
    settings: ServerSettings, services: Services, listener: socket.socket, ready: Callable[[], None]
) -> None:
    if not settings.artifacts_only:
        await services.database.write(create_default_experiment, services.artifact_root)
    config = uvicorn.Config(
        App(services, settings.static_prefix.rstrip("/")),
        http=Protocol,
        loop="none",
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    server = _Server(config)
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, server.stop)
    loop.call_soon(ready)
    check = loop.create_task(_check_stores(services))  # beside the work: an unreachable store delays nobody
    await server.serve(sockets=[listener])
    check.cancel()


async def _check_stores(services: Services) -> None:
    for name, problem in await services.artifacts.tried():
        if problem:
            log.warning("The artifact store %s cannot be used yet. %s", name, problem)
        else:
            log.info("The artifact store %s was listed, written and read.", name)


class _Server(uvicorn.Server):
    """uvicorn raises the signal that stopped it once more, which would make a clean end look like a crash."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    def stop(self) -> None:
        """The second time it is asked, requests in flight are not waited for."""
        self.force_exit = self.should_exit
        self.should_exit = True
