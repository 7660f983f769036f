"""The `trackline` command."""

from __future__ import annotations

import sys

import click

from trackline import __version__
from trackline.cli.access import access
from trackline.cli.artifacts import artifacts
from trackline.cli.backup import backup, restore, verify
from trackline.cli.deploy import deploy
from trackline.cli.doctor import doctor
from trackline.cli.du import du
from trackline.cli.export import export
from trackline.cli.gc import gc
from trackline.cli.import_ import import_
from trackline.cli.migrate import migrate
from trackline.cli.models import models
from trackline.cli.process_title import hide_passwords
from trackline.cli.retention import retention
from trackline.cli.runs import runs
from trackline.cli.server import server
from trackline.cli.token import token
from trackline.cli.up import up
from trackline.cli.user import user


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="trackline")
def main() -> None:
    """An ML experiment tracker in one small process. It speaks the MLflow REST API.

    \b
    trackline server                       start it here, with SQLite and a local folder
    trackline up --notebooks               the same, and JupyterLab beside it
    trackline server --help                every setting, with its environment variable
    trackline doctor                       what is wrong with database, artifacts and machine, and what to do
    trackline migrate                      the database's tables brought up to date, without a server
    trackline deploy systemd               run it as a service of this machine
    trackline backup s3://backups/mlflow   database and artifacts, while the server runs; verify, restore
    trackline du                           how much room experiments, runs and models take
    trackline gc --dry-run                 what emptying the trash would free; without --dry-run it is done
    trackline artifacts --help             try, make and move the place of artifacts
    trackline models --help                the model registry of a running server: list, promote, download
    trackline runs --help                  runs of a running server: move and copy them
    trackline retention --help             which runs of an experiment stay by themselves
    trackline import --help                bring over what MLflow or another Trackline holds
    trackline export --help                write it all into a database for MLflow
    trackline user --help                  who may sign in; token and access: programs, and permissions
    """
    hide_passwords(sys.argv)


for command in (
    server,
    migrate,
    artifacts,
    models,
    runs,
    retention,
    user,
    token,
    access,
    doctor,
    deploy,
    up,
    gc,
    du,
    backup,
    restore,
    verify,
    import_,
    export,
):
    main.add_command(command)
