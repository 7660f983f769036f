"""What a database holds, in numbers."""

from __future__ import annotations

from trackline.db.transaction import Transaction
from trackline.domain.status import Counts, DatabaseStatus, Waiting

_COUNTS = """
SELECT (SELECT count(*) FROM experiments), (SELECT count(*) FROM runs), (SELECT count(*) FROM metric_summaries),
       (SELECT coalesce(sum(points), 0) FROM metric_summaries), (SELECT count(*) FROM registered_models),
       (SELECT count(*) FROM model_versions), (SELECT count(*) FROM logged_models), (SELECT count(*) FROM users)
"""
_WAITING = """
SELECT coalesce(sum(CASE WHEN state = 'PENDING' THEN 1 ELSE 0 END), 0),
       coalesce(sum(CASE WHEN state = 'DEAD' THEN 1 ELSE 0 END), 0)
FROM webhook_deliveries
"""


def read_size(tx: Transaction) -> int:
    """Of the database, in bytes."""
    return int(tx.rows(f"SELECT {tx.dialect.size}")[0][0])


def read_status(tx: Transaction) -> DatabaseStatus:
    """Counts include what lies in the trash."""
    version, size = tx.rows(f"SELECT {tx.dialect.version}, {tx.dialect.size}")[0]
    counts = Counts(*(int(count) for count in tx.rows(_COUNTS)[0]))
    return DatabaseStatus(str(version), int(size), counts, Waiting(*(int(count) for count in tx.rows(_WAITING)[0])))
