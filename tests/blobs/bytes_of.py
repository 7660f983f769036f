"""Short ways to put bytes into a store and to get them out."""

from __future__ import annotations

from collections.abc import AsyncIterator

from trackline.blobs import BlobStore, Span


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def put(store: BlobStore, path: str, content: bytes = b"x") -> None:
    await store.put(path, pieces(content))


async def read(store: BlobStore, path: str, span: Span | None = None) -> bytes:
    blob = await store.get(path, span)
    try:
        return b"".join([chunk async for chunk in blob.chunks])
    finally:
        await blob.chunks.aclose()


async def etag(store: BlobStore, path: str) -> str:
    blob = await store.get(path)
    await blob.chunks.aclose()
    return blob.etag


async def tree(store: BlobStore, path: str = "") -> dict[str, int]:
    """Every file below `path` with its size."""
    found: dict[str, int] = {}
    for entry in await store.entries(path):
        inner = f"{path}/{entry.name}" if path else entry.name
        if entry.size is None:
            found |= await tree(store, inner)
        else:
            found[inner] = entry.size
    return found
