"""The points of runs: logged here, and sealed. How they are stored: METRIC-FORMAT.md.

numpy and pcodec, which take a while to load, are needed where something is sealed, and not before.
"""

from __future__ import annotations

from collections.abc import Sequence

from trackline.db.transaction import Transaction
from trackline.domain.entities import Metric
from trackline.domain.summaries import summarize
from trackline.store.metric_log import append_records, ask_size, pack_records
from trackline.store.metric_sizes import SIZES, Sizes
from trackline.store.metric_summaries import find_summaries, put_summaries

_UNSEALED = """
SELECT count(*), coalesce(max(points_until), 0), (SELECT count(*) FROM metric_blocks WHERE run_id = :run_id)
FROM metric_log WHERE run_id = :run_id
"""


def log_points(tx: Transaction, run_id: int, metrics: Sequence[Metric], sizes: Sizes = SIZES) -> None:
    """Add points to the run's metrics; one that is there already changes no history."""
    if not metrics:
        return
    if len(metrics) >= sizes.log:
        from trackline.store.sealing import seal_batch

        seal_batch(tx, run_id, metrics, sizes)
    elif _append(tx, run_id, metrics) >= sizes.log:
        from trackline.store.sealing import seal_log

        seal_log(tx, run_id, sizes)


def seal_run(tx: Transaction, run_id: int, sizes: Sizes = SIZES) -> None:
    """Bring the run's points into their most compact form. More may be logged afterwards.

    Few points that came in one batch take least room, and least work, where they are.
    """
    ((rows, points, blocks),) = tx.rows(_UNSEALED, {"run_id": run_id})
    if not blocks and rows <= 1 and points < sizes.few:
        return
    from trackline.store.sealing import merge_all

    merge_all(tx, run_id, sizes, logged=rows > 0)


def _append(tx: Transaction, run_id: int, metrics: Sequence[Metric]) -> int:
    """Returns how many points the run's log now holds."""
    by_key: dict[str, list[Metric]] = {}
    for metric in metrics:
        by_key.setdefault(metric.key, []).append(metric)
    logged = ask_size(tx, run_id)
    key_ids, before = find_summaries(tx, run_id, list(by_key))
    after = [(run_id, key_ids[name], summarize(before.get(key_ids[name]), new)) for name, new in by_key.items()]
    put_summaries(tx, after)
    ((size,),) = logged()
    return append_records(tx, run_id, size, pack_records(metrics, key_ids))
