"""The newest points of each run, as they came: one row a batch, until there are enough to make a block of."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

from trackline.db.transaction import Transaction
from trackline.domain.entities import Metric
from trackline.store.keys import OF_RUN

RECORD = struct.Struct("<Iqqd")  # key, step, timestamp, value

LOGGED = f"SELECT coalesce(max(points_until), 0) FROM metric_log WHERE run_id = {OF_RUN}"  # so many points
_APPEND = "INSERT INTO metric_log (run_id, points_until, records) VALUES (:run_id, :points_until, :records)"


def pack_records(metrics: Sequence[Metric], key_ids: Mapping[str, int]) -> bytes:
    pack = RECORD.pack
    # Adding 0.0 makes -0.0 into 0.0: they count as the same value.
    return b"".join(
        [pack(key_ids[metric.key], metric.step, metric.timestamp, metric.value + 0.0) for metric in metrics]
    )


def append_records(tx: Transaction, run_id: int, size: int, records: bytes) -> int:
    """Add them to a log of that size. Returns how many points it now holds."""
    points_until = size + len(records) // RECORD.size
    tx.execute(_APPEND, {"run_id": run_id, "points_until": points_until, "records": records})
    return points_until
