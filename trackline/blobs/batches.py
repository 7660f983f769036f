"""Bytes come in small chunks; each hand-over to a thread or another event loop costs, so larger ones are made."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator

SIZE = 1024 * 1024  # bytes


async def batched(chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """The same bytes, in pieces of at least SIZE but the last."""
    waiting: list[bytes] = []
    size = 0
    async for chunk in chunks:
        waiting.append(chunk)
        size += len(chunk)
        if size >= SIZE:
            yield b"".join(waiting)
            waiting, size = [], 0
    if size:
        yield b"".join(waiting)
