"""The points in the logs of runs, as columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter

import numpy as np

from trackline.db.transaction import Transaction
from trackline.domain.points import Points, Series

_RECORD = np.dtype([("key", "<u4"), ("step", "<i8"), ("timestamp", "<i8"), ("value", "<f8")])  # metric_log.RECORD


def read_log(tx: Transaction, run_ids: list[int], key_id: int) -> Iterator[tuple[int, Series]]:
    """The points of one metric in each run's log: at most one part a run."""
    query = f"SELECT run_id, records FROM metric_log WHERE {tx.dialect.among('run_id', 'run_ids')} ORDER BY run_id"
    for run_id, batches in groupby(tx.rows(query, {"run_ids": run_ids}), key=itemgetter(0)):
        points = _unpacked(records for _, records in batches)
        yield run_id, points.series.take(points.keys == key_id)


def read_whole_log(tx: Transaction, run_id: int) -> Points:
    rows = tx.rows("SELECT records FROM metric_log WHERE run_id = :run", {"run": run_id})
    return _unpacked(records for (records,) in rows)


def empty_log(tx: Transaction, run_id: int) -> Points:
    """Take the run's points out of the log."""
    taken = tx.rows("DELETE FROM metric_log WHERE run_id = :run_id RETURNING records", {"run_id": run_id})
    return _unpacked(records for (records,) in taken)


def _unpacked(records: Iterable[bytes]) -> Points:
    table = np.frombuffer(b"".join(records), _RECORD)
    key, step, timestamp, value = (table[name].copy() for name in ("key", "step", "timestamp", "value"))
    return Points(key, Series(step, timestamp, value))
