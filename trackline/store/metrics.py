"""The points of runs: logged here, and sealed. How they are stored: METRIC-FORMAT.md.

numpy and pcodec, which take a while to load, are needed where something is sealed, and not before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from trackline.db.transaction import Transaction
from trackline.domain.entities import Metric
from trackline.domain.summaries import summarize
from trackline.store.keys import OF_RUN
from trackline.store.metric_log import append_records, pack_records
from trackline.store.metric_sizes import SIZES, Sizes
from trackline.store.metric_summaries import Known, ask_summaries, put_summaries

_UNSEALED = """
SELECT count(*), coalesce(max(points_until), 0), EXISTS (SELECT 1 FROM metric_blocks WHERE run_id = {run})
FROM metric_log WHERE run_id = {run}
"""


def points_writer(tx: Transaction, uuid: str, metrics: Sequence[Metric], sizes: Sizes = SIZES) -> Callable[[int], None]:
    """Ask what is known of the run's metrics (`tx.ask`); the points are added by calling what this returns with the
    number of the run. One that is there already changes no history.
    """
    known = ask_summaries(tx, uuid, dict.fromkeys(metric.key for metric in metrics))
    if len(metrics) < sizes.log:
        return lambda run_id: _append(tx, run_id, metrics, known(), sizes)

    def write(run_id: int) -> None:
        from trackline.store.sealing import seal_batch

        seal_batch(tx, run_id, metrics, known(), sizes)

    return write


def seal_run(tx: Transaction, run_id: int, sizes: Sizes = SIZES) -> None:
    """Bring the run's points into their most compact form. More may be logged afterwards.

    Few points that came in one batch take least room, and least work, where they are.
    """
    _seal(tx, run_id, tx.rows(_UNSEALED.format(run=":run_id"), {"run_id": run_id}), sizes)


def sealer(tx: Transaction, uuid: str) -> Callable[[int], None]:
    """As `seal_run`, which is done by calling what this returns with the number of the run (`tx.ask`)."""
    unsealed = tx.ask(_UNSEALED.format(run=OF_RUN), {"uuid": uuid})
    return lambda run_id: _seal(tx, run_id, unsealed(), SIZES)


def _seal(tx: Transaction, run_id: int, unsealed: list[tuple[int, int, bool]], sizes: Sizes) -> None:
    ((rows, points, has_blocks),) = unsealed
    if not has_blocks and rows <= 1 and points < sizes.few:
        return
    from trackline.store.sealing import merge_all

    merge_all(tx, run_id, sizes, logged=rows > 0)


def _append(tx: Transaction, run_id: int, metrics: Sequence[Metric], known: Known, sizes: Sizes) -> None:
    by_key: dict[str, list[Metric]] = {}
    for metric in metrics:
        by_key.setdefault(metric.key, []).append(metric)
    numbers, before, logged = known
    put_summaries(
        tx, [(run_id, numbers[name], summarize(before.get(numbers[name]), new)) for name, new in by_key.items()]
    )
    if append_records(tx, run_id, logged, pack_records(metrics, numbers)) >= sizes.log:
        from trackline.store.sealing import seal_log

        seal_log(tx, run_id, sizes)
