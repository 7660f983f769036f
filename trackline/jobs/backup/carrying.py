"""Files to and from the place of backups, with their checksums."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

from trackline.blobs import BlobStore
from trackline.jobs.backup.manifest import BackupRefused, Part

CHUNK = 1 << 20


class Passing:
    """Bytes on their way, and what they amount to."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self._hash = hashlib.sha256()
        self._size = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._chunks:
            self._hash.update(chunk)
            self._size += len(chunk)
            yield chunk

    @property
    def part(self) -> Part:
        return Part(self._size, self._hash.hexdigest())


async def put_file(place: BlobStore, path: str, file: Path) -> Part:
    passing = Passing(chunks_of(file))
    size = await asyncio.to_thread(lambda: file.stat().st_size)
    await place.put(path, passing, size)
    return passing.part


async def fetch_file(place: BlobStore, path: str, file: Path, expected: Part) -> None:
    """Raises BackupRefused where it is not what the manifest says."""
    blob = await place.get(path)
    passing = Passing(blob.chunks)  # type: ignore[arg-type]
    try:
        with file.open("wb") as out:
            async for chunk in passing:
                out.write(chunk)
    finally:
        await blob.chunks.aclose()
    check(path, passing.part, expected)


async def check_file(place: BlobStore, path: str, expected: Part) -> None:
    blob = await place.get(path)
    passing = Passing(blob.chunks)  # type: ignore[arg-type]
    try:
        async for _ in passing:
            pass
    finally:
        await blob.chunks.aclose()
    check(path, passing.part, expected)


def check(path: str, found: Part, expected: Part) -> None:
    if found != expected:
        raise BackupRefused(
            f"'{path}' in the backup is damaged: {found.size:,} bytes with checksum {found.sha256[:12]}…, where the "
            f"manifest says {expected.size:,} and {expected.sha256[:12]}…. Use another backup (--name)."
        )


async def chunks_of(file: Path) -> AsyncIterator[bytes]:
    with file.open("rb") as source:
        while chunk := source.read(CHUNK):
            yield chunk
