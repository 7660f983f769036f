"""Free memory goes back to the system: large answers leave much behind, in the heaps of the threads that made them."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Callable
from pathlib import Path

LOOK_SECONDS = 5.0
GROWN = 16 * 1024 * 1024  # bytes by which the process has to grow before it is worth the work

_STATM = Path("/proc/self/statm")


async def give_back() -> None:
    """Now and then, for as long as the server runs; not where the C library has no way to (glibc has)."""
    trim = await asyncio.to_thread(trimmer)
    kept = 0
    while trim is not None:
        kept = await asyncio.to_thread(trimmed, trim, kept)
        await asyncio.sleep(LOOK_SECONDS)


def trimmer() -> Callable[[int], int] | None:
    """The C library's function, to be called with 0."""
    import ctypes

    return getattr(ctypes.CDLL(None), "malloc_trim", None) if _STATM.exists() else None


def trimmed(trim: Callable[[int], int], kept: int) -> int:
    """Trim a process that has grown since it took up `kept` bytes; how many it takes up then."""
    now = resident()
    if now - kept < GROWN:
        return min(now, kept)
    trim(0)
    return resident()


def resident() -> int:
    """Bytes of memory that the process takes up."""
    return int(_STATM.read_text().split()[1]) * resource.getpagesize()
