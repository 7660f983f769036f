"""`trackline retention`: which runs of an experiment stay by themselves, on a running server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from trackline.cli.tracker import TRACKLINE, Tracker, connected, experiment_of, told, url_option
from trackline.domain.errors import InvalidParameter
from trackline.domain.quantities import duration_ms

DAY_MS = 86_400_000
THIN_TO = 1000

experiment_argument = click.argument("experiment", metavar="EXPERIMENT")


def _days(_: click.Context, __: click.Parameter, given: str | None) -> int | None:
    if given is None:
        return None
    try:
        days, rest = divmod(duration_ms(given), DAY_MS)
    except InvalidParameter as error:
        raise click.BadParameter(str(error)) from error
    if rest or not days:
        raise click.BadParameter(f"'{given}' is not a number of days. Write it as 90d.")
    return days


@click.group()
def retention() -> None:
    """Let an experiment keep its best runs, and thin the points of old ones: once a day.

    EXPERIMENT is a name or an id; the server is the one of --url, TRACKLINE_URL or MLFLOW_TRACKING_URI. READ is needed
    to see the rules, MANAGE to change them. `trackline gc --dry-run` says what would go.

    \b
    trackline retention set fraud --keep-best 20 --metric loss --goal min
    trackline retention set fraud --thin-after 90d --thin-to 1000
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
    with _rules_of("show", url, experiment) as (server, path, name):
        _say(name, server.get(path))


@retention.command("set")
@url_option
@experiment_argument
@click.option("--keep-best", type=click.IntRange(1), metavar="N", help="So many runs stay.")
@click.option("--metric", metavar="KEY", help="By the last value of this metric.")
@click.option("--goal", type=click.Choice(["min", "max"]), help="Whether the lowest or the highest are the best.")
@click.option("--thin-after", metavar="SPAN", callback=_days, help="So long after the end of a run: 90d.")
@click.option(
    "--thin-to", type=click.IntRange(100), metavar="N", help="Each series keeps so many points.  [default: 1000]"
)
def set_(url: str, experiment: str, thin_after: int | None, thin_to: int | None, **rules: Any) -> None:
    """Set the rules of an experiment, in place of those that it has.

    The best runs stay, the others go to the trash. Runs that have not ended, that lack the metric, of which a model is
    registered, or that are parents of what stays, stay as well; so does what somebody restores from the trash. Points
    that are thinned out are gone for good; minimum, maximum, first and last of each series stay.

    \b
    trackline retention set fraud --keep-best 20 --metric loss --goal min --thin-after 90d
    """
    if thin_after is not None or thin_to is not None:
        rules |= {"thin_after_days": thin_after, "thin_to": thin_to or THIN_TO}
    with _rules_of("set", url, experiment) as (server, path, name):
        _say(name, server.send("PUT", path, **rules))


@retention.command()
@url_option
@experiment_argument
def remove(url: str, experiment: str) -> None:
    """Remove the rules of an experiment; what they put into the trash stays there.

    \b
    trackline retention remove fraud
    """
    with _rules_of("remove", url, experiment) as (server, path, name):
        server.send("DELETE", path)
        _say(name, {})


@contextmanager
def _rules_of(command: str, url: str, experiment: str) -> Iterator[tuple[Tracker, str, str]]:
    """The server, and the path there to the rules of the experiment, with its name."""
    with told(f"retention {command}"), connected(url) as server:
        number, name = experiment_of(server, experiment)
        yield server, f"{TRACKLINE}/experiments/{number}/retention", name


def _say(name: str, rules: dict[str, Any]) -> None:
    if rules.get("keep_best") is None:
        click.echo(f"{name}: all runs stay.")
    else:
        which = "lowest" if rules["goal"] == "min" else "highest"
        runs = "run stays" if rules["keep_best"] == 1 else "runs stay"
        click.echo(f"{name}: the best {rules['keep_best']} {runs}, by the {which} {rules['metric']}.")
    if rules.get("thin_after_days") is None:
        click.echo(f"{name}: all points stay.")
    else:
        days = rules["thin_after_days"]
        click.echo(f"{name}: {days} days after the end of a run {rules['thin_to']:,} points of each series stay.")
