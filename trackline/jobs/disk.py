"""Measures how much room things take: artifacts by listing the places where they are, the rest by the database."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from trackline.blobs import BlobStore
from trackline.db.database import Database
from trackline.domain.disk import Folder
from trackline.jobs.gc import Places
from trackline.jobs.orphans import folders_in
from trackline.store import disk_measuring as measuring
from trackline.store.disk_measuring import Measured, Place

AT_ONCE = 500  # runs counted, or noted, in one transaction
MOST_FOLDERS = 1000  # that are listed one by one; what lies in others is found when all is listed

Advance = Callable[[str, int], None]  # is told of things by kind, as they are done


async def measure_disk(
    database: Database, stores: Mapping[str, BlobStore], advance: Advance = lambda _, __: None
) -> None:
    """All there is. `advance` is told of "files" and "runs". Raises BlobError."""
    last = await database.read(measuring.last_measured)
    sizes: dict[str, Folder] = {}
    for root, store in stores.items():
        for found in await folders_in(root, store, lambda: advance("files", 1)):
            known = sizes.get(found.name, Folder(found.name, 0, 0))
            sizes[found.name] = Folder(found.name, known.files + found.files, known.bytes + found.bytes)
    await _forget_gone(database, sizes)
    await _note(database, list(sizes.values()))
    await _count_rows(database, last._replace(until=0), advance)


async def follow_disk(database: Database, places: Places) -> None:
    """What was logged since it was last measured; nothing where it never was. Raises BlobError."""
    last = await database.read(measuring.last_measured)
    if last.until:
        heard = await database.read(measuring.places_heard_of, last.until, MOST_FOLDERS)
        await _note(database, [found for one in heard if (found := await _listed(one, places))])
        await _count_rows(database, last)


async def _listed(owner: Place, places: Places) -> Folder | None:
    """None where it lies in a place that this program does not serve."""
    place = places(owner.folder)
    if place is None:
        return None
    store, path = place
    sizes = [entry.size or 0 async for entry in store.walk(path)]
    return Folder(owner.name, len(sizes), sum(sizes))


async def _note(database: Database, folders: list[Folder]) -> None:
    for start in range(0, len(folders), AT_ONCE):
        await database.write(measuring.note_artifacts, folders[start : start + AT_ONCE])


async def _count_rows(database: Database, last: Measured, advance: Advance = lambda _, __: None) -> None:
    """What came to the database since it was last measured; what comes meanwhile is counted again the next time."""
    after = 0
    while runs := await database.read(measuring.runs_to_count, last.until, after, AT_ONCE):
        after = runs[-1]
        if changed := await database.read(measuring.changed_sizes, runs):
            await database.write(measuring.note_sizes, changed)
        advance("runs", len(runs))
    await database.write(measuring.note_usage, await database.read(measuring.add_up), last.now)


async def _forget_gone(database: Database, sizes: Mapping[str, Folder]) -> None:
    """What had files and has none now."""
    after = ""
    while names := await database.read(measuring.with_artifacts, after, AT_ONCE):
        after = names[-1]
        if gone := [Folder(name, 0, 0) for name in names if name not in sizes]:
            await database.write(measuring.note_artifacts, gone)
