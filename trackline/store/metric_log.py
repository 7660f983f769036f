"""The newest points of each run, as they came: one row a batch, until there are enough to make a block of."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter

import numpy as np

from trackline.db.transaction import Answer, Transaction
from trackline.domain.entities import Metric
from trackline.domain.points import Points, Series

_pack = struct.Struct("<Iqqd").pack
_RECORD = np.dtype([("key", "<u4"), ("step", "<i8"), ("timestamp", "<i8"), ("value", "<f8")])

_SIZE = "SELECT coalesce(max(points_until), 0) FROM metric_log WHERE run_id = :run_id"
_APPEND = "INSERT INTO metric_log (run_id, points_until, records) VALUES (:run_id, :points_until, :records)"


def pack_records(metrics: Sequence[Metric], key_ids: Mapping[str, int]) -> bytes:
    # Adding 0.0 makes -0.0 into 0.0: they count as the same value.
    return b"".join(
        [_pack(key_ids[metric.key], metric.step, metric.timestamp, metric.value + 0.0) for metric in metrics]
    )


def unpack_records(records: Iterable[bytes]) -> Points:
    table = np.frombuffer(b"".join(records), _RECORD)
    key, step, timestamp, value = (table[name].copy() for name in ("key", "step", "timestamp", "value"))
    return Points(key, Series(step, timestamp, value))


def ask_size(tx: Transaction, run_id: int) -> Answer:
    """How many points the run's log holds: a single value."""
    return tx.ask(_SIZE, {"run_id": run_id})


def append_records(tx: Transaction, run_id: int, size: int, records: bytes) -> int:
    """Add them to a log of that size. Returns how many points it now holds."""
    points_until = size + len(records) // _RECORD.itemsize
    tx.execute(_APPEND, {"run_id": run_id, "points_until": points_until, "records": records})
    return points_until


def read_log(tx: Transaction, run_ids: list[int], key_id: int) -> Iterator[tuple[int, Series]]:
    """The points of one metric in each run's log: at most one part a run."""
    query = f"SELECT run_id, records FROM metric_log WHERE {tx.dialect.among('run_id', 'run_ids')} ORDER BY run_id"
    for run_id, batches in groupby(tx.rows(query, {"run_ids": run_ids}), key=itemgetter(0)):
        points = unpack_records(records for _, records in batches)
        yield run_id, points.series.take(points.keys == key_id)


def read_whole_log(tx: Transaction, run_id: int) -> Points:
    rows = tx.rows("SELECT records FROM metric_log WHERE run_id = :run", {"run": run_id})
    return unpack_records(records for (records,) in rows)


def empty_log(tx: Transaction, run_id: int) -> Points:
    """Take the run's points out of the log."""
    taken = tx.rows("DELETE FROM metric_log WHERE run_id = :run_id RETURNING records", {"run_id": run_id})
    return unpack_records(records for (records,) in taken)
