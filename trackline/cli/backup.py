"""`trackline backup`, `verify` and `restore`."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

import click

from trackline.cli.offline import FAILED, counted, explained, open_existing, open_place
from trackline.cli.options import server_settings
from trackline.domain.quantities import readable_duration, readable_size
from trackline.settings import ServerSettings

if TYPE_CHECKING:
    from pathlib import Path

    from trackline.jobs.backup import Manifest

BACKUP = """Make a backup at DEST, while servers go on working.

DEST is a folder, s3://BUCKET/PREFIX, gs://… or wasbs://…. A backup is the whole database at one moment, as an SQLite
file, whichever kind it comes from; with --artifacts also the files that the server serves, of which only what is new is
copied. Give it the server's settings, by the same options or variables.

\b
trackline backup /srv/backups
trackline backup s3://backups/mlflow --artifacts --keep 14
trackline backup /srv/backups --backend-store-uri postgresql://mlflow@db/mlflow
"""
RESTORE = """Bring the newest backup at SOURCE back, or the one that --name names.

The database is the one of --backend-store-uri, SQLite or PostgreSQL, whichever kind the backup comes from; it and the
place of artifacts must be empty, and nothing is overwritten. Then start the server with the same settings.

\b
trackline restore /srv/backups --backend-store-uri sqlite:////srv/new.db --artifacts-destination /srv/new-artifacts
trackline restore s3://backups/mlflow --name 2026-11-28T210304Z --backend-store-uri postgresql://mlflow@db/empty
"""
VERIFY = """Make sure that the newest backup at SOURCE, or the one that --name names, can be restored.

It is restored into a scratch place: checksums, SQLite's own check of the file, references and the number of rows in
each table are compared with what was noted when it was made, and every artifact is read. The exit code is 1 if
anything is wrong.

The scratch place is an SQLite file, which goes in the end. With --scratch-uri it is an empty database of PostgreSQL's,
if that is where it would be restored; it is filled and left as it is, for you to look at and to drop.

\b
trackline verify /srv/backups
trackline verify /srv/backups --scratch-uri postgresql://mlflow@db/scratch
trackline verify s3://backups/mlflow --name 2026-11-28T210304Z
"""
SERVED = ("backend_store_uri", "artifacts_destination", "default_artifact_root")
name_option = click.option("--name", metavar="NAME", help="Which backup.  [default: the newest]")


@click.command(help=BACKUP)
@click.argument("destination", metavar="DEST")
@click.option("--artifacts", is_flag=True, help="Files as well.")
@click.option("--keep", type=click.IntRange(1), metavar="N", help="Throw away all but the newest N backups there.")
@server_settings(*SERVED)
def backup(destination: str, artifacts: bool, keep: int | None, **given: Any) -> None:
    from trackline.jobs.backup import Source
    from trackline.server.opening import metadata_of, open_places

    settings = ServerSettings(**given)
    with explained("backup"):
        metadata = metadata_of(settings)
        stores = open_places(settings).stores if artifacts else None
        asyncio.run(_back_up(Source(metadata.shown, metadata.save, stores), destination, keep))


@click.command(help=RESTORE)
@click.argument("source", metavar="SOURCE")
@name_option
@click.option("--no-artifacts", is_flag=True, help="The database alone.")
@server_settings(*SERVED)
def restore(source: str, name: str | None, no_artifacts: bool, **given: Any) -> None:
    import msgspec

    from trackline.cli.progress import shown_counts
    from trackline.jobs.backup import chosen
    from trackline.jobs.backup import restore as bring_back
    from trackline.server.opening import metadata_of, open_places

    settings = ServerSettings(**given)

    async def bring() -> Manifest:
        place = open_existing(source)
        manifest = await chosen(place, name)
        if no_artifacts:
            manifest = msgspec.structs.replace(manifest, file_list=None, files=0)
        stores = {} if manifest.file_list is None else open_places(settings).stores
        with shown_counts() as advance:
            await bring_back(manifest, place, metadata_of(settings).load, stores, advance)
        return manifest

    with explained("restore", " Run it again: it begins anew."):
        manifest = asyncio.run(bring())
    click.echo(f"Restored {manifest.name}: {_said(manifest)}.")


@click.command(help=VERIFY)
@click.argument("source", metavar="SOURCE")
@name_option
@click.option(
    "--scratch-uri", metavar="URI", help="Restore into this empty database.  [default: a passing SQLite file]"
)
def verify(source: str, name: str | None, scratch_uri: str | None) -> None:
    from trackline.cli.progress import shown_counts
    from trackline.jobs.backup import chosen
    from trackline.jobs.backup import verify as try_out

    async def try_it() -> tuple[Manifest, list[str]]:
        place = open_existing(source)
        manifest = await chosen(place, name)
        with shown_counts() as advance:
            return manifest, await try_out(manifest, place, lambda copy: _load(copy, scratch_uri), advance)

    with explained("verify"):
        manifest, problems = asyncio.run(try_it())
    for problem in problems:
        click.echo(f"✗ {problem}")
    if problems:
        click.echo(f"{manifest.name} cannot be relied on.")
        sys.exit(FAILED)
    click.echo(f"✓ {manifest.name} can be restored: {_said(manifest)}.")


async def _back_up(source: Any, destination: str, keep: int | None) -> None:
    from trackline.cli.progress import shown_counts
    from trackline.jobs.backup import back_up, prune

    place = open_place(destination)
    with shown_counts() as advance:
        manifest = await back_up(source, place, advance)
    seconds = readable_duration((manifest.ended_ms - manifest.begun_ms) / 1000)
    click.echo(f"Backed up as {manifest.name} in {seconds}: {_said(manifest)}.")
    if manifest.gone:
        click.echo(f"{counted(manifest.gone, 'file')} went away meanwhile.")
    if keep:
        for name in await prune(place, keep):
            click.echo(f"Thrown away: {name}")


def _said(manifest: Manifest) -> str:
    rows = counted(sum(manifest.tables.values()), "row")
    files = f", {counted(manifest.files, 'file')} ({readable_size(manifest.bytes)})" if manifest.file_list else ""
    return f"{rows} ({readable_size(manifest.metadata.size)}){files}"


def _load(copy: Path, scratch_uri: str | None) -> None:
    from trackline.server.metadata import metadata_at

    metadata_at(scratch_uri or f"sqlite:///{copy.with_name('scratch.db')}").load(copy)
