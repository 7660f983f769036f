"""The server itself: answers, does what it does beside that, and goes down when it is told to."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Generator, Mapping

import uvicorn
import uvloop
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from trackline.jobs.webhooks import Deliverer
from trackline.server.app import App
from trackline.server.exposure import Exposure
from trackline.server.listening import allow_many_connections, configured
from trackline.server.opening import check_exposure, object_stores
from trackline.server.protocol import end_stalled
from trackline.server.services import Services
from trackline.server.trial import tried
from trackline.settings import ServerSettings, listed
from trackline.store.experiments import create_default_experiment

Ready = Callable[[Mapping[str, str]], None]  # is told of each object store what keeps it from being used, or ""


def serve(settings: ServerSettings, services: Services, listener: socket.socket, ready: Ready) -> None:
    """Answer until SIGTERM or SIGINT; requests in flight are finished."""
    try:
        uvloop.run(_serve(settings, services, listener, ready))
    finally:
        services.database.close()


async def _serve(settings: ServerSettings, services: Services, listener: socket.socket, ready: Ready) -> None:
    check_exposure(settings, await services.sign_in.is_on())
    if not settings.artifacts_only:
        await services.database.write(create_default_experiment, services.artifact_root)
    allow_many_connections()
    config = configured(settings, application(settings, services))
    server = _Server(config, services.stopping)
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, server.stop)
    beside = [
        loop.create_task(end_stalled(server.server_state.connections)),
        loop.create_task(_try_stores(settings, ready)),  # an unreachable store delays nobody
    ]
    if not settings.artifacts_only:
        deliverer = Deliverer(services.database, services.sender, services.random)
        beside.append(loop.create_task(deliverer.run()))
    await server.serve(sockets=[listener])
    for task in beside:
        task.cancel()
    await asyncio.gather(*beside, return_exceptions=True)


def application(settings: ServerSettings, services: Services) -> ASGIApp:
    """The door, and before it what lets pages of other origins read the answers, where there are such."""
    origins = listed(settings.cors_allowed_origins)
    app = App(
        services,
        Exposure(settings.public_url, listed(settings.allowed_hosts), origins),
        settings.static_prefix.rstrip("/"),
    )
    if not origins:
        return app
    return CORSMiddleware(
        app, allow_origins=origins, allow_methods=["*"], allow_headers=["*"], allow_credentials="*" not in origins
    )


async def _try_stores(settings: ServerSettings, ready: Ready) -> None:
    ready(await tried(object_stores(settings)))


class _Server(uvicorn.Server):
    """uvicorn raises the signal that stopped it once more, which would make a clean end look like a crash."""

    def __init__(self, config: uvicorn.Config, stopping: asyncio.Event) -> None:
        super().__init__(config)
        self._stopping = stopping

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    def stop(self) -> None:
        """The second time it is asked, requests in flight are not waited for."""
        self.force_exit = self.should_exit
        self.should_exit = True
        self._stopping.set()
