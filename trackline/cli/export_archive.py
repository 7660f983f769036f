"""`trackline export --format archive`."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from trackline.cli.import_ import say_what_differs
from trackline.cli.offline import counted
from trackline.domain.quantities import readable_size
from trackline.settings import ServerSettings

if TYPE_CHECKING:
    from trackline.domain.entities import Experiment
    from trackline.domain.moving import Settled
    from trackline.jobs.exporters.archive import Files
    from trackline.jobs.importers.trackline_database import TracklineDatabase


def export_archive(
    source: TracklineDatabase, chosen: list[Experiment], settings: ServerSettings, destination: Path, artifacts: bool
) -> bool:
    """Whether anything is missing in it. `settings` say where the source's artifacts are."""
    from trackline.jobs.exporters.new_file import new_file, parts_beside
    from trackline.jobs.importers.archive import METADATA

    click.echo(f"From {source.shown} into {destination}.")
    with new_file(destination.absolute()) as unfinished, parts_beside(unfinished) as parts:
        settled = _gather(source, chosen, parts / METADATA, artifacts)
        missing = _differs(source, settled, parts / METADATA)
        files = _write(source, settled, (unfinished, parts), settings if artifacts else None)
    for one in source.left_behind() + (files.left() if files else []):
        click.echo(f"Not in it: {one.amount:,} {one.what}: {one.reason}")
    size = readable_size(destination.stat().st_size)
    click.echo(f"{destination}: {size}" + (f", with {counted(files.count, 'file')}" if files else ""))
    return missing


def _gather(source: TracklineDatabase, chosen: list[Experiment], into: Path, artifacts: bool) -> list[Settled]:
    from trackline.cli.progress import shown_amounts
    from trackline.db.sqlite_backup import lay_down
    from trackline.jobs.importers.importing import Importer
    from trackline.server.metadata import metadata_at
    from trackline.server.opening import PROXIED_ROOT

    database = metadata_at(f"sqlite:///{into}").open()
    try:
        with shown_amounts() as watcher:
            importer = Importer(source, database, watcher)
            root = PROXIED_ROOT if artifacts else None
            brought = asyncio.run(importer.bring(chosen, root, registry=True, doing="Exporting"))
    finally:
        database.close()
    lay_down(into)
    return brought.settled


def _differs(source: TracklineDatabase, settled: list[Settled], written: Path) -> bool:
    from trackline.cli.progress import shown_amounts
    from trackline.cli.sources import opened_trackline
    from trackline.jobs.importers.verification import Verifier

    with opened_trackline(f"sqlite:///{written}") as here, shown_amounts() as watcher:
        return say_what_differs(Verifier(source, here, watcher).compare(settled, registry=True))


def _write(
    source: TracklineDatabase, settled: list[Settled], places: tuple[Path, Path], settings: ServerSettings | None
) -> Files | None:
    """`places`: the archive, and the folder with its parts. `settings`: of an archive with artifacts."""
    from trackline import __version__
    from trackline.cli.progress import shown_amounts
    from trackline.cli.sources import opener
    from trackline.db.sqlite_backup import count_rows
    from trackline.jobs.exporters.archive import Files, write_archive
    from trackline.jobs.importers.archive import FORMAT, METADATA, ArchiveManifest, Named
    from trackline.server.opening import artifacts_destination

    target, parts = places
    manifest = ArchiveManifest(
        trackline_archive=FORMAT,
        program=__version__,
        made_ms=time.time_ns() // 1_000_000,
        artifacts=settings is not None,
        experiments=[Named(one.experiment.experiment_id, one.experiment.name) for one in settled],
        tables=count_rows(parts / METADATA),
    )
    with shown_amounts() as watcher:
        files = Files(source, settled, opener(artifacts_destination(settings)), watcher) if settings else None
        asyncio.run(write_archive(target, parts, manifest, files))
    return files
