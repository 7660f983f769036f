"""Old points of ended runs, thinned by the rule of their experiment: their summaries stay as they are.

A series is thinned once, which its summary notes; whoever stops in between goes on with the next series.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from trackline.db.transaction import Transaction
from trackline.store.retention import HAS_ENDED, rules_of
from trackline.store.topics import announce_run

DAY_MS = 86_400_000
AT_ONCE = 1_000_000  # points that are read in one transaction, or those of one series
_SERIES_AT_ONCE = 1000

_LONG = "s.points > :most AND (s.thinned IS NULL OR s.thinned > :most)"
_RUNS = f"""
SELECT r.id FROM runs r
WHERE r.experiment_id = :experiment AND {HAS_ENDED} AND coalesce(nullif(r.end_ms, 0), r.start_ms) <= :before
AND r.id > :after AND EXISTS (SELECT 1 FROM metric_summaries s WHERE s.run_id = r.id AND {_LONG})
ORDER BY r.id LIMIT :page
"""
_SERIES = f"""
SELECT s.key_id, s.points FROM metric_summaries s WHERE s.run_id = :run AND {_LONG} ORDER BY s.key_id LIMIT :page
"""
_SIZES = f"""
SELECT sum(s.points), sum(CASE WHEN {_LONG} THEN s.points - :most ELSE 0 END), (
    SELECT coalesce(sum(length(b.payload)), 0) FROM metric_blocks b WHERE b.run_id = s.run_id
) FROM metric_summaries s WHERE {{runs}} GROUP BY s.run_id
"""


class Thinned(NamedTuple):
    """Points that go, and about how much room they take."""

    points: int
    bytes: int


def runs_to_thin(tx: Transaction, experiment: int, after: int, page: int) -> list[int]:
    """The next runs, by number, that ended long enough ago and have series which are not thinned yet."""
    rules = rules_of(tx, experiment)
    if rules.thin_after_days is None:
        return []
    before = tx.now_ms - rules.thin_after_days * DAY_MS
    values = {"experiment": experiment, "most": rules.thin_to, "before": before, "after": after, "page": page}
    return [number for (number,) in tx.rows(_RUNS, values)]


def look_at_points(tx: Transaction, experiment: int, runs: list[int]) -> Thinned:
    """What `thin_run` would remove of these runs."""
    most = rules_of(tx, experiment).thin_to
    rows = tx.rows(_SIZES.format(runs=tx.dialect.among("s.run_id", "runs")), {"runs": runs, "most": most})
    sizes = [(int(points), int(gone), int(size)) for points, gone, size in rows]
    return Thinned(sum(gone for _, gone, _ in sizes), sum(size * gone // points for points, gone, size in sizes))


def thin_run(tx: Transaction, experiment: int, run: int) -> int | None:
    """Thin the next series of the run; how many points went, or None where no series is left."""
    held = tx.row(
        f"SELECT uuid FROM runs WHERE id = :run AND experiment_id = :experiment AND {HAS_ENDED} {tx.dialect.to_change}",
        {"run": run, "experiment": experiment},
    )
    most = rules_of(tx, experiment).thin_to
    if held is None or most is None:
        return None
    values: dict[str, Any] = {"run": run, "most": most, "page": _SERIES_AT_ONCE}
    keys: list[int] = []
    points = 0
    for key, count in tx.rows(_SERIES, values):
        if keys and points + count > AT_ONCE:
            break
        keys.append(key)
        points += count
    if not keys:
        return None
    from trackline.store.logged_points import empty_log
    from trackline.store.metric_blocks import thin_blocks

    gone = thin_blocks(tx, run, keys, most, empty_log(tx, run))
    tx.execute(
        f"UPDATE metric_summaries SET thinned = :most WHERE run_id = :run AND {tx.dialect.among('key_id', 'keys')}",
        {**values, "keys": keys},
    )
    tx.execute("UPDATE runs SET points_bytes = NULL WHERE id = :run", values)
    announce_run(tx, held[0], experiment)
    return gone
