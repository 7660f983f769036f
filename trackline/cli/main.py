"""The `trackline` command."""

from __future__ import annotations

import click

from trackline import __version__
from trackline.cli.access import access
from trackline.cli.artifacts import artifacts
from trackline.cli.doctor import doctor
from trackline.cli.export import export
from trackline.cli.import_ import import_
from trackline.cli.models import models
from trackline.cli.runs import runs
from trackline.cli.server import server
from trackline.cli.token import token
from trackline.cli.user import user


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="trackline")
def main() -> None:
    """An ML experiment tracker in one small process. It speaks the MLflow REST API.

    \b
    trackline server                       start it here, with SQLite and a local folder
    trackline server --help                every setting, with its environment variable
    trackline doctor                       what is wrong with database, artifacts and machine, and what to do
    trackline artifacts --help             try, make and move the place of artifacts
    trackline models --help                the model registry of a running server: list, promote, download
    trackline runs --help                  runs of a running server: move and copy them
    trackline import --help                bring over what MLflow or another Trackline holds
    trackline export --help                write it all into a database for MLflow
    trackline user --help                  who may sign in; token and access: programs, and permissions
    """


main.add_command(server)
main.add_command(artifacts)
main.add_command(models)
main.add_command(runs)
main.add_command(user)
main.add_command(token)
main.add_command(access)
main.add_command(doctor)
main.add_command(import_)
main.add_command(export)
