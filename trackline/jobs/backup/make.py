"""Makes backups, and throws old ones away."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from trackline import __version__
from trackline.blobs import BlobStore, Entry
from trackline.blobs.errors import IsFolder, NoSuchBlob
from trackline.db.file_list import File, FileList
from trackline.jobs.backup.carrying import Passing, fetch_file, put_file
from trackline.jobs.backup.manifest import (
    ARTIFACTS,
    FILES,
    FORMAT,
    MANIFEST,
    METADATA,
    BackupRefused,
    Manifest,
    finished,
    names_in,
    read_manifest,
)
from trackline.jobs.many_files import each_of

YOUNG_MS = 86_400_000  # what is younger may belong to a backup that is being made

Advance = Callable[[str, int], None]  # is told of things by name, as they are done


class Source(NamedTuple):
    """`save` writes the whole database into a file and counts the rows of its tables; it is called in a thread.

    `stores`: places of artifacts that belong to the backup, by the place that clients name.
    """

    kind: str
    save: Callable[[Path], dict[str, int]]
    stores: Mapping[str, BlobStore] | None


async def back_up(source: Source, place: BlobStore, advance: Advance = lambda _, __: None) -> Manifest:
    """Raises BlobError, and what `save` raises; then there is no new backup, and the others are as they were."""
    begun = time.time_ns() // 1_000_000
    name = datetime.fromtimestamp(begun / 1000, UTC).strftime("%Y-%m-%dT%H%M%SZ")
    if name in await names_in(place):
        raise BackupRefused(f"A backup {name} is being made there at this moment. Try again in a second.")
    before = await finished(place)
    with tempfile.TemporaryDirectory(prefix="trackline-backup-") as folder:
        copy = Path(folder) / METADATA
        tables = await asyncio.to_thread(source.save, copy)
        advance("tables", len(tables))
        manifest = Manifest(
            format=FORMAT,
            name=name,
            program=__version__,
            database=source.kind,
            begun_ms=begun,
            ended_ms=begun,
            metadata=await put_file(place, f"{name}/{METADATA}", copy),
            tables=tables,
        )
        if source.stores is not None:
            manifest = await _with_artifacts(manifest, source.stores, place, (Path(folder), before, advance))
    manifest = msgspec.structs.replace(manifest, ended_ms=time.time_ns() // 1_000_000)
    await place.put(f"{name}/{MANIFEST}", _once(msgspec.json.format(msgspec.json.encode(manifest), indent=1)))
    return manifest


async def prune(place: BlobStore, keep: int) -> list[str]:
    """Throw away all but the newest `keep` backups, and artifacts that belong to none; names of those thrown away."""
    old = [manifest.name for manifest in (await finished(place))[:-keep]]
    for name in old:
        await place.delete(f"{name}/{MANIFEST}")  # first: half a backup is none
        await place.delete(name)
    before = time.time_ns() // 1_000_000 - YOUNG_MS
    for name in await names_in(place):
        made = datetime.strptime(name, "%Y-%m-%dT%H%M%SZ").replace(tzinfo=UTC).timestamp() * 1000
        if made < before and await read_manifest(place, name) is None:
            await place.delete(name)
    await _prune_artifacts(place, before)
    return old


async def _with_artifacts(
    manifest: Manifest, stores: Mapping[str, BlobStore], place: BlobStore, work: tuple[Path, list[Manifest], Advance]
) -> Manifest:
    folder, before, advance = work
    last = next((one for one in reversed(before) if one.file_list is not None), None)
    if last is not None and last.file_list is not None:
        await fetch_file(place, f"{last.name}/{FILES}", folder / "last.db", last.file_list)
    with closing(FileList(folder / "last.db")) as known, closing(FileList(folder / FILES)) as files:
        carrier = _Carrier(place, known, files, advance)
        for root, store in stores.items():
            await carrier.carry(root, store)
        count, size = files.sums()
    part = await put_file(place, f"{manifest.name}/{FILES}", folder / FILES)
    return msgspec.structs.replace(manifest, file_list=part, files=count, bytes=size, gone=carrier.gone)


class _Carrier:
    """Brings artifacts that the last backup has not."""

    def __init__(self, place: BlobStore, known: FileList, files: FileList, advance: Advance) -> None:
        self._place = place
        self._known = known
        self._files = files
        self._advance = advance
        self.gone = 0

    async def carry(self, root: str, store: BlobStore) -> None:
        async def one(entry: Entry) -> None:
            try:
                await self._carry(root, store, entry.name)
            except (NoSuchBlob, IsFolder):  # deleted meanwhile
                self.gone += 1
            self._advance("files", 1)

        await each_of(store.walk(""), one)

    async def _carry(self, root: str, store: BlobStore, path: str) -> None:
        stat = await store.stat(path)
        key = hashlib.sha256(f"{root}\0{path}\0{stat.size}\0{stat.etag}\0{stat.modified_ms}".encode()).hexdigest()
        known = self._known.known(root, path, key)
        if known is None:
            blob = await store.get(path)
            passing = Passing(blob.chunks)  # type: ignore[arg-type]
            try:
                await self._place.put(_place_of(key), passing, blob.size)
            finally:
                await blob.chunks.aclose()
            known = File(root, path, passing.part.size, passing.part.sha256, key)
            self._advance("bytes copied", known.size)
        self._files.add(known)


async def _prune_artifacts(place: BlobStore, before_ms: int) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="trackline-backup-") as folder,
        closing(FileList(Path(folder) / "all.db")) as needed,
    ):
        for manifest in await finished(place):
            await _add_keys(place, manifest, Path(folder) / f"{manifest.name}.db", needed)
        async for entry in place.walk(ARTIFACTS):
            path = f"{ARTIFACTS}/{entry.name}"
            if not needed.has("", entry.name.rpartition("/")[2]) and await _is_older(place, path, before_ms):
                await place.delete(path)


async def _add_keys(place: BlobStore, manifest: Manifest, file: Path, needed: FileList) -> None:
    """As files of no root, with the key for a path."""
    if manifest.file_list is not None:
        await fetch_file(place, f"{manifest.name}/{FILES}", file, manifest.file_list)
        with closing(FileList(file)) as files:
            for one in files:
                needed.add(File("", one.key, 0, "", ""))


async def _is_older(place: BlobStore, path: str, before_ms: int) -> bool:
    try:
        return (await place.stat(path)).modified_ms < before_ms
    except NoSuchBlob:
        return False


def _place_of(key: str) -> str:
    return f"{ARTIFACTS}/{key[:2]}/{key}"


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content
