"""`trackline gc`: empty the trash for good, and find what nobody owns."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import click

from trackline.cli.offline import counted, existing_database, explained
from trackline.cli.options import server_settings
from trackline.domain.quantities import duration_ms, readable_size
from trackline.settings import ServerSettings

if TYPE_CHECKING:
    from trackline.db.database import Database
    from trackline.jobs.gc import Emptied, Places
    from trackline.store.trash import Wanted

GC = """Remove for good what lies in the trash.

Runs, logged models and experiments that were deleted at least --older-than ago go with their metrics and files; there
is no way back. It may be interrupted at any time, and goes on where it was; servers may run meanwhile. What a version
of a registered model is made of stays until that version is deleted.

After that the rules of experiments are applied (trackline retention): what goes by them lies in the trash from now on.

Give it the settings of the server, by the same options or variables. Files that clients write elsewhere without the
server are not touched; they are listed.

\b
What would go, and how much room it takes:
  trackline gc --dry-run
What was deleted more than a week ago:
  trackline gc --older-than 7d
One run, now:
  trackline gc --run-ids 5f3a0c0e1b2c4d5e8f90a1b2c3d4e5f6
Folders of artifacts and rows that belong to nothing (add --remove to remove them):
  trackline gc --orphans
"""


@click.command(help=GC)
@click.option("--older-than", metavar="SPAN", help="Deleted at least so long ago.  [default: 30d; 0s with ids]")
@click.option("--run-ids", default="", metavar="IDS", help="Only these runs, by commas; they must be in the trash.")
@click.option("--experiment-ids", default="", metavar="IDS", help="Only these experiments, with all that they hold.")
@click.option("--dry-run", is_flag=True, help="Say what would go and how large it is, and do nothing.")
@click.option("--orphans", is_flag=True, help="List instead what belongs to no run, model or experiment.")
@click.option("--remove", is_flag=True, help="With --orphans: remove it.")
@server_settings("backend_store_uri", "artifacts_destination", "default_artifact_root")
def gc(dry_run: bool, orphans: bool, remove: bool, **given: Any) -> None:
    from trackline.server.opening import open_places

    chosen = {name: given.pop(name) for name in ("older_than", "run_ids", "experiment_ids")}
    settings = ServerSettings(**given)
    with explained("gc", " Run it again to go on."):
        wanted = _wanted(**chosen)
        with existing_database(settings, dry_run) as database:
            places = open_places(settings)
            if orphans:
                asyncio.run(_orphans(database, places.stores, remove=remove and not dry_run))
            else:
                asyncio.run(_empty(database, places.find, wanted, dry_run))
                if not (wanted.run_ids or wanted.experiments):
                    asyncio.run(_apply_rules(database, dry_run))


def _wanted(older_than: str | None, run_ids: str, experiment_ids: str) -> Wanted:
    from trackline.domain.limits import experiment_number
    from trackline.settings import listed
    from trackline.store.trash import Wanted

    runs, experiments = listed(run_ids), [experiment_number(one) for one in listed(experiment_ids)]
    span = duration_ms(older_than or ("0s" if runs or experiments else "30d"))
    return Wanted(time.time_ns() // 1_000_000 - span, runs, experiments)


async def _empty(database: Database, places: Places, wanted: Wanted, dry_run: bool) -> None:
    from trackline.cli.progress import shown_counts
    from trackline.jobs.gc import Collector
    from trackline.jobs.relocate import Refused
    from trackline.store.trash import not_in_trash

    runs, experiments = await database.read(not_in_trash, wanted)
    for kind, missing in (("run", runs), ("experiment", experiments)):
        if missing:
            raise Refused(f"The {kind} {missing[0]} is not in the trash. Delete it first, or leave it out.")
    with shown_counts() as advance:
        collector = Collector(database, places, advance)
        _say(await (collector.look(wanted) if dry_run else collector.empty(wanted)), dry_run)


def _say(done: Emptied, dry_run: bool) -> None:
    things = [counted(done.runs, "run"), counted(done.models, "logged model")]
    if not dry_run:
        things.append(counted(done.experiments, "experiment"))
    points = f", metrics of {readable_size(done.points_bytes)}" if dry_run else ""
    click.echo("Dry run: nothing was touched. It would remove:" if dry_run else "Removed for good:")
    click.echo(f"  {', '.join(things)}")
    click.echo(f"  {counted(done.files, 'file')} ({readable_size(done.bytes)}){points}")
    for name in done.kept:
        click.echo(f"Kept: {name} (a version of a registered model, or an experiment's place, needs its files)")
    for uri in done.elsewhere:
        click.echo(f"Not served from here, so its files stay: {uri}")


async def _apply_rules(database: Database, dry_run: bool) -> None:
    from trackline.cli.progress import shown_counts
    from trackline.jobs.retention import apply_rules, look_at_rules

    if dry_run:
        found = await look_at_rules(database)
        runs = f"{counted(found.runs, 'run')} ({readable_size(found.runs_bytes)}) would go to the trash"
        points = f"{counted(found.points, 'point')} (about {readable_size(found.points_bytes)}) would be thinned out"
    else:
        with shown_counts() as advance:
            found = await apply_rules(database, advance)
        runs = f"{counted(found.runs, 'run')} went to the trash"
        points = f"{counted(found.points, 'point')} were thinned out"
    if found.runs or found.points:
        click.echo(f"By the rules of experiments {runs}, {points}.")


async def _orphans(database: Database, stores: dict[str, Any], remove: bool) -> None:
    from trackline.jobs.orphans import find_orphans, remove_orphans

    found = await find_orphans(database, stores)
    for folder in found.folders:
        click.echo(f"{folder.uri}: {counted(folder.files, 'file')}, {readable_size(folder.bytes)}")
    for what, rows in found.rows.items():
        click.echo(f"{what}: {counted(rows.number, 'row')}, about {readable_size(rows.bytes)}")
    files, size = sum(one.files for one in found.folders), sum(one.bytes for one in found.folders)
    if remove:
        await remove_orphans(database, stores, found)
    said = "Removed" if remove else "Found, and left (add --remove)"
    click.echo(f"{said}: {counted(len(found.folders), 'folder')} with {counted(files, 'file')}, {readable_size(size)}.")
