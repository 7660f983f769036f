"""The `trackline` command."""

from __future__ import annotations

import click

from trackline import __version__
from trackline.cli.artifacts import artifacts
from trackline.cli.server import server


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="trackline")
def main() -> None:
    """An ML experiment tracker in one small process. It speaks the MLflow REST API.

    \b
    trackline server                       start it here, with SQLite and a local folder
    trackline server --help                every setting, with its environment variable
    trackline artifacts --help             try, make and move the place of artifacts
    """


main.add_command(server)
main.add_command(artifacts)
