"""From settings to a server that answers, and back down: what is opened here is closed here."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Generator
from importlib.resources import files
from pathlib import Path
from random import SystemRandom

import uvicorn
import uvloop

from trackline.blobs import open_blobs
from trackline.blobs.errors import UnknownDestination
from trackline.db.migrate import check_sqlite, migrate_sqlite
from trackline.db.sqlite import SqliteDatabase
from trackline.db.uri import sqlite_file
from trackline.server.app import App
from trackline.server.protocol import Protocol
from trackline.server.services import Services
from trackline.settings import ServerSettings
from trackline.store.experiments import create_default_experiment

MIGRATIONS = files("trackline.store") / "migrations" / "sqlite"
FOREIGN_TABLES = {"alembic_version": "MLflow"}
PROXIED_ROOT = "mlflow-artifacts:/"
KEEP_ALIVE_SECONDS = 75  # longer than common proxies', so that it is never the server that hangs up first
SHUTDOWN_SECONDS = 30  # what a request in flight has to finish after SIGTERM


class CannotStart(Exception):
    """Something outside stands in the way; `hint` says what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


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


def artifact_root(settings: ServerSettings) -> str:
    """Below it the artifacts of new experiments go."""
    if settings.default_artifact_root:
        return settings.default_artifact_root
    return PROXIED_ROOT if settings.serve_artifacts else str(Path(settings.artifacts_destination).absolute())


def open_services(settings: ServerSettings) -> Services:
    """Open, and where needed make, what the server works on. Raises CannotStart or DatabaseRefused."""
    _check(settings)
    path = sqlite_file(settings.backend_store_uri).path
    try:
        check_sqlite(path, MIGRATIONS, FOREIGN_TABLES)  # before anything is made
        path.parent.mkdir(parents=True, exist_ok=True)
        blobs = open_blobs(settings.artifacts_destination) if settings.serve_artifacts else None
    except UnknownDestination as error:
        raise CannotStart(error.message, "Give it with --artifacts-destination.") from error
    except OSError as error:
        raise CannotStart(
            f"Cannot write to {error.filename}: {error.strerror}.",
            "Name folders that this user may write to with --backend-store-uri and --artifacts-destination.",
        ) from error
    migrate_sqlite(path, MIGRATIONS, FOREIGN_TABLES)
    return Services(SqliteDatabase(path), blobs, artifact_root(settings), SystemRandom())


def _check(settings: ServerSettings) -> None:
    if settings.workers != 1:
        raise CannotStart(
            f"--workers {settings.workers}: SQLite has a single writer, so more processes would only wait for each "
            "other.",
            "Leave --workers out: one process serves many clients at once.",
        )
    if settings.static_prefix and not settings.static_prefix.startswith("/"):
        raise CannotStart(
            f"--static-prefix {settings.static_prefix}: a path begins with a slash.",
            f"Write --static-prefix /{settings.static_prefix}.",
        )


def serve(settings: ServerSettings, services: Services, listener: socket.socket, ready: Callable[[], None]) -> None:
    """Answer until SIGTERM or SIGINT; requests in flight are finished. `ready` is called once it answers."""
    try:
        uvloop.run(_serve(settings, services, listener, ready))
    finally:
        services.database.close()


async def _serve(
    settings: ServerSettings, services: Services, listener: socket.socket, ready: Callable[[], None]
) -> None:
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
    await server.serve(sockets=[listener])


class _Server(uvicorn.Server):
    """uvicorn raises the signal that stopped it once more, which would make a clean end look like a crash."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    def stop(self) -> None:
        self.should_exit = True
