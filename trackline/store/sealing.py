"""Points on their way into blocks: from a large batch at once, else from the log."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trackline.db.transaction import Transaction
from trackline.domain.entities import Metric
from trackline.domain.points import NO_POINTS, Points, Series
from trackline.domain.summaries_of_columns import summarize_columns
from trackline.store.logged_points import empty_log
from trackline.store.metric_blocks import add_points, merge_tiers
from trackline.store.metric_sizes import Sizes
from trackline.store.metric_summaries import Known, put_summaries


def seal_batch(tx: Transaction, run_id: int, metrics: Sequence[Metric], known: Known, sizes: Sizes) -> None:
    """Add these points to the run's metrics and their summaries."""
    numbers, before, _ = known
    series = Series(
        np.array([metric.step for metric in metrics], np.int64),
        np.array([metric.timestamp for metric in metrics], np.int64),
        np.array([metric.value for metric in metrics], np.float64) + 0.0,  # -0.0 counts as 0.0
    )
    points = Points(np.array([numbers[metric.key] for metric in metrics], np.uint32), series)
    by_key = points.take(np.argsort(points.keys, kind="stable"))
    put_summaries(tx, [(run_id, key_id, summary) for key_id, summary in summarize_columns(before, by_key)])
    add_points(tx, run_id, by_key, sizes)


def seal_log(tx: Transaction, run_id: int, sizes: Sizes) -> None:
    add_points(tx, run_id, empty_log(tx, run_id), sizes)


def merge_all(tx: Transaction, run_id: int, sizes: Sizes, *, logged: bool) -> None:
    """Seal what the run still has in its log, where that is not empty, with all that waits to be merged."""
    merge_tiers(tx, run_id, empty_log(tx, run_id) if logged else NO_POINTS, sizes)
