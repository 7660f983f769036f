"""`trackline runs`: bring runs of a running server into another experiment."""

from __future__ import annotations

import json

import click

from trackline.cli.tracker import TRACKLINE, connected, experiment_of, told, url_option

AT_ONCE = 100  # runs in one request

runs_argument = click.argument("runs", metavar="RUN…", nargs=-1, required=True)
to_option = click.option("--to", "experiment", required=True, metavar="EXPERIMENT", help="Its name or id.")


@click.group()
def runs() -> None:
    """Move or copy runs of a running server into another experiment.

    The server is the one of --url, TRACKLINE_URL or MLFLOW_TRACKING_URI. EDIT is needed on both experiments.

    \b
    trackline runs move 5f3a0c… 77b1e2… --to "fraud/final"
    trackline runs copy 5f3a0c… --to 12
    """


@runs.command()
@url_option
@runs_argument
@to_option
def move(url: str, runs: tuple[str, ...], experiment: str) -> None:
    """Move runs into another experiment, with the logged models that they made.

    Their ids stay, and so do their files, which are found as before. A child goes with its parent where both are
    named; it stays its child in any case.

    \b
    trackline runs move 5f3a0c… 77b1e2… --to "fraud/final"
    """
    with told("runs move"), connected(url) as server:
        number, name = experiment_of(server, experiment)
        moved = 0
        for some in _parts(runs):
            answer = server.send("POST", f"{TRACKLINE}/runs/move", run_ids=some, experiment_id=number)
            moved += answer["moved"]
        there = "" if moved == len(runs) else f" ({len(runs) - moved} were there already)"
        click.echo(f"Moved to {name}: {_counted(moved)}{there}.")


@runs.command()
@url_option
@runs_argument
@to_option
@click.option("--no-artifacts", is_flag=True, help="Leave the files out.")
@click.option("--json", "as_json", is_flag=True, help='Print JSON: [{"from": …, "to": …}].')
def copy(url: str, runs: tuple[str, ...], experiment: str, no_artifacts: bool, as_json: bool) -> None:
    """Copy runs into an experiment: all that is said of them, and their files.

    Each copy has an id of its own, which is printed, and the tag trackline.copiedFrom.

    \b
    trackline runs copy 5f3a0c… --to "fraud/final"
    trackline runs copy 5f3a0c… --to 12 --no-artifacts --json | jq -r '.[].to'
    """
    with told("runs copy"), connected(url) as server:
        number, name = experiment_of(server, experiment)
        made = []
        for some in _parts(runs):
            given = {"run_ids": some, "experiment_id": number, "artifacts": not no_artifacts}
            made += server.send("POST", f"{TRACKLINE}/runs/copy", **given)["runs"]
        if as_json:
            return click.echo(json.dumps(made, indent=2))
        for one in made:
            click.echo(f"{one['from']} → {one['to']}")
        return click.echo(f"Copied to {name}: {_counted(len(made))}.")


def _parts(runs: tuple[str, ...]) -> list[list[str]]:
    once = list(dict.fromkeys(runs))
    return [once[at : at + AT_ONCE] for at in range(0, len(once), AT_ONCE)]


def _counted(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"
