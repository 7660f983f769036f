"""Runs that died without a word: no client has said anything of them for a while."""

from __future__ import annotations

from datetime import UTC, datetime

from trackline.db.transaction import Transaction
from trackline.domain.entities import Tag
from trackline.store.runs import LivingRun, RunChange, run_changer
from trackline.store.tags import write_tags
from trackline.store.topics import announce_run

SILENT_TAG = "trackline.silentSince"
AT_ONCE = 50

_SILENT = """
SELECT id, uuid, experiment_id, status, coalesce(seen_ms, start_ms) FROM runs
WHERE status = 'RUNNING' AND lifecycle = 'active' AND coalesce(seen_ms, start_ms) < :before
ORDER BY coalesce(seen_ms, start_ms) LIMIT :most
"""


def fail_silent_runs(tx: Transaction, silent_ms: int) -> int:
    """Some of the runs that were not heard of for so long have failed, when they were last heard of; how many."""
    values = {"before": tx.now_ms - silent_ms, "most": AT_ONCE}
    found = tx.rows(_SILENT + tx.dialect.to_change, values)
    for number, uuid, experiment, status, seen_ms in found:
        fail = run_changer(tx, uuid, RunChange("FAILED", seen_ms))
        fail(LivingRun(number, uuid, experiment, status))
        since = datetime.fromtimestamp(seen_ms / 1000, UTC).isoformat(timespec="seconds")
        write_tags(tx, number, [Tag(SILENT_TAG, since)])
        announce_run(tx, uuid, experiment)
    return len(found)
