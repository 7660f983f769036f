"""`trackline export`: everything, or some experiments, in a form that others read."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from trackline.cli.import_ import say_what_differs
from trackline.cli.offline import counted
from trackline.cli.options import server_settings
from trackline.settings import ServerSettings

if TYPE_CHECKING:
    from trackline.domain.entities import Experiment
    from trackline.jobs.importers.source import Source

FAILED = 1  # exit codes
CANNOT_START = 2

HELP = """Write what this tracker holds into DEST: a new database for MLflow 3.17 (SQLite), the way back; with
--format archive, a file that another Trackline imports; or, with --format parquet, a new folder of Parquet files.

Ids, names, times and numbers of versions stay as they are, and so do the locations of artifacts: those at
mlflow-artifacts:/ are found where MLflow is started with the --artifacts-destination that Trackline has. In the end
both are read and compared, table by table. A server may go on working meanwhile; what comes after the beginning is
not in the export. Nothing is overwritten.

\b
  trackline export mlflow.db --backend-store-uri sqlite:////srv/trackline/trackline.db
  mlflow server --backend-store-uri sqlite:///mlflow.db --artifacts-destination /srv/trackline/artifacts
Some experiments only, without the registered models:
  trackline export churn.db --experiment churn
One file with experiments, what is registered of them and all files, and how another Trackline takes it in:
  trackline export churn.tar --format archive --artifacts --experiment churn
  trackline import churn.tar
Into runs.parquet, params.parquet, tags.parquet and metrics.parquet (pip install 'trackline[parquet]'):
  trackline export tables --format parquet
  python -c "import polars; print(polars.read_parquet('tables/runs.parquet'))"
"""


@click.command(help=HELP)
@click.argument("destination", metavar="DEST", type=click.Path(path_type=Path))
@click.option(
    "--experiment", "experiments", multiple=True, metavar="NAME", help="Only this one; may be given several times."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["mlflow", "archive", "parquet"]),
    default="mlflow",
    show_default=True,
    help="A database for MLflow, a file for another Trackline, or Parquet files with runs, params, tags and metrics.",
)
@click.option("--artifacts", is_flag=True, help="Files as well, into an archive.")
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
@server_settings("backend_store_uri", "artifacts_destination")
def export(
    destination: Path, experiments: tuple[str, ...], form: str, artifacts: bool, dry_run: bool, **given: Any
) -> None:
    from trackline.cli.export_archive import export_archive
    from trackline.cli.sources import opened_trackline
    from trackline.jobs.importers.importing import chosen_experiments

    if artifacts and form != "archive":
        raise click.UsageError("--artifacts goes with --format archive: MLflow and Parquet have files apart.")
    settings = ServerSettings(**given)
    with _told(), opened_trackline(settings.backend_store_uri) as source:
        chosen = chosen_experiments(source, experiments)
        if dry_run:
            _foresee(source, chosen, not experiments or form == "archive", destination)
            return
        if form == "parquet":
            _export_to_parquet(source, chosen, destination)
            return
        if form == "archive":
            if experiments:
                source.registry_of = [one.experiment_id for one in chosen]
            sys.exit(FAILED if export_archive(source, chosen, settings, destination, artifacts) else 0)
        _export(source, chosen, not experiments, destination)
        sys.exit(FAILED if _differs(source, chosen, not experiments, destination) else 0)


def _foresee(source: Source, chosen: list[Experiment], registry: bool, destination: Path) -> None:
    from trackline.jobs.exporters.new_file import check_free

    check_free(destination)
    amounts = source.amounts([one.experiment_id for one in chosen])
    click.echo(f"Dry run: nothing is written.\nFrom {source.shown} into {destination}:")
    parts = (counted(len(chosen), "experiment"), counted(amounts.runs, "run"), counted(amounts.points, "point"))
    click.echo(f"  {', '.join(parts)}")
    if not registry:
        click.echo("  Registered models are left out; without --experiment they come too.")


def _export(source: Source, chosen: list[Experiment], registry: bool, destination: Path) -> None:
    from trackline.cli.progress import shown_amounts
    from trackline.jobs.exporters.mlflow_database import export_to_mlflow

    click.echo(f"From {source.shown} into {destination}.")
    with shown_amounts() as watcher:
        export_to_mlflow(source, chosen, registry, destination, watcher)
    for one in source.left_behind():
        click.echo(f"Not in it: {one.amount:,} {one.what}")


def _export_to_parquet(source: Source, chosen: list[Experiment], destination: Path) -> None:
    from trackline.cli.progress import shown_amounts

    try:
        from trackline.jobs.exporters.parquet import export_to_parquet
    except ImportError as error:
        click.echo(
            f"trackline export: Parquet files need pyarrow ({error}). Install it: pip install 'trackline[parquet]'",
            err=True,
        )
        sys.exit(CANNOT_START)
    click.echo(f"From {source.shown} into {destination}.")
    with shown_amounts() as watcher:
        rows = export_to_parquet(source, chosen, destination, watcher)
    for name, count in rows.items():
        click.echo(f"{name}.parquet: {count:,} rows")


def _differs(source: Source, chosen: list[Experiment], registry: bool, destination: Path) -> bool:
    from trackline.cli.progress import shown_amounts
    from trackline.cli.sources import opened_source
    from trackline.domain.moving import Settled
    from trackline.jobs.importers.verification import Verifier

    settled = [
        Settled(one, int(one.experiment_id), one.artifact_location, was_there=False, keeps_places=True)
        for one in chosen
    ]
    with opened_source(str(destination)) as written, shown_amounts() as watcher:
        return say_what_differs(Verifier(source, written, watcher).compare(settled, registry))


@contextmanager
def _told() -> Iterator[None]:
    """Whatever stands in the way is said in one line."""
    from trackline.blobs.errors import BlobError, UnknownDestination, WrongOption
    from trackline.db.errors import DatabaseRefused
    from trackline.jobs.exporters.new_file import AlreadyThere
    from trackline.jobs.importers.source import UnusableSource

    def give_up(message: str, code: int) -> NoReturn:
        click.echo(f"trackline export: {message}", err=True)
        sys.exit(code)

    try:
        yield
    except (AlreadyThere, DatabaseRefused, UnusableSource) as error:
        give_up(f"{error.message} {error.hint}", CANNOT_START)
    except (UnknownDestination, WrongOption) as error:
        give_up(error.message, CANNOT_START)
    except BlobError as error:
        give_up(error.message, FAILED)
    except OSError as error:
        give_up(f"Cannot write to {error.filename}: {error.strerror}.", CANNOT_START)
    except KeyboardInterrupt:
        give_up("Interrupted. Nothing was left behind.", FAILED)
