"""How much room experiments, runs and models take, as it was last measured."""

from __future__ import annotations

from typing import Any

from trackline.db.transaction import Transaction
from trackline.domain.disk import DiskUsage, ExperimentUsage, ModelUsage, RegisteredUsage, RunUsage, UsageWithin
from trackline.domain.limits import experiment_number
from trackline.store.access.permissions import seen

_KEPT = """
SELECT e.id, e.name, e.lifecycle, coalesce(d.runs, 0), coalesce(d.metadata_bytes, 0), coalesce(d.points_bytes, 0),
    coalesce(d.artifact_bytes, 0), coalesce(d.trash_bytes, 0)
FROM experiments e LEFT JOIN disk_usage d ON d.experiment_id = e.id WHERE {readable}
ORDER BY coalesce(d.metadata_bytes + d.points_bytes + d.artifact_bytes, 0) DESC, e.id DESC LIMIT :most
"""
_RUNS = """
SELECT uuid, name, lifecycle, metadata_bytes, points_bytes, artifact_files, artifact_bytes
FROM runs WHERE experiment_id = :experiment
ORDER BY coalesce(metadata_bytes, 0) + coalesce(points_bytes, 0) + coalesce(artifact_bytes, 0) DESC, uuid LIMIT :most
"""
_MODELS = """
SELECT model_id, name, lifecycle, artifact_files, artifact_bytes FROM logged_models
WHERE experiment_id = :experiment ORDER BY coalesce(artifact_bytes, 0) DESC, model_id LIMIT :most
"""
_REGISTERED = """
SELECT name, versions, bytes FROM (
    SELECT m.name, (SELECT count(*) FROM model_versions v WHERE v.model_id = m.id) AS versions,
        CAST(
            (SELECT coalesce(sum(l.artifact_bytes), 0) FROM logged_models l WHERE l.model_id IN (
                SELECT v.logged_model_id FROM model_versions v WHERE v.model_id = m.id
            ))
            + (SELECT coalesce(sum(r.artifact_bytes), 0) FROM runs r WHERE r.uuid IN (
                SELECT v.run_uuid FROM model_versions v WHERE v.model_id = m.id AND v.logged_model_id IS NULL
            )) AS BIGINT
        ) AS bytes
    FROM registered_models m WHERE {readable}
) sizes
ORDER BY bytes DESC, name LIMIT :most
"""


def read_usage(tx: Transaction, most: int) -> DiskUsage:
    """Of what the one who asks may read."""
    (measured,) = tx.rows("SELECT max(measured_ms) FROM disk_usage")[0]
    readable = seen(tx, "experiment", "e.id")
    values: dict[str, Any] = {**readable.values, "most": most + 1}
    rows = tx.rows(_KEPT.format(readable=readable.condition), values)
    found = [ExperimentUsage(str(number), *rest) for number, *rest in rows]
    readable = seen(tx, "registered_model", "m.id")
    values = {**readable.values, "most": most}
    models = [RegisteredUsage(*row) for row in tx.rows(_REGISTERED.format(readable=readable.condition), values)]
    return DiskUsage(measured, found[:most], models, len(found) > most)


def read_usage_within(tx: Transaction, experiment_id: str, most: int) -> UsageWithin:
    values = {"experiment": experiment_number(experiment_id), "most": most}
    return UsageWithin(
        [RunUsage(*row) for row in tx.rows(_RUNS, values)], [ModelUsage(*row) for row in tx.rows(_MODELS, values)]
    )
