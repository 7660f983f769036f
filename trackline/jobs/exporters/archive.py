"""An archive: one file with all of some experiments, or of a whole tracker, for another Trackline to import.

What is in it, and in which order, stands in jobs/importers/archive.py. Files are read and written once.
"""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import AsyncIterable, Iterator
from pathlib import Path
from typing import IO

import msgspec

from trackline.blobs import BlobStore
from trackline.blobs.errors import NoSuchBlob, StoreFailed
from trackline.domain.artifact_paths import model_artifact_uri, proxied_path, run_artifact_uri
from trackline.domain.moving import Settled
from trackline.jobs.backup.carrying import chunks_of
from trackline.jobs.importers.archive import ARTIFACTS, MANIFEST, METADATA, SUMS, ArchiveManifest, sum_line
from trackline.jobs.importers.artifacts import Opener
from trackline.jobs.importers.importing import Watcher
from trackline.jobs.importers.source import Left, Source

_BLOCK = tarfile.BLOCKSIZE


class Files:
    """The artifacts of all runs and logged models of `settled`, where these have their places at mlflow-artifacts:/.

    `opener` opens where the source has them.
    """

    def __init__(self, source: Source, settled: list[Settled], opener: Opener, watcher: Watcher) -> None:
        self._source = source
        self._locations = {one.experiment.experiment_id: one.location for one in settled}
        self._opener = opener
        self._watcher = watcher
        self.count = self.bytes = self._unreachable = 0

    async def write(self, tar: Tar) -> None:
        self._watcher.begin("Copying artifacts", self._source.amounts([*self._locations])._replace(points=0))
        for there, here in self._places():
            store = self._opener(there)
            if store is None:
                self._unreachable += 1
            else:
                await self._write(tar, store, f"{ARTIFACTS}/{proxied_path(here)}")
            self._watcher.advance(1, 0)

    def left(self) -> list[Left]:
        reason = "their place cannot be opened from here"
        return [Left("runs' and models' artifacts", self._unreachable, reason)] if self._unreachable else []

    def _places(self) -> Iterator[tuple[str, str]]:
        """Where the artifacts of each are, and where they belong."""
        for runs in self._source.runs([*self._locations]):
            for info in (one.run.info for one in runs):
                yield info.artifact_uri, run_artifact_uri(self._locations[info.experiment_id], info.run_id)
        for models in self._source.logged_models([*self._locations]):
            for model in (one.model.info for one in models):
                yield model.artifact_uri, model_artifact_uri(self._locations[model.experiment_id], model.model_id)

    async def _write(self, tar: Tar, store: BlobStore, folder: str) -> None:
        async for entry in store.walk(""):
            try:
                blob = await store.get(entry.name)
            except NoSuchBlob:  # deleted meanwhile
                continue
            try:
                await tar.add(f"{folder}/{entry.name}", blob.size, blob.modified_ms, blob.chunks)
            finally:
                await blob.chunks.aclose()
            self.count += 1
            self.bytes += blob.size


async def write_archive(target: Path, parts: Path, manifest: ArchiveManifest, files: Files | None) -> None:
    """`parts` has the database, and takes what else is put together. Raises BlobError, and OSError."""
    (parts / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=1))
    with target.open("wb") as out, (parts / SUMS).open("w", encoding="utf-8", newline="") as sums:
        tar = Tar(out, sums)
        for name in (MANIFEST, METADATA):
            await tar.add(name, (parts / name).stat().st_size, manifest.made_ms, chunks_of(parts / name))
        if files is not None:
            await files.write(tar)
        sums.flush()
        await tar.add(SUMS, (parts / SUMS).stat().st_size, manifest.made_ms, chunks_of(parts / SUMS))
        out.write(bytes(2 * _BLOCK))


class Tar:
    """In POSIX (pax) format, for any name and size; with a line for each member in `sums`."""

    def __init__(self, out: IO[bytes], sums: IO[str]) -> None:
        self._out = out
        self._sums = sums

    async def add(self, name: str, size: int, modified_ms: int, chunks: AsyncIterable[bytes]) -> None:
        head = tarfile.TarInfo(name)
        head.size, head.mtime = size, modified_ms // 1000
        self._out.write(head.tobuf(tarfile.PAX_FORMAT))
        digest, written = hashlib.sha256(), 0
        async for chunk in chunks:
            self._out.write(chunk)
            digest.update(chunk)
            written += len(chunk)
        if written != size:
            raise StoreFailed(f"'{name}' became another while it was read. Run the same command again.")
        self._out.write(bytes(-size % _BLOCK))
        self._sums.write(sum_line(digest.hexdigest(), name))
