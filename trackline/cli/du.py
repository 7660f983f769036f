"""`trackline du`: how much room things take."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from trackline.cli.offline import existing_database, explained
from trackline.cli.options import server_settings
from trackline.domain.errors import NotFound
from trackline.domain.quantities import readable_size
from trackline.settings import ServerSettings

if TYPE_CHECKING:
    from trackline.db.transaction import Transaction
    from trackline.domain.disk import DiskUsage, UsageWithin
    from trackline.domain.entities import Experiment


@click.command()
@click.argument("experiment", required=False, metavar="[EXPERIMENT]")
@click.option("--models", is_flag=True, help="Registered models instead, by what their versions come from.")
@click.option("--no-scan", is_flag=True, help="Take what was measured last; do not list the files now.")
@click.option("--limit", default=20, type=click.IntRange(1, 1000), show_default=True, help="Show so many.")
@server_settings("backend_store_uri", "artifacts_destination", "default_artifact_root")
def du(experiment: str | None, models: bool, no_scan: bool, limit: int, **given: Any) -> None:
    """Tell how much room experiments take, or the runs and logged models of EXPERIMENT (its name or id), or registered
    models.

    It measures first, which lists all files that the server serves, and notes what it found for the pages. Give it the
    server's settings, by the same options or variables; servers may run meanwhile.

    \b
    trackline du
    trackline du 12 --limit 50
    trackline du "fraud/final"
    trackline du --models
    trackline du --no-scan --backend-store-uri postgresql://mlflow@db/mlflow
    """
    if experiment is not None and models:
        raise click.UsageError("An experiment has runs and logged models; --models is about the registry. Give one.")
    settings = ServerSettings(**given)
    with explained("du"):
        asyncio.run(_tell(settings, experiment, _print_models if models else _print_experiments, no_scan, limit))


async def _tell(
    settings: ServerSettings,
    experiment: str | None,
    print_all: Callable[[DiskUsage], None],
    no_scan: bool,
    limit: int,
) -> None:
    from trackline.cli.progress import shown_counts
    from trackline.jobs.disk import measure_disk
    from trackline.server.opening import open_places
    from trackline.store.disk import read_usage, read_usage_within

    with existing_database(settings, dry_run=no_scan) as database:
        if not no_scan:
            with shown_counts() as advance:
                await measure_disk(database, open_places(settings).stores, advance)
        if experiment is None:
            print_all(await database.read(read_usage, limit))
        else:
            found = await database.read(_named, experiment)
            _print_within(await database.read(read_usage_within, found.experiment_id, limit))


def _named(tx: Transaction, given: str) -> Experiment:
    """An experiment by its name or id, as everywhere on the command line. Raises NotFound."""
    from trackline.store.experiments import get_experiment, get_experiment_by_name

    try:
        return get_experiment_by_name(tx, given)
    except NotFound:
        if not given.isdecimal():
            raise
        return get_experiment(tx, given)


def _print_experiments(found: DiskUsage) -> None:
    from trackline.cli.accounts import table

    rows = [("ID", "EXPERIMENT", "RUNS", "METADATA", "POINTS", "ARTIFACTS", "IN TRASH")]
    for one in found.experiments:
        sizes = (one.metadata_bytes, one.points_bytes, one.artifact_bytes, one.trash_bytes)
        rows.append((one.experiment_id, one.name, f"{one.runs:,}", *map(readable_size, sizes)))  # type: ignore[arg-type]
    table(rows)
    if found.more:
        click.echo("There are more: --limit shows more.", err=True)


def _print_models(found: DiskUsage) -> None:
    from trackline.cli.accounts import table

    rows = [("REGISTERED MODEL", "VERSIONS", "ARTIFACTS")]
    rows += [(one.name, f"{one.versions:,}", readable_size(one.artifact_bytes)) for one in found.registered_models]
    table(rows)


def _print_within(found: UsageWithin) -> None:
    from trackline.cli.accounts import table

    rows = [("KIND", "ID", "NAME", "METADATA", "POINTS", "FILES", "ARTIFACTS")]
    for run in found.runs:
        metadata, points = readable_size(run.metadata_bytes or 0), readable_size(run.points_bytes or 0)
        files, size = f"{run.artifact_files or 0:,}", readable_size(run.artifact_bytes or 0)
        rows.append(("run", run.run_id, run.run_name, metadata, points, files, size))
    for model in found.models:
        files, size = f"{model.artifact_files or 0:,}", readable_size(model.artifact_bytes or 0)
        rows.append(("model", model.model_id, model.name, "", "", files, size))
    table(rows)
