"""`trackline artifacts`: try the place where artifacts are kept, make its bucket, move it elsewhere."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

import click

from trackline.cli.offline import FAILED, counted, existing_database, explained, open_existing, open_place
from trackline.cli.options import server_settings
from trackline.domain.quantities import readable_size
from trackline.settings import ServerSettings

if TYPE_CHECKING:
    from trackline.db.database import Database
    from trackline.jobs.relocate import Different, Done, Root
    from trackline.store.artifact_locations import Locations

STAYS = " Run the same command again to go on; until it ends the old root stays in force."

WORKS = {
    "connect": "The store answers.",
    "list": "Files can be listed.",
    "write": "A file can be written.",
    "read back": "It can be read back and holds what was written.",
    "delete": "It can be deleted, and is.",
}


RELOCATE = """Move artifacts from one root to another.

Every file below the old root is copied, read back and compared by size and checksum. When all are there, the
locations of the experiments (and model versions) below the old root are rewritten in one transaction. Until then
the old root stays in force: interrupt it when you like and run the same command again, which goes on where it
was. Nothing is deleted at the old root; remove it yourself when you are content. Stop the server and what trains
first: what is written to the old root after the end is not moved.

ROOT is a folder, s3://BUCKET/FOLDER, gs://… or wasbs://…, each with the keys in its variables.

What clients send through the server lies wherever --artifacts-destination says, and their experiments are at
mlflow-artifacts:/ and need no rewriting. To move it, name the two real places here, then start the server with
the new --artifacts-destination. mlflow-artifacts:/ as a ROOT changes the way instead: the place is the one of
--artifacts-destination, and experiments go through the server from now on (--to) or no longer (--from); where
both roots are the same place, nothing is copied.

\b
How much would it be?
  trackline artifacts relocate --from ./trackline-artifacts --to s3://mlflow/artifacts --dry-run
From a folder behind the server to a bucket behind the server:
  trackline artifacts relocate --from ./trackline-artifacts --to s3://mlflow/artifacts
  trackline server --artifacts-destination s3://mlflow/artifacts
From one bucket that clients write to themselves to another:
  trackline artifacts relocate --from s3://old/artifacts --to s3://new/artifacts
Clients wrote to the bucket themselves and shall go through the server, which keeps the same bucket:
  trackline artifacts relocate --from s3://mlflow/artifacts --to mlflow-artifacts:/ \\
      --artifacts-destination s3://mlflow/artifacts
