"""Can the store do all that artifacts need? Found out by doing it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import NamedTuple
from uuid import uuid4

from trackline.blobs.errors import BlobError, NoConnection, StoreFailed, StoreUnavailable
from trackline.blobs.store import BlobStore

CONTENT = b"Written and deleted by Trackline, to see whether it can.\n"


class Step(NamedTuple):
    name: str
    problem: BlobError | None


async def probe(store: BlobStore, seconds: float = 15.0) -> list[Step]:
    """What was tried, up to the first problem. Nothing is left behind."""
    path = f".trackline-probe-{uuid4().hex}"
    steps: list[Step] = []
    works: list[tuple[str, Callable[[], Awaitable[object]]]] = [
        ("list", lambda: store.entries(path)),
        ("write", lambda: store.put(path, _content())),
        ("read back", lambda: _read_back(store, path)),
        ("delete", lambda: store.delete(path)),
    ]
    try:
        async with asyncio.timeout(seconds):
            for name, work in works:
                problem = await _problem(work)
                if name == "list":
                    unreached = isinstance(problem, NoConnection | StoreUnavailable)
                    steps.append(Step("connect", problem if unreached else None))
                    if unreached:
                        break
                steps.append(Step(name, problem))
                if problem:
                    break
    except TimeoutError:
        name = works[len(steps) - 1][0] if steps else "connect"
        steps.append(Step(name, StoreUnavailable(f"The artifact store gave no answer within {seconds:g} s.")))
    if any(step.name == "write" for step in steps) and steps[-1].name != "delete":
        with contextlib.suppress(BlobError, TimeoutError):
            async with asyncio.timeout(seconds):
                await store.delete(path)
    return steps


async def _content() -> AsyncIterator[bytes]:
    yield CONTENT


async def _problem(work: Callable[[], Awaitable[object]]) -> BlobError | None:
    try:
        await work()
    except BlobError as error:
        return error
    return None


async def _read_back(store: BlobStore, path: str) -> None:
    blob = await store.get(path)
    try:
        received = b"".join([chunk async for chunk in blob.chunks])
    finally:
        await blob.chunks.aclose()
    if received != CONTENT:
        raise StoreFailed("The artifact store gives back other bytes than were written.")
