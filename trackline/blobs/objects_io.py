"""Bytes on their way to an object store and from it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from trackline.blobs.objects_errors import Explainer

if TYPE_CHECKING:
    from obstore import BytesStream

READ_SIZE = 256 * 1024  # bytes


class _BrokenOff(Exception):
    """Makes obstore throw away what it has sent; whoever broke off knows why."""


class Feed:
    """What obstore reads of an upload, piece by piece as it is sent.

    obstore removes the parts already stored when reading fails, but leaves them for ever when the upload itself is
    cancelled. So an upload is never cancelled: its feed breaks off.
    """

    def __init__(self) -> None:
        self._pieces: asyncio.Queue[bytes | None] = asyncio.Queue(1)
        self._broken = False

    async def send(self, piece: bytes) -> None:
        await self._pieces.put(piece)

    async def end(self) -> None:
        await self._pieces.put(None)

    def break_off(self) -> None:
        self._broken = True
        self.unblock()
        self._pieces.put_nowait(None)

    def unblock(self, _: object = None) -> None:
        """Nobody reads any more: let the sender go on."""
        if self._pieces.full():
            self._pieces.get_nowait()

    def __aiter__(self) -> Feed:
        return self

    async def __anext__(self) -> bytes:
        piece = await self._pieces.get()
        if self._broken:
            raise _BrokenOff
        if piece is None:
            raise StopAsyncIteration
        return piece


async def send_all(head: list[bytes], rest: AsyncIterator[bytes], feed: Feed, uploading: asyncio.Future[Any]) -> None:
    """Send `head`, which is emptied, and then `rest` until `uploading` is done, however it ends."""
    uploading.add_done_callback(feed.unblock)
    head.reverse()
    while head and not uploading.done():
        await feed.send(head.pop())  # nobody else shall hold it in memory
    async for piece in rest:
        if uploading.done():
            return
        await feed.send(piece)
    if not uploading.done():
        await feed.end()


class ObjectChunks:
    """The bytes of an object as they come."""

    def __init__(self, stream: BytesStream, path: str, explainer: Explainer) -> None:
        self._stream: BytesStream | None = stream
        self._path = path
        self._explainer = explainer

    def __aiter__(self) -> ObjectChunks:
        return self

    async def __anext__(self) -> bytes:
        if self._stream is None:
            raise StopAsyncIteration
        with self._explainer.explained(self._path):
            return bytes(await anext(self._stream))

    async def aclose(self) -> None:
        self._stream = None  # which closes the connection, when bytes are left
