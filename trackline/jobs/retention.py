"""Does what experiments' rules say about their runs; it may be broken off anywhere, and goes on the next time."""

from __future__ import annotations

from collections.abc import Callable

from trackline.db.database import Database
from trackline.store import retention
from trackline.store.retention import Doomed

AT_ONCE = 500  # runs in one transaction


async def look_at_rules(database: Database) -> Doomed:
    """What `apply_rules` would put into the trash."""
    experiments = await database.read(retention.with_retention)
    found = [await database.read(retention.look_at_losers, one) for one in experiments]
    return Doomed(sum(one.runs for one in found), sum(one.bytes for one in found))


async def apply_rules(database: Database, advance: Callable[[str, int], None] = lambda _, __: None) -> int:
    """How many runs went into the trash; `advance` is told of them as they go."""
    gone = 0
    for experiment in await database.read(retention.with_retention):
        while runs := await database.write(retention.retire_runs, experiment, AT_ONCE):
            gone += runs
            advance("runs", runs)
    return gone
