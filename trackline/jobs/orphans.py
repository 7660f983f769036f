"""Folders of artifacts whose run or logged model this server does not know: of copies that were broken off, of uploads
to a run that was removed, of another database that once used the same place.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from trackline.blobs import BlobStore
from trackline.blobs.errors import NoSuchBlob
from trackline.db.database import Database
from trackline.domain.artifact_paths import below
from trackline.store.orphans import Rows, orphaned_rows, owned, remove_orphaned_rows

ASKED_AT_ONCE = 200
YOUNG_MS = 86_400_000  # a folder in which a file is younger may be one of a copy under way

# A run's folder, or a logged model's: what is between the place of an experiment and a file.
_OWNER = re.compile(r"(?P<folder>(?:[^/]+/)*?(?P<name>[0-9a-f]{32}|(?<=models/)m-[0-9a-f]{32}))/")


class Folder(NamedTuple):
    root: str  # the place, as clients name it
    path: str  # in it
    name: str  # of the owner that there is not
    files: int
    bytes: int

    @property
    def uri(self) -> str:
        return below(self.root, self.path)


class Orphans(NamedTuple):
    folders: list[Folder]
    rows: dict[str, Rows]


async def find_orphans(database: Database, stores: Mapping[str, BlobStore]) -> Orphans:
    """Raises BlobError."""
    found: list[Folder] = []
    for root, store in stores.items():
        folders = await folders_in(root, store)
        for start in range(0, len(folders), ASKED_AT_ONCE):
            some = folders[start : start + ASKED_AT_ONCE]
            known = await database.read(owned, sorted({folder.name for folder in some}))
            found += [one for one in some if one.name not in known and not await _is_young(store, one)]
    return Orphans(found, await database.read(orphaned_rows))


async def remove_orphans(database: Database, stores: Mapping[str, BlobStore], orphans: Orphans) -> None:
    """Raises BlobError."""
    for folder in orphans.folders:
        if not await database.read(owned, [folder.name]):
            await stores[folder.root].delete(folder.path)
    await database.write(remove_orphaned_rows)


async def folders_in(root: str, store: BlobStore, seen: Callable[[], None] = lambda: None) -> list[Folder]:
    """Those of runs and logged models, known or not, by path, each with what lies below it.

    `seen` is called for each file.
    """
    sizes: dict[str, list[int]] = {}
    names: dict[str, str] = {}
    async for entry in store.walk(""):
        seen()
        match = _OWNER.match(entry.name)
        if match and "traces/" not in match["folder"]:  # which may have ids like those of runs
            names[match["folder"]] = match["name"]
            size = sizes.setdefault(match["folder"], [0, 0])
            size[0] += 1
            size[1] += entry.size or 0
    return [Folder(root, path, names[path], *sizes[path]) for path in sorted(sizes)]


async def _is_young(store: BlobStore, folder: Folder) -> bool:
    before = time.time_ns() // 1_000_000 - YOUNG_MS
    async for entry in store.walk(folder.path):
        try:
            if (await store.stat(f"{folder.path}/{entry.name}")).modified_ms > before:
                return True
        except NoSuchBlob:
            continue
    return False
