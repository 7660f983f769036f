"""Free memory goes back to the system: large answers leave much behind, in the heaps of the threads that made them.

glibc learns from large pieces that come and go to keep ever larger ones, up to 64 MiB in each thread's heap. It is told
to keep little; what lies free between things that stay is given back by looking now and then.
"""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Callable
from pathlib import Path

KEPT = 4 * 1024 * 1024  # bytes that stay free at the end of a heap; a piece of this size never lies in one
LOOK_SECONDS = 1.0
GROWN = 16 * 1024 * 1024  # bytes beyond the least that it was; what is less is not worth the milliseconds

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # what mallopt(3) calls them

_STATM = Path("/proc/self/statm")


async def give_back() -> None:
    """Now and then, for as long as the server runs; not where the C library has no way to (glibc has)."""
    await asyncio.to_thread(keep_little)
    trim = await asyncio.to_thread(trimmer)
    least = resident() if trim else 0
    while trim is not None:
        await asyncio.sleep(LOOK_SECONDS)
        least = await asyncio.to_thread(trimmed, trim, least)


def keep_little() -> None:
    """Set what the C library keeps, if it can be told."""
    import ctypes

    if set_option := getattr(ctypes.CDLL(None), "mallopt", None):
        set_option(_TRIM_THRESHOLD, KEPT)
        set_option(_MMAP_THRESHOLD, KEPT)


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
