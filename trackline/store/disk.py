"""How much room experiments, runs and models take: measured at times, kept in `disk_usage`, and read from there."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import msgspec

from trackline.db.transaction import Transaction
from trackline.domain.disk import (
    DiskUsage,
    ExperimentUsage,
    Folder,
    ModelUsage,
    RegisteredUsage,
    RunUsage,
    UsageWithin,
)
from trackline.domain.limits import experiment_number
from trackline.store.access.permissions import seen

ROW = 24  # bytes that a row takes beside its texts, more or less
SUMMARY = 96  # and one of metric_summaries with its place in the index

# Each: experiment, lifecycle, bytes.
_METADATA = (
    f"""
    SELECT r.experiment_id, r.lifecycle, sum(length(v.value) + {ROW}) FROM runs r JOIN params v ON v.run_id = r.id
    GROUP BY r.experiment_id, r.lifecycle
    """,
    f"""
    SELECT r.experiment_id, r.lifecycle, sum(length(v.value) + {ROW}) FROM runs r JOIN tags v ON v.run_id = r.id
    GROUP BY r.experiment_id, r.lifecycle
    """,
    f"""
    SELECT r.experiment_id, r.lifecycle, count(*) * {SUMMARY} FROM runs r JOIN metric_summaries v ON v.run_id = r.id
    GROUP BY r.experiment_id, r.lifecycle
    """,
)
_POINTS = (
    """
    SELECT r.experiment_id, r.lifecycle, sum(length(b.payload)) FROM runs r JOIN metric_blocks b ON b.run_id = r.id
    GROUP BY r.experiment_id, r.lifecycle
    """,
    """
    SELECT r.experiment_id, r.lifecycle, sum(length(l.records)) FROM runs r JOIN metric_log l ON l.run_id = r.id
    GROUP BY r.experiment_id, r.lifecycle
    """,
)
_ARTIFACTS = (
    """
    SELECT experiment_id, lifecycle, coalesce(sum(artifact_bytes), 0) FROM runs GROUP BY experiment_id, lifecycle
    """,
    """
    SELECT experiment_id, lifecycle, coalesce(sum(artifact_bytes), 0) FROM logged_models
    GROUP BY experiment_id, lifecycle
    """,
)
_KEPT = """
SELECT e.id, e.name, e.lifecycle, coalesce(d.runs, 0), coalesce(d.metadata_bytes, 0), coalesce(d.points_bytes, 0),
    coalesce(d.artifact_bytes, 0), coalesce(d.trash_bytes, 0)
FROM experiments e LEFT JOIN disk_usage d ON d.experiment_id = e.id WHERE {readable}
ORDER BY coalesce(d.metadata_bytes + d.points_bytes + d.artifact_bytes, 0) DESC, e.id DESC LIMIT :most
"""
_RUNS = """
SELECT uuid, name, lifecycle, points, artifact_files, artifact_bytes FROM (
    SELECT r.uuid, r.name, r.lifecycle, r.artifact_files, r.artifact_bytes,
        CAST(coalesce((SELECT sum(length(b.payload)) FROM metric_blocks b WHERE b.run_id = r.id), 0)
        + coalesce((SELECT sum(length(l.records)) FROM metric_log l WHERE l.run_id = r.id), 0) AS BIGINT) AS points
    FROM runs r WHERE r.experiment_id = :experiment
) sizes
ORDER BY points + coalesce(artifact_bytes, 0) DESC, uuid LIMIT :most
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
_NOTE = """
INSERT INTO disk_usage (
    experiment_id, runs, metadata_bytes, points_bytes, artifact_bytes, trash_bytes, measured_ms
)
SELECT id, :runs, :metadata_bytes, :points_bytes, :artifact_bytes, :trash_bytes, :now FROM experiments
WHERE id = :experiment
ON CONFLICT (experiment_id) DO UPDATE SET
    runs = excluded.runs, metadata_bytes = excluded.metadata_bytes, points_bytes = excluded.points_bytes,
    artifact_bytes = excluded.artifact_bytes, trash_bytes = excluded.trash_bytes, measured_ms = excluded.measured_ms
"""

Sums = dict[int, dict[str, int]]


def note_artifacts(tx: Transaction, folders: list[Folder]) -> None:
    """What was found of these runs and logged models."""
    rows = [msgspec.structs.asdict(folder) for folder in folders]
    for table, column in (("runs", "uuid"), ("logged_models", "model_id")):
        tx.many(
            f"UPDATE {table} SET artifact_files = :files, artifact_bytes = :bytes WHERE {column} = :name "
            "AND (artifact_bytes IS NULL OR artifact_bytes <> :bytes OR artifact_files <> :files)",
            rows,
        )


def with_artifacts(tx: Transaction, after: str, most: int) -> list[str]:
    """The next runs and logged models, by name, that had files when it was measured."""
    rows = tx.rows(
        "SELECT uuid FROM runs WHERE artifact_bytes > 0 AND uuid > :after UNION ALL "
        "SELECT model_id FROM logged_models WHERE artifact_bytes > 0 AND model_id > :after ORDER BY 1 LIMIT :most",
        {"after": after, "most": most},
    )
    return [name for (name,) in rows]


def measure(tx: Transaction) -> Sums:
    """What each experiment holds at the moment, with the artifacts that were noted: the columns of `disk_usage`."""
    sums: Sums = defaultdict(lambda: dict.fromkeys(("runs", *_COLUMNS, "trash_bytes"), 0))
    for experiment, runs in tx.rows(
        "SELECT e.id, (SELECT count(*) FROM runs r WHERE r.experiment_id = e.id) FROM experiments e"
    ):
        sums[experiment]["runs"] = int(runs)
    for column, queries in _COLUMNS.items():
        for query in queries:
            for experiment, lifecycle, size in tx.rows(query):
                sums[experiment][column] += int(size)
                if lifecycle == "deleted":
                    sums[experiment]["trash_bytes"] += int(size)
    return dict(sums)


_COLUMNS = {"metadata_bytes": _METADATA, "points_bytes": _POINTS, "artifact_bytes": _ARTIFACTS}


def note_usage(tx: Transaction, sums: Sums) -> None:
    tx.many(_NOTE, [{"experiment": experiment, "now": tx.now_ms, **found} for experiment, found in sums.items()])


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
