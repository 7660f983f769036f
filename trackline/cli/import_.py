"""`trackline import`: bring over what another tracker holds."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import click

from trackline.cli.offline import counted
from trackline.cli.options import server_settings
from trackline.domain.quantities import readable_size
from trackline.settings import ServerSettings

if TYPE_CHECKING:
    from trackline.db.database import Database
    from trackline.domain.entities import Experiment
    from trackline.domain.moving import Settled
    from trackline.jobs.importers.importing import Brought
    from trackline.jobs.importers.source import Left, Source
    from trackline.jobs.importers.verification import Compared

FAILED = 1  # exit codes
CANNOT_START = 2


class Copying(NamedTuple):
    """`proxied`: the place that the source means by mlflow-artifacts:/, if anybody said."""

    proxied: str | None


# Of a database with MLflow's usual runs: ten params, a few tags, twenty metrics.
BYTES_PER_RUN = 2500
BYTES_PER_POINT = 8

HELP = """Bring over what another tracker holds: experiments, runs, every point, datasets, models and the registry.

SOURCE is a database of MLflow's, versions 2.3 to 3.17 (sqlite:////path/mlflow.db, postgresql://…, mysql://…), an
mlruns folder, a database of Trackline's, the server of either (http://…, with the credentials in
MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN), or an archive, whose files come too.
It is read, and never changed. Ids of runs and models, names, times and numbers of versions stay as they are.
Experiments keep their ids where these are free here, or else are told of with their new ones; one whose name is taken
here is taken for the same experiment, and its runs are added to that.

What is here already stays as it is. So the same command may be given again: after an interruption it goes on, and
when the source has grown it brings what is new. A Trackline server may go on working on the database meanwhile.

In the end both are read and compared, table by table; the exit code is 1 where something is missing.

\b
How much would it be?
  trackline import sqlite:////srv/mlflow/mlflow.db --dry-run
Into the database of the server that is started with the same option, or variable:
  trackline import sqlite:////srv/mlflow/mlflow.db --backend-store-uri sqlite:////srv/trackline/trackline.db
With the files, from the folder of a server that kept them for its clients:
  trackline import sqlite:////srv/mlflow/mlflow.db --artifacts copy --source-artifacts /srv/mlflow/mlartifacts
From MySQL or MariaDB, as a user who may SELECT there:
  trackline import mysql://reader:secret@db.example.com/mlflow
What trackline export --format archive has made:
  trackline import churn.tar
From a server whose database cannot be reached:
  trackline import http://mlflow.example.com:5000
Some experiments only, without the registered models:
  trackline import /srv/mlflow/mlflow.db --experiment churn --experiment pricing
