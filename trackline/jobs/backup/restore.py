"""Brings a backup back, or makes sure that it could be."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

from trackline.blobs import BlobStore
from trackline.blobs.errors import BlobError
from trackline.db.file_list import File, FileList
from trackline.db.sqlite_backup import count_rows, damage
from trackline.jobs.backup.carrying import Passing, check, check_file, fetch_file
from trackline.jobs.backup.make import Advance
from trackline.jobs.backup.manifest import ARTIFACTS, FILES, METADATA, BackupRefused, Manifest, Part

Load = Callable[[Path], None]


async def restore(
    manifest: Manifest, place: BlobStore, load: Load, stores: Mapping[str, BlobStore], advance: Advance
) -> None:
    """Artifacts first, into `stores`, then the database, by `load` in a thread; so that nothing is served before it is
    whole. One that was broken off is begun again. Raises BlobError, and what `load` raises.
    """
    with tempfile.TemporaryDirectory(prefix="trackline-restore-") as folder:
        copy = Path(folder) / METADATA
        await fetch_file(place, f"{manifest.name}/{METADATA}", copy, manifest.metadata)
        if manifest.file_list is not None:
            list_file = Path(folder) / FILES
            await fetch_file(place, f"{manifest.name}/{FILES}", list_file, manifest.file_list)
            with closing(FileList(list_file)) as files:
                await _check_targets(files, stores)
                for file in files:
                    await _bring(file, place, stores[file.root])
                    advance("files", 1)
        await asyncio.to_thread(load, copy)
        advance("tables", len(manifest.tables))


async def verify(manifest: Manifest, place: BlobStore, load: Load, advance: Advance) -> list[str]:
    """What is wrong with the backup, nothing if it can be restored: the database is brought into a scratch place by
    `load` (in a thread), and each artifact is read. Raises BlobError where the place cannot be read.
    """
    problems = []
    with tempfile.TemporaryDirectory(prefix="trackline-verify-") as folder:
        copy = Path(folder) / METADATA
        try:
            await fetch_file(place, f"{manifest.name}/{METADATA}", copy, manifest.metadata)
            problems += await asyncio.to_thread(_compare, copy, manifest, load)
            advance("tables", len(manifest.tables))
            if manifest.file_list is not None:
                await fetch_file(place, f"{manifest.name}/{FILES}", Path(folder) / FILES, manifest.file_list)
                problems += await _compare_files(Path(folder) / FILES, manifest, place, advance)
        except BackupRefused as error:
            problems.append(error.message)
    return problems


def _compare(copy: Path, manifest: Manifest, load: Load) -> list[str]:
    problems = damage(copy)
    found = count_rows(copy)
    problems += [
        f"{table} has {found.get(table, 0):,} rows, the manifest says {count:,}"
        for table, count in manifest.tables.items()
        if found.get(table, 0) != count
    ]
    if not problems:
        load(copy)
    return problems


async def _compare_files(list_file: Path, manifest: Manifest, place: BlobStore, advance: Advance) -> list[str]:
    problems = []
    with closing(FileList(list_file)) as files:
        if files.sums() != (manifest.files, manifest.bytes):
            problems.append("The list of artifacts and the manifest do not agree.")
        for file in files:
            try:
                await check_file(place, f"{ARTIFACTS}/{file.key[:2]}/{file.key}", Part(file.size, file.digest))
            except BlobError as error:
                problems.append(f"{file.root} {file.path}: {error.message}")
            advance("files", 1)
    return problems


async def _check_targets(files: FileList, stores: Mapping[str, BlobStore]) -> None:
    for root in files.roots():
        if root not in stores:
            raise BackupRefused(
                f"The backup has artifacts of {root}, which these settings do not serve. Give the same "
                "--default-artifact-root as then, or leave them out with --no-artifacts."
            )
        async for entry in stores[root].walk(""):
            if not files.has(root, entry.name):
                raise BackupRefused(
                    f"Where artifacts of {root} go, there is something already ('{entry.name}'). Name an empty place "
                    "with --artifacts-destination."
                )


async def _bring(file: File, place: BlobStore, store: BlobStore) -> None:
    blob = await place.get(f"{ARTIFACTS}/{file.key[:2]}/{file.key}")
    passing = Passing(blob.chunks)  # type: ignore[arg-type]
    try:
        await store.put(file.path, passing, file.size)
    finally:
        await blob.chunks.aclose()
    check(file.path, passing.part, Part(file.size, file.digest))
