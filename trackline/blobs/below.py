"""A folder of a store, as a store of its own."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator

from trackline.blobs.store import Blob, BlobStore, Entry, Span, Stat


class Below:
    """What lies below the folder `path` of `store`. Satisfies `BlobStore`."""

    def __init__(self, store: BlobStore, path: str) -> None:
        self._store = store
        self._path = path

    async def put(self, path: str, chunks: AsyncIterable[bytes], size: int | None = None) -> None:
        await self._store.put(self._whole(path), chunks, size)

    async def get(self, path: str, span: Span | None = None) -> Blob:
        return await self._store.get(self._whole(path), span)

    async def stat(self, path: str) -> Stat:
        return await self._store.stat(self._whole(path))

    async def entries(self, path: str) -> list[Entry]:
        return await self._store.entries(self._whole(path))

    def walk(self, path: str) -> AsyncIterator[Entry]:
        return self._store.walk(self._whole(path))

    async def delete(self, path: str) -> None:
        await self._store.delete(self._whole(path))

    def _whole(self, path: str) -> str:
        return "/".join(part for part in (self._path, path) if part)
