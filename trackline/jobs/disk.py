"""Measures how much room things take: artifacts by listing the places where they are, the rest by the database."""

from __future__ import annotations

from collections.abc import Mapping

from trackline.blobs import BlobStore
from trackline.db.database import Database
from trackline.domain.disk import Folder
from trackline.jobs.orphans import folders_in
from trackline.store import disk

AT_ONCE = 500  # runs noted in one transaction


async def measure_disk(database: Database, stores: Mapping[str, BlobStore]) -> None:
    """Raises BlobError."""
    sizes: dict[str, Folder] = {}
    for root, store in stores.items():
        for found in await folders_in(root, store):
            known = sizes.get(found.name, Folder(found.name, 0, 0))
            sizes[found.name] = Folder(found.name, known.files + found.files, known.bytes + found.bytes)
    await _forget_gone(database, sizes)
    folders = list(sizes.values())
    for start in range(0, len(folders), AT_ONCE):
        await database.write(disk.note_artifacts, folders[start : start + AT_ONCE])
    await database.write(disk.note_usage, await database.read(disk.measure))


async def _forget_gone(database: Database, sizes: Mapping[str, Folder]) -> None:
    """What had files and has none now."""
    after = ""
    while names := await database.read(disk.with_artifacts, after, AT_ONCE):
        after = names[-1]
        if gone := [Folder(name, 0, 0) for name in names if name not in sizes]:
            await database.write(disk.note_artifacts, gone)
