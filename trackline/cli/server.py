"""`trackline server`: say what is wrong in one line, or say where everything is and serve."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

import click

from trackline import __version__
from trackline.cli.options import ServerCommand, server_settings
from trackline.settings import ServerSettings

if TYPE_CHECKING:
    import socket

    from trackline.server.metadata import Metadata
    from trackline.server.start import Ready

CANNOT_START = 2  # exit code
FIRST_SECRET_MS = 24 * 3600 * 1000


@click.command(cls=ServerCommand)
@server_settings()
def server(**given: Any) -> None:
    """Start the server: tracking, artifacts and the web page in one process.

    Flags have the names of `mlflow server`, and its environment variables are read too. Stop it with Ctrl-C
    or SIGTERM; requests in flight are finished.

    \b
    trackline server --port 5001
    trackline server --backend-store-uri sqlite:////srv/tracks/trackline.db --artifacts-destination /srv/artifacts
    """
    settings = ServerSettings(**given)

    # Here and not above: what it takes to serve takes longer to load than `--help` should take.
    from trackline.db.errors import DatabaseRefused
    from trackline.server.listening import bind
    from trackline.server.logs import set_up_log
    from trackline.server.metadata import metadata_at
    from trackline.server.opening import CannotStart, whole_public_url

    set_up_log(settings.log_format)
    try:
        metadata = metadata_at(settings.backend_store_uri)  # now: its warning is about folders that are not there yet
        with bind(settings) as listener:
            host, port = listener.getsockname()[:2]
            settings = replace(
                settings, host=host, port=port
            )  # a socket that was handed over has an address of its own
            scheme = "https" if settings.ssl_certfile else "http"
            url = f"{scheme}://{reachable(host)}:{port}{settings.static_prefix.rstrip('/')}"
            if settings.require_sign_in and not settings.artifacts_only:
                _offer_first_administrator(settings, whole_public_url(settings) if settings.public_url else url)
            run = _serving(settings)
            run(settings, listener, lambda stores: _say_where_things_are(settings, metadata, url, stores))
    except (CannotStart, DatabaseRefused) as error:
        _give_up(error.message, error.hint)


def _serving(settings: ServerSettings) -> Callable[[ServerSettings, socket.socket, Ready], None]:
    if settings.workers == 1:
        from trackline.server.start import serve

        return serve
    from trackline.server.workers import serve_by_workers

    return serve_by_workers


def _offer_first_administrator(settings: ServerSettings, url: str) -> None:
    """Show the secret by which the first administrator is made, while there are no users. It is shown only here."""
    from trackline.cli.accounts import done
    from trackline.domain.access import digest_of
    from trackline.store.access.first import offer_first

    secret = secrets.token_urlsafe(32)
    if done(settings.backend_store_uri, offer_first, digest_of(secret), FIRST_SECRET_MS):
        click.echo(
            f"""
Nobody can sign in yet. Make the first administrator, once and within a day, from anywhere:
  curl {url}/api/trackline/first-administrator -H "Content-Type: application/json" \\
    -d '{{"secret": "{secret}", "username": "NAME", "password": "PASSWORD"}}'
or on this machine:
  trackline user create NAME --admin"""
        )


def _give_up(message: str, hint: str) -> NoReturn:
    click.echo(f"trackline server: {message} {hint}", err=True)
    sys.exit(CANNOT_START)


def reachable(host: str) -> str:
    """An address that a browser on this machine can open."""
    if host in ("0.0.0.0", "::"):  # noqa: S104 compared, not bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _say_where_things_are(settings: ServerSettings, metadata: Metadata, url: str, stores: Mapping[str, str]) -> None:
    """`stores`: what keeps each object store from being used, "" if nothing."""
    from trackline.server.opening import PROXIED_ROOT, artifact_root, artifacts_destination

    root, destination = artifact_root(settings), artifacts_destination(settings)
    if root.startswith(PROXIED_ROOT):
        artifacts = f"{destination}, through this server: clients need no keys"
    else:
        artifacts = f"{root}, written by the clients themselves: they need access (and keys) of their own"
    works = [f"\n             {name} was listed, written and read" for name, problem in stores.items() if not problem]
    kept = "none: this server only serves artifacts" if settings.artifacts_only else metadata.shown
    click.echo(
        f"""
Trackline {__version__}
  Metadata   {kept}
  Artifacts  {artifacts}{"".join(works)}
  Open       {url}

In your training:
  import mlflow
  mlflow.set_tracking_uri("{url}")
  with mlflow.start_run(): mlflow.log_metric("accuracy", 0.9)
"""
    )
    warnings = [f"{name} cannot be used yet. {problem}" for name, problem in stores.items() if problem]
    for warning in [*filter(None, [metadata.warning]), *warnings]:
        click.echo(f"Warning: {warning}", err=True)
