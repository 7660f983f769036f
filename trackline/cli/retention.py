"""`trackline retention`: which runs of an experiment stay by themselves, on a running server."""

from __future__ import annotations

from typing import Any

import click

from trackline.cli.tracker import TRACKLINE, connected, experiment_of, told, url_option

experiment_argument = click.argument("experiment", metavar="EXPERIMENT")


@click.group()
def retention() -> None:
    """Let an experiment keep its best runs, and put the others into the trash once a day.

    EXPERIMENT is a name or an id; the server is the one of --url, TRACKLINE_URL or MLFLOW_TRACKING_URI. READ is needed
    to see the rules, MANAGE to change them. `trackline gc --dry-run` says what would go.

    \b
    trackline retention set fraud --keep-best 20 --metric loss --goal min
    trackline retention show fraud
    trackline retention remove fraud
    """


@retention.command()
@url_option
@experiment_argument
def show(url: str, experiment: str) -> None:
    """Show the rules of an experiment.

    \b
    trackline retention show fraud
    """
    with told("retention show"), connected(url) as server:
        number, name = experiment_of(server, experiment)
        _say(name, server.get(f"{TRACKLINE}/experiments/{number}/retention"))


@retention.command("set")
@url_option
@experiment_argument
@click.option("--keep-best", type=click.IntRange(1), metavar="N", help="So many runs stay.")
@click.option("--metric", metavar="KEY", help="By the last value of this metric.")
@click.option("--goal", type=click.Choice(["min", "max"]), help="Whether the lowest or the highest are the best.")
def set_(url: str, experiment: str, **rules: Any) -> None:
    """Set the rules of an experiment, in place of those that it has.

    Runs that have not ended, that lack the metric, of which a model is registered, or that are parents of what stays,
    stay as well; so does what somebody restores from the trash.

    \b
    trackline retention set fraud --keep-best 20 --metric loss --goal min
    """
    with told("retention set"), connected(url) as server:
        number, name = experiment_of(server, experiment)
        _say(name, server.send("PUT", f"{TRACKLINE}/experiments/{number}/retention", **rules))


@retention.command()
@url_option
@experiment_argument
def remove(url: str, experiment: str) -> None:
    """Remove the rules of an experiment; what they put into the trash stays there.

    \b
    trackline retention remove fraud
    """
    with told("retention remove"), connected(url) as server:
        number, name = experiment_of(server, experiment)
        server.send("DELETE", f"{TRACKLINE}/experiments/{number}/retention")
        _say(name, {"keep_best": None})


def _say(name: str, rules: dict[str, Any]) -> None:
    if rules["keep_best"] is None:
        return click.echo(f"{name}: all runs stay.")
    which = "lowest" if rules["goal"] == "min" else "highest"
    runs = "run stays" if rules["keep_best"] == 1 else "runs stay"
    return click.echo(f"{name}: the best {rules['keep_best']} {runs}, by the {which} {rules['metric']}.")
