"""Copies folders of artifacts."""

from __future__ import annotations

from trackline.blobs import BlobStore, Entry
from trackline.blobs.errors import NoSuchBlob
from trackline.jobs.many_files import each_of


async def copy_folder(source: BlobStore, folder: str, target: BlobStore, to_folder: str) -> None:
    """Every file below `folder`; one that is deleted meanwhile is left out. Raises BlobError."""

    async def copy(entry: Entry) -> None:
        try:
            blob = await source.get(f"{folder}/{entry.name}")
        except NoSuchBlob:
            return
        try:
            await target.put(f"{to_folder}/{entry.name}", blob.chunks, blob.size)
        finally:
            await blob.chunks.aclose()

    await each_of(source.walk(folder), copy)
