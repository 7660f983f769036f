"""The points of runs: logged here, and sealed. How they are stored: METRIC-FORMAT.md.

numpy and pcodec, which take a while to load, are needed where something is sealed, and not before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from trackline.db.transaction import Transaction
from trackline.domain.entities import Metric
from trackline.domain.summaries import summarize
from trackline.store.metric_log import append_records, ask_size, pack_records
from trackline.store.metric_sizes import SIZES, Sizes
from trackline.store.metric_summaries import Known, ask_summaries, put_summaries

_UNSEALED = """
SELECT count(*), coalesce(max(points_until), 0), (SELECT count(*) FROM metric_blocks WHERE run_id = :run_id)
FROM metric_log WHERE run_id = :run_id
"""


def points_writer(tx: Transaction, uuid: str, metrics: Sequence[Metric], sizes: Sizes = SIZES) -> Callable[[int], None]:
    """Ask what is known of the run's metrics (`tx.ask`); the points are added by calling what this returns with the
    number of the run. One that is there already changes no history.
    """
    known = ask_summaries(tx, uuid, dict.fromkeys(metric.key for metric in metrics))
    if len(metrics) < sizes.log:
        size = ask_size(tx, uuid)
        return lambda run_id: _append(tx, run_id, metrics, known(), size(), sizes)

    def write(run_id: int) -> None:
        from trackline.store.sealing import seal_batch

        seal_batch(tx, run_id, metrics, known(), sizes)

    return write


def seal_run(tx: Transaction, run_id: int, sizes: Sizes = SIZES) -> None:
    """Bring the run's points into their most compact form. More may be logged afterwards.

    Few points that came in one batch take least room, and least work, where they are.
    """
    ((rows, points, blocks),) = tx.rows(_UNSEALED, {"run_id": run_id})
    if not blocks and rows <= 1 and points < sizes.few:
        return
    from trackline.store.sealing import merge_all

    merge_all(tx, run_id, sizes, logged=rows > 0)


def _append(
    tx: Transaction, run_id: int, metrics: Sequence[Metric], known: Known, size: list[tuple[int]], sizes: Sizes
) -> None:
    by_key: dict[str, list[Metric]] = {}
    for metric in metrics:
        by_key.setdefault(metric.key, []).append(metric)
    numbers, before = known
    put_summaries(
        tx, [(run_id, numbers[name], summarize(before.get(numbers[name]), new)) for name, new in by_key.items()]
    )
    ((logged,),) = size
    if append_records(tx, run_id, logged, pack_records(metrics, numbers)) >= sizes.log:
        from trackline.store.sealing import seal_log

        seal_log(tx, run_id, sizes)
