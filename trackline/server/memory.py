"""Free memory goes back to the system: large answers leave much behind, in the heaps of the threads that made them."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Callable
from pathlib import Path

LOOK_SECONDS = 10.0
GROWN = 16 * 1024 * 1024  # bytes beyond the least that it was; what is less is not worth the milliseconds

_STATM = Path("/proc/self/statm")


async def give_back() -> None:
    """Now and then, for as long as the server runs; not where the C library has no way to (glibc has)."""
    trim = await asyncio.to_thread(trimmer)
    least = resident() if trim else 0
    while trim is not None:
        await asyncio.sleep(LOOK_SECONDS)
        least = await asyncio.to_thread(trimmed, trim, least)


def trimmer() -> Callable[[int], int] | None:
    """The C library's function, to be called with 0."""
    import ctypes

    return getattr(ctypes.CDLL(None), "malloc_trim", None) if _STATM.exists() else None


def trimmed(trim: Callable[[int], int], least: int) -> int:
    """Trim a process that has grown since it was least; the least that it was, in bytes."""
    if resident() - least >= GROWN:
        trim(0)
    return min(resident(), least)


def resident() -> int:
    """Bytes of memory that the process takes up."""
    return int(_STATM.read_text().split()[1]) * resource.getpagesize()