"""


@click.group()
def artifacts() -> None:
    """Try the place where artifacts are kept, make its bucket, or move artifacts elsewhere.

    Keys and endpoint come from the variables that the server reads: MLFLOW_S3_ENDPOINT_URL, AWS_ACCESS_KEY_ID,
    AWS_SECRET_ACCESS_KEY, AWS_DEFAULT_REGION, ….

    \b
    trackline artifacts check s3://mlflow/artifacts
    trackline artifacts create-bucket s3://mlflow
    trackline artifacts relocate --from ./trackline-artifacts --to s3://mlflow/artifacts --dry-run
    """


@artifacts.command()
@click.argument("destination", required=False)
@server_settings("artifacts_destination", "default_artifact_root")
def check(destination: str | None, **given: Any) -> None:
    """Try DESTINATION step by step: connect, list, write, read back, delete. Nothing is left behind.

    Left out, DESTINATION is where a server started with the same options and variables keeps artifacts. The exit
    code is 0 if all works and 1 if not.

    \b
    trackline artifacts check
    trackline artifacts check s3://mlflow/artifacts
    MLFLOW_S3_ENDPOINT_URL=http://127.0.0.1:9000 trackline artifacts check s3://mlflow
    """
    from trackline.blobs import probe
    from trackline.server.opening import artifacts_destination

    place = _absolute(destination) if destination else artifacts_destination(ServerSettings(**given))
    with explained("artifacts check"):
        store = open_place(place, hurried=True)
        click.echo(place)
        problem = None
        for name, problem in asyncio.run(probe(store)):
            click.echo(f"{'✗' if problem else '✓'} {name}: {problem.message if problem else WORKS[name]}")
    sys.exit(FAILED if problem else 0)


@artifacts.command("create-bucket")
@click.argument("destination", metavar="s3://BUCKET")
def create_bucket(destination: str) -> None:
    """Make the bucket of DESTINATION, unless it is there; no other tool is needed for that.

    \b
    trackline artifacts create-bucket s3://mlflow
    AWS_DEFAULT_REGION=eu-central-1 trackline artifacts create-bucket s3://mlflow
    """
    from trackline import blobs
    from trackline.server.opening import store_options

    with explained("artifacts create-bucket"):
        made = asyncio.run(blobs.create_bucket(destination, store_options()))
    bucket = "/".join(destination.split("/")[:3])
    click.echo(f"{bucket} was made." if made else f"{bucket} was there already and can be used.")


@artifacts.command(help=RELOCATE)
@click.option("--from", "old", required=True, metavar="ROOT", help="Where the artifacts are now.")
@click.option("--to", "new", required=True, metavar="ROOT", help="Where they shall be.")
@click.option("--dry-run", is_flag=True, help="Say how much it would be, and do nothing.")
@click.option(
    "--keep", "different", flag_value="keep", help="A file that is at the new root with other content stays as it is."
)
@click.option("--replace", "different", flag_value="replace", help="Such a file is overwritten. Left out: stop there.")
@server_settings("backend_store_uri", "artifacts_destination", "default_artifact_root")
def relocate(old: str, new: str, dry_run: bool, different: str | None, **given: Any) -> None:
    from trackline.jobs.relocate import Different, check_roots

    settings = ServerSettings(**given)
    with explained("artifacts relocate", STAYS):
        before, after = _root(old, settings), _root(new, settings)
        copying = check_roots(before, after)
        with existing_database(settings, dry_run) as database:
            if dry_run:
                asyncio.run(_say_how_much(database, before, after, copying))
            else:
                chosen = Different(different or "stop")
                moved = asyncio.run(_relocate(database, before, after, chosen if copying else None))
                _say_what_was_moved(before, after, *moved)


async def _say_how_much(database: Database, old: Root, new: Root, copying: bool) -> None:
    from trackline.jobs.relocate import Size, size_of
    from trackline.store.artifact_locations import count_locations, folder_of

    if copying and folder_of(new.place) is None:
        await open_place(new.place).entries("")  # can it be reached?
    size = await size_of(open_existing(old.place)) if copying else Size(0, 0)
    found = await database.read(count_locations, old.location)
    click.echo(f"Dry run: nothing was touched.\nTo copy from {old.place} to {new.place}:")
    click.echo(f"  {counted(size.files, 'file')}, {readable_size(size.bytes)}")
    click.echo(f"To rewrite from {old.location} to {new.location}:")
    click.echo(f"  {counted(found.experiments, 'experiment')}, {counted(found.model_versions, 'model version')}")


async def _relocate(
    database: Database, old: Root, new: Root, different: Different | None
) -> tuple[Done, Locations, int]:
    """The last is how many experiments go through the server then. Without `different`, nothing is copied."""
    from trackline.cli.progress import shown_progress
    from trackline.jobs.relocate import Copier, relocate
    from trackline.store.artifact_locations import count_proxied_experiments

    if different is None:
        moved = await relocate(database, old, new, None)
    else:
        source, target = open_existing(old.place), open_place(new.place)
        await target.entries("")  # can it be reached? Better known now than after the files were counted
        with shown_progress() as progress:
            moved = await relocate(database, old, new, Copier(source, target, different, progress))
    return *moved, await database.read(count_proxied_experiments)


def _say_what_was_moved(old: Root, new: Root, done: Done, moved: Locations, proxied: int) -> None:
    there = f"; there already: {counted(done.there, 'file')}" if done.there else ""
    kept = f"; kept with other content: {counted(done.kept, 'file')}" if done.kept else ""
    click.echo(f"Copied and compared {counted(done.copied, 'file')} ({readable_size(done.bytes)}){there}{kept}.")
    click.echo(
        f"{counted(moved.experiments, 'experiment')} and {counted(moved.model_versions, 'model version')} "
        f"now point to {new.location} instead of {old.location}."
    )
    if new.place != old.place:
        click.echo(f"Nothing was deleted at {old.place}.")
    if new.place != new.location:
        click.echo(f"Start the server with --artifacts-destination as now: it must lead to {new.place}.")
        return
    for setting, what in [
        ("--artifacts-destination", f"What is at mlflow-artifacts:/ ({counted(proxied, 'experiment')})"),
        ("--default-artifact-root", "What is new"),
    ]:
        click.echo(f"{what} follows {setting}: if that is {old.place}, start the server with {setting} {new.place}.")


def _root(given: str, settings: ServerSettings) -> Root:
    from trackline.domain.artifact_paths import below, proxied_path
    from trackline.jobs.relocate import Root
    from trackline.server.opening import artifacts_destination

    path = proxied_path(given)
    if path is not None:
        return Root(given, below(artifacts_destination(settings), path))
    place = _absolute(given)
    return Root(place, place)


def _absolute(place: str) -> str:
    from trackline.server.opening import artifacts_destination

    return artifacts_destination(ServerSettings(artifacts_destination=place))
