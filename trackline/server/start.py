"""The server itself: answers, does what it does beside that, and goes down when it is told to."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Callable, Coroutine, Generator, Mapping
from importlib import import_module
from typing import Any, cast

import uvicorn
import uvloop
from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from trackline.db.errors import Unavailable
from trackline.jobs.chores import Housekeeper
from trackline.jobs.webhooks import Deliverer
from trackline.server.app import App
from trackline.server.exposure import Exposure
from trackline.server.housekeeping import chores_of
from trackline.server.listening import allow_many_connections, configured
from trackline.server.memory import give_back
from trackline.server.numbers import Numbers
from trackline.server.observation import Observed, tell_load
from trackline.server.opening import CannotStart, check_exposure, object_stores, open_services
from trackline.server.protocol import Protocol, end_stalled
from trackline.server.services import Services
from trackline.server.sharing import Sharing
from trackline.server.supervisor import Supervisor, writer_answers
from trackline.server.trial import tried
from trackline.settings import SPANS_ENDPOINT, ServerSettings, listed, variable
from trackline.store.experiments import create_default_experiment

log = logging.getLogger("trackline")

Ready = Callable[[Mapping[str, str]], None]  # is told of each object store what keeps it from being used, or ""
LATE = ("trackline.store.sealing", "trackline.store.curves")  # and numpy and pcodec with them
LATE_SECONDS = 0.5  # after the start
SIGNS = (signal.SIGTERM, signal.SIGINT)  # to stop
ARRIVED_SECONDS = 0.1  # within which the loop has surely read what was there


def serve(settings: ServerSettings, listener: socket.socket, ready: Ready) -> None:
    """Answer until SIGTERM or SIGINT; requests in flight are finished, unless it is told a second time.

    Raises CannotStart or DatabaseRefused.
    """
    supervisor = Supervisor()

    def stop(server: Server) -> None:
        supervisor.tell("STOPPING=1")
        server.stop()

    async def run(services: Services) -> None:
        async def begin(server: Server) -> None:
            for sign in SIGNS:
                asyncio.get_running_loop().add_signal_handler(sign, stop, server)
            supervisor.tell("READY=1")
            ready(await tried(object_stores(settings)))
            await supervisor.tell_alive(lambda: writer_answers(services))

        await prepare(settings, services)
        await answer(settings, services, listener, begin)

    with opened(settings, Numbers()) as services:
        uvloop.run(run(services))


@contextlib.contextmanager
def opened(settings: ServerSettings, numbers: Numbers) -> Generator[Services, None, None]:
    """What the server works on. Raises CannotStart or DatabaseRefused."""
    services = open_services(settings, numbers)
    try:
        yield services
    finally:
        services.close()


async def prepare(settings: ServerSettings, services: Services) -> None:
    """Make what has to be there. Raises CannotStart."""
    try:
        check_exposure(settings, await services.sign_in.is_on())
        if not settings.artifacts_only:
            await services.database.write(create_default_experiment, services.artifact_root)
    except Unavailable as error:
        raise CannotStart(str(error), "Mend that, then start it again; trackline doctor shows more.") from error


async def answer(settings: ServerSettings, services: Services, listener: socket.socket, begin: Begin) -> None:
    """Answer until the server is stopped, which is for `begin` to arrange: it runs beside."""
    allow_many_connections()
    server = Server(configured(settings, application(settings, services)), services, settings.workers > 1)
    loop = asyncio.get_running_loop()
    beside = [
        loop.create_task(end_stalled(server.server_state.connections)),
        loop.create_task(begin(server)),  # an unreachable store delays nobody
        loop.create_task(tell_load(services, server.server_state.connections)),
        loop.create_task(load_late(settings)),
    ]
    if not settings.artifacts_only:
        deliverer = Deliverer(services.database, services.sender, services.random)
        beside.append(loop.create_task(deliverer.run()))
        housekeeper = Housekeeper(services.database, chores_of(settings, services))
        beside.append(loop.create_task(housekeeper.run()))
    await server.serve(sockets=[listener])
    for task in beside:
        task.cancel()
    await asyncio.gather(*beside, return_exceptions=True)


async def load_late(settings: ServerSettings) -> None:
    """Load what takes long, once the server answers and before somebody waits for it; then see to its memory."""
    await asyncio.sleep(LATE_SECONDS)
    for name in () if settings.artifacts_only else LATE:
        await asyncio.to_thread(import_module, name)
    await give_back()


def application(settings: ServerSettings, services: Services) -> ASGIApp:
    """The door, and before it what lets pages of other origins read the answers and believes proxies, where there are
    such, and what watches all of them.
    """
    origins = listed(settings.cors_allowed_origins)
    app: ASGIApp = App(
        services,
        Exposure(settings.public_url, listed(settings.allowed_hosts), origins),
        settings.static_prefix.rstrip("/"),
    )
    if origins:
        from starlette.middleware.cors import CORSMiddleware

        app = CORSMiddleware(
            app, allow_origins=origins, allow_methods=["*"], allow_headers=["*"], allow_credentials="*" not in origins
        )
    believing = ProxyHeadersMiddleware(cast(Any, app), trusted_hosts=listed(settings.trusted_proxies))
    return Observed(
        _spanned(cast(ASGIApp, believing)), believing.trusted_hosts.__contains__, services.numbers, settings
    )


def _spanned(app: ASGIApp) -> ASGIApp:
    """With spans, where somebody wants them and OpenTelemetry's packages are there."""
    if not variable(SPANS_ENDPOINT.variables):
        return app
    try:
        from trackline.server.spans import Spanned
    except ModuleNotFoundError as error:
        log.warning("No spans are sent: %s. Install what they need: pip install 'trackline[otel]'", error)
        return app
    return Spanned(app)


class Server(uvicorn.Server):
    """uvicorn raises the signal that stopped it once more, which would make a clean end look like a crash; and it hangs
    up on connections whose first request it has not read yet.

    `shares`: others listen at the same socket.
    """

    def __init__(self, config: uvicorn.Config, services: Services, shares: bool) -> None:
        super().__init__(config)
        self._stopping = services.stopping
        self._numbers = services.numbers
        self._shares = shares

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup([] if self._shares else sockets)
        if self._shares:
            state, serve = self.server_state, self._serve_one
            shared = (Sharing(one, serve, state.connections, self._numbers) for one in sockets or ())
            self.servers += cast(Any, shared)

    async def _serve_one(self, connection: socket.socket) -> None:
        def protocol() -> Protocol:
            return Protocol(self.config, self.server_state, self.lifespan.state)

        await asyncio.get_running_loop().connect_accepted_socket(protocol, connection, ssl=self.config.ssl)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """What has arrived is read first, and answered with the requests in flight."""
        for server in self.servers:
            server.close()
        await asyncio.sleep(ARRIVED_SECONDS)
        await super().shutdown(sockets)

    def stop(self) -> None:
        """The second time it is asked, requests in flight are not waited for."""
        self.force_exit = self.should_exit
        self.end()

    def end(self) -> None:
        """When the requests in flight are finished."""
        self.should_exit = True
        self._stopping.set()


Begin = Callable[[Server], Coroutine[Any, Any, None]]
