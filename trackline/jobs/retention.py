"""Does what experiments' rules say about their runs; it may be broken off anywhere, and goes on the next time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from trackline.db.database import Database
from trackline.store import retention, thinning

AT_ONCE = 500  # runs in one transaction, or looked at together


@dataclass
class Done:
    """Runs that went to the trash, and points that are gone; bytes where it was only looked."""

    runs: int = 0
    runs_bytes: int = 0
    points: int = 0
    points_bytes: int = 0


async def look_at_rules(database: Database) -> Done:
    """What `apply_rules` would do; points of runs that go to the trash count as well."""
    found = Done()
    for experiment in await database.read(retention.with_retention):
        losers = await database.read(retention.look_at_losers, experiment)
        found.runs += len(losers.runs)
        found.runs_bytes += losers.bytes
        async for runs in _to_thin(database, experiment):
            points = await database.read(thinning.look_at_points, experiment, runs)
            found.points += points.points
            found.points_bytes += points.bytes
    return found


async def apply_rules(database: Database, advance: Callable[[str, int], None] = lambda _, __: None) -> Done:
    """`advance` is told of "runs" that go to the trash and "points" that are gone."""
    done = Done()
    for experiment in await database.read(retention.with_retention):
        losers = (await database.read(retention.look_at_losers, experiment)).runs
        for start in range(0, len(losers), AT_ONCE):
            runs = await database.write(retention.retire_runs, experiment, losers[start : start + AT_ONCE])
            done.runs += runs
            advance("runs", runs)
        async for some in _to_thin(database, experiment):
            for run in some:
                while (points := await database.write(thinning.thin_run, experiment, run)) is not None:
                    done.points += points
                    advance("points", points)
    return done


async def _to_thin(database: Database, experiment: int) -> AsyncIterator[list[int]]:
    after = 0
    while runs := await database.read(thinning.runs_to_thin, experiment, after, AT_ONCE):
        yield runs
        after = runs[-1]
