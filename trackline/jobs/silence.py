"""Runs that died are found out."""

from __future__ import annotations

from trackline.db.database import Database
from trackline.store.silent_runs import AT_ONCE, fail_silent_runs


async def fail_silent(database: Database, silent_ms: int) -> None:
    """All runs that have been silent for so long have failed, some in each transaction."""
    while await database.write(fail_silent_runs, silent_ms) == AT_ONCE:
        pass
