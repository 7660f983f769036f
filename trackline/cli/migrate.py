"""`trackline migrate`: make the tables of the database, or bring them up to date, without a server."""

from __future__ import annotations

import click

from trackline import __version__
from trackline.cli.accounts import done, on_database


@click.command()
@on_database
def migrate(backend_store_uri: str) -> None:
    """Make the database's tables, or bring them up to date, and end.

    A server does the same when it starts. Apart from it, the work is not cut short by whoever waits for the server to
    answer: a unit's time limit, a probe. Servers on the database may go on meanwhile; of several that migrate, one does
    it and the others wait.

    \b
    trackline migrate --backend-store-uri sqlite:////srv/tracks/trackline.db
    TRACKLINE_BACKEND_STORE_URI_FILE=/run/secrets/database trackline migrate
    """
    done(backend_store_uri, lambda tx: None)  # noqa: ARG005 to open it is all
    click.echo(f"The database has the tables of Trackline {__version__}.")
