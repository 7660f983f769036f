"""How the server is reached: its port, its certificate, the proxies it believes, and how many may be connected."""

from __future__ import annotations

import resource
import socket
import ssl

import uvicorn
from starlette.types import ASGIApp

from trackline.server.opening import CannotStart
from trackline.server.protocol import MAX_CONNECTIONS, Protocol
from trackline.server.supervisor import Supervisor
from trackline.settings import ServerSettings

KEEP_ALIVE_SECONDS = 75  # longer than common proxies', so that it is never the server that hangs up first
SHUTDOWN_SECONDS = 30  # what a request in flight has to finish after SIGTERM
FILES = MAX_CONNECTIONS + 1024  # that may be open: the connections, and what is open beside them


def bind(settings: ServerSettings) -> socket.socket:
    """The socket that a service manager hands over; or take the port, before anything is touched, so that a second
    server by mistake does no harm.

    Raises CannotStart, also for a certificate that could not be used there.
    """
    check_certificate(settings)
    if handed_over := Supervisor().handed_over():
        return handed_over
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


def configured(settings: ServerSettings, app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=Protocol,
        loop="none",
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        proxy_headers=False,  # `application` sees to it, behind what needs to know the proxy itself
        ssl_certfile=settings.ssl_certfile or None,
        ssl_keyfile=settings.ssl_keyfile or None,
    )


def allow_many_connections() -> None:
    """As many open files as MAX_CONNECTIONS need, where the machine lets us: systems begin with 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < FILES:
        resource.setrlimit(
            resource.RLIMIT_NOFILE, (FILES if hard == resource.RLIM_INFINITY else min(FILES, hard), hard)
        )


def check_certificate(settings: ServerSettings) -> None:
    """Raises CannotStart for one that cannot be used."""
    if not settings.ssl_certfile:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(settings.ssl_certfile, settings.ssl_keyfile or None)
    except (OSError, ssl.SSLError) as error:
        raise CannotStart(
            f"The certificate {settings.ssl_certfile} cannot be used: {error}.",
            "Let --ssl-certfile and --ssl-keyfile name PEM files that belong together and that this user may read.",
        ) from error
