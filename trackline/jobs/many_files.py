"""Work on many files, some at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from trackline.blobs import Entry

AT_ONCE = 8  # files; each may hold some 20 MiB of memory on its way to an object store


async def each_of(entries: AsyncIterator[Entry], work: Callable[[Entry], Awaitable[None]]) -> None:
    """Do `work` for all entries, some at once. The first exception ends it all."""
    free = asyncio.Semaphore(AT_ONCE)

    async def one(entry: Entry) -> None:
        try:
            await work(entry)
        finally:
            free.release()

    try:
        async with asyncio.TaskGroup() as group:
            async for entry in entries:
                await free.acquire()
                group.create_task(one(entry))
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