"""


@click.command("import", help=HELP)
@click.argument("source")
@click.option(
    "--experiment", "experiments", multiple=True, metavar="NAME", help="Only this one; may be given several times."
)
@click.option("--dry-run", is_flag=True, help="Say what would happen and how much it would be, and do nothing.")
@click.option(
    "--artifacts",
    type=click.Choice(["keep", "copy"]),
    default="keep",
    show_default=True,
    help="Leave files where they are, or copy them to where this server keeps its own.",
)
@click.option(
    "--source-artifacts", metavar="ROOT", help="With copy: the --artifacts-destination of the server that SOURCE is of."
)
@server_settings("backend_store_uri", "artifacts_destination", "default_artifact_root")
def import_(
    source: str,
    experiments: tuple[str, ...],
    dry_run: bool,
    artifacts: str,
    source_artifacts: str | None,
    **given: Any,
) -> None:
    from trackline.cli.sources import opened_source
    from trackline.jobs.importers.archive import ArchivedTracker
    from trackline.jobs.importers.importing import chosen_experiments

    settings = ServerSettings(**given)
    with _told(), opened_source(source, files=not dry_run) as opened:
        chosen = chosen_experiments(opened, experiments)
        if dry_run:
            _say_what_would_be(opened, chosen, settings.backend_store_uri, whole=not experiments)
            return
        copying = Copying(source_artifacts) if artifacts == "copy" else None
        if isinstance(opened, ArchivedTracker) and opened.artifacts is not None:
            copying = Copying(str(opened.artifacts))
        began = monotonic()
        brought = _bring(opened, chosen, settings, copying, whole=not experiments)
        _say_what_was_brought(brought, monotonic() - began)
        compared = _verify(opened, brought.settled, settings.backend_store_uri, whole=not experiments)
        sys.exit(FAILED if say_what_differs(compared) else 0)


def _bring(
    source: Source, chosen: list[Experiment], settings: ServerSettings, copying: Copying | None, whole: bool
) -> Brought:
    """`whole`: with what belongs to no experiment."""
    from trackline.cli.progress import shown_amounts
    from trackline.jobs.importers.importing import Importer
    from trackline.server.metadata import metadata_at
    from trackline.server.opening import artifact_root

    metadata = metadata_at(settings.backend_store_uri)
    metadata.check()
    click.echo(f"From {source.shown} into {metadata.shown}.")
    root = artifact_root(settings) if copying else None
    database = metadata.open()
    try:
        with shown_amounts() as watcher:
            brought = asyncio.run(Importer(source, database, watcher).bring(chosen, root, registry=whole))
        if copying:
            brought.left += _copy(source, database, settings, copying, brought.settled)
        return brought
    finally:
        database.close()


def _copy(
    source: Source, database: Database, settings: ServerSettings, copying: Copying, settled: list[Settled]
) -> list[Left]:
    from trackline.cli.progress import shown_amounts
    from trackline.cli.sources import new_places, opener
    from trackline.jobs.importers.artifacts import ArtifactCopier

    copier = ArtifactCopier(source, database, opener(copying.proxied), new_places(settings))
    with shown_amounts() as watcher:
        left = asyncio.run(copier.copy(settled, watcher))
    done = copier.done
    click.echo(f"Artifacts: {done.copied:,} files copied ({readable_size(done.bytes)}), {done.there:,} here before.")
    return left


def _verify(source: Source, settled: list[Settled], into: str, whole: bool) -> dict[str, Compared]:
    from trackline.cli.progress import shown_amounts
    from trackline.cli.sources import opened_trackline
    from trackline.jobs.importers.verification import Verifier

    with opened_trackline(into) as here, shown_amounts() as watcher:
        return Verifier(source, here, watcher).compare(settled, registry=whole)


def _say_what_would_be(source: Source, chosen: list[Experiment], into: str, whole: bool) -> None:
    from trackline.jobs.importers.plan import Foreseen, Found, foresee
    from trackline.jobs.importers.source import Amounts
    from trackline.server.metadata import metadata_at

    amounts = source.amounts([experiment.experiment_id for experiment in chosen])
    metadata = metadata_at(into)
    new = metadata.file is not None and not metadata.file.exists()
    foreseen = Foreseen({}, Amounts(0, 0)) if new else metadata.look(lambda tx: foresee(tx, source, chosen))
    there = foreseen.there
    click.echo(f"Dry run: nothing was touched.\nFrom {source.shown} into {metadata.shown}:")
    points = "points that nobody has counted" if amounts.points < 0 else counted(amounts.points, "point")
    click.echo(f"  {counted(len(chosen), 'experiment')}, {counted(amounts.runs, 'run')}, {points}")
    click.echo(f"  {there.runs:,} of these runs are there already, with {there.points:,} points")
    size = (amounts.runs - there.runs) * BYTES_PER_RUN + max(amounts.points - there.points, 0) * BYTES_PER_POINT
    click.echo(f"  {'about' if amounts.points >= 0 else 'at least'} {readable_size(size)} more of database")
    for experiment in chosen:
        what = foreseen.found.get(experiment.experiment_id, Found.NEW)
        if what is not Found.NEW:
            click.echo(f"  Experiment '{experiment.name}' (id {experiment.experiment_id}) {what.value}.")
    if not whole:
        click.echo("  Registered models are left out; without --experiment they come too.")
    _say_what_is_left(source.left_behind())


def _say_what_was_brought(brought: Brought, seconds: float) -> None:
    click.echo(
        f"New: {brought.new_runs:,} runs, {brought.new_points:,} points. Here before: {brought.known_runs:,} runs. "
        f"It took {seconds:.1f} s."
    )
    for one in brought.settled:
        given = one.experiment.experiment_id
        if str(one.number) != given:
            why = "it was here by this name" if one.was_there else "its id was taken"
            click.echo(f"Experiment '{one.experiment.name}' has the id {one.number} here, not {given}: {why}.")
    _say_what_is_left(brought.left)


def _say_what_is_left(left: list[Left]) -> None:
    if left:
        click.echo("Not brought over:")
    for one in left:
        amount = f"{one.amount:,}" if one.amount >= 0 else "any"
        click.echo(f"  {amount} {one.what}: {one.reason}")


def say_what_differs(tables: dict[str, Compared]) -> bool:
    """Whether anything is missing."""
    click.echo(f"{'Compared':<24}{'there':>14}{'here':>14}  {'checksum there':<18}{'here':<18}")
    for name, one in tables.items():
        verdict = "same" if one.sum_there == one.sum_here else "all here, and more"
        if one.missing:
            verdict = f"{one.missing:,} MISSING OR DIFFERENT"
        sums = f"{one.sum_there:016x}  {one.sum_here:016x}"
        click.echo(f"{name:<24}{one.there:>14,}{one.here:>14,}  {sums}  {verdict}")
        for example in one.examples:
            click.echo(f"    {example}")
    missing = any(one.missing for one in tables.values())
    if missing:
        click.echo(
            "What was here before stays as it was, so it may differ; what is missing comes when it is run again."
        )
    return missing


@contextmanager
def _told() -> Iterator[None]:
    """Whatever stands in the way is said in one line."""
    from trackline.blobs.errors import BlobError, UnknownDestination, WrongOption
    from trackline.cli.tracker import WrongUse
    from trackline.db.errors import DatabaseRefused, Unavailable
    from trackline.domain.errors import RequestError
    from trackline.jobs.importers.source import UnusableSource
    from trackline.jobs.relocate import Refused
    from trackline.server.opening import CannotStart
    from trackline.settings import UnreadableSetting

    def give_up(message: str, code: int) -> NoReturn:
        click.echo(f"trackline import: {message}", err=True)
        sys.exit(code)

    try:
        yield
    except (UnknownDestination, WrongOption) as error:
        give_up(error.message, CANNOT_START)
    except (BlobError, Refused) as error:
        give_up(f"{error.message} Run the same command again to go on.", FAILED)
    except (CannotStart, DatabaseRefused, UnusableSource) as error:
        give_up(f"{error.message} {error.hint}", CANNOT_START)
    except (WrongUse, UnreadableSetting) as error:
        give_up(str(error), CANNOT_START)
    except (RequestError, Unavailable) as error:
        give_up(f"{error} Run the same command again to go on.", FAILED)
    except KeyboardInterrupt:
        give_up("Interrupted. Run the same command again to go on.", FAILED)
