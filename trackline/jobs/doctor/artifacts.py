"""The checks of a place where artifacts are kept."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from trackline.blobs import BlobStore, probe
from trackline.blobs.errors import BlobError
from trackline.jobs.doctor.clocks import check_clock
from trackline.jobs.doctor.finding import Finding, error, ok, warning

SECONDS = 10.0


async def examine_store(place: str, open_store: Callable[[], BlobStore]) -> list[Finding]:
    """Writes a small file, reads it back and deletes it."""
    try:
        store = await asyncio.to_thread(open_store)
    except BlobError as refusal:
        return [error("artifacts", refusal.message, "Name a place that can be used with --artifacts-destination.")]
    except OSError as refusal:
        return [
            error(
                "artifacts",
                f"{refusal.filename or place} cannot be written to: {refusal.strerror}.",
                "Give the folder to the user that the server runs as, or name another with --artifacts-destination.",
            )
        ]
    step, problem = (await probe(store, SECONDS))[-1]
    if problem is not None:
        advice = f"Mend that, then try again: trackline artifacts check {place}"
        return [error("artifacts", f"{place}: {step} failed. {problem.message}", advice)]
    return [ok("artifacts", f"{place} was listed, written to, read and deleted from."), *await _clock(place, store)]


async def _clock(place: str, store: BlobStore) -> list[Finding]:
    """Of those that say what time it is: S3."""
    if not hasattr(store, "clock"):
        return []
    try:
        theirs = await store.clock()
    except BlobError as problem:
        return [warning("clock", f"{place}: {problem.message}", "Nothing, while the other checks of it are well.")]
    return [check_clock(f"The clock of {place}", theirs.timestamp() - time.time())]
