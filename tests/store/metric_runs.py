"""Runs to log points to, and a look at where the points are kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tests.domain.points import Point
from trackline.db.transaction import Transaction
from trackline.domain.entities import Metric
from trackline.store.metric_sizes import SIZES, Sizes
from trackline.store.metrics import points_writer


def add_runs(tx: Transaction, count: int) -> list[int]:
    tx.execute(
        "INSERT INTO experiments (name, artifact_location, lifecycle, created_ms, updated_ms) "
        "VALUES ('metrics', '', 'active', 0, 0)"
    )
    rows = tx.rows(
        "INSERT INTO runs (uuid, experiment_id, name, user_id, status, start_ms, lifecycle) "
        "SELECT value, (SELECT max(id) FROM experiments), '', '', 'RUNNING', 0, 'active' "
        f"FROM {tx.dialect.each('uuids')} RETURNING id",
        {"uuids": [f"{number:032x}" for number in range(count)]},
    )
    return [number for (number,) in rows]


def log_points(tx: Transaction, run_id: int, metrics: Sequence[Metric], sizes: Sizes = SIZES) -> None:
    ((uuid,),) = tx.rows("SELECT uuid FROM runs WHERE id = :run_id", {"run_id": run_id})
    points_writer(tx, uuid, metrics, sizes)(run_id)


def batch(key: str, points: Iterable[Point]) -> list[Metric]:
    return [Metric(key, point.value, point.timestamp, point.step) for point in points]


def curve(start: int, end: int) -> list[Point]:
    return [Point(step, 1_700_000_000_000 + 100 * step, 1 / (1 + step)) for step in range(start, end)]


def blocks(tx: Transaction, run_id: int) -> list[Any]:
    """(tier, first key, last key, points) of each of the run's blocks."""
    return tx.rows(
        "SELECT tier, first_key_id, last_key_id, points FROM metric_blocks WHERE run_id = :run_id ORDER BY id",
        {"run_id": run_id},
    )


def logged_points(tx: Transaction, run_id: int) -> int:
    """How many points are in the run's log."""
    (count,) = tx.rows(
        "SELECT coalesce(max(points_until), 0) FROM metric_log WHERE run_id = :run_id", {"run_id": run_id}
    )[0]
    return int(count)
