"""Measures how much room things take: each run by itself, and from that, experiments."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

import msgspec

from trackline.db.transaction import Transaction
from trackline.domain.artifact_paths import below
from trackline.domain.disk import Folder
from trackline.store.runs import SEEN_EVERY_MS

ROW = 24  # bytes that a row takes beside its texts, more or less
SUMMARY = 96  # and one of metric_summaries with its place in the index

_TO_COUNT = """
SELECT id FROM runs WHERE id > :after AND (points_bytes IS NULL OR coalesce(seen_ms, 0) >= :since)
ORDER BY id LIMIT :most
"""
_COUNT = f"""
SELECT id, metadata_bytes, points_bytes,
    CAST((SELECT coalesce(sum(length(p.value) + {ROW}), 0) FROM params p WHERE p.run_id = runs.id)
    + (SELECT coalesce(sum(length(t.value) + {ROW}), 0) FROM tags t WHERE t.run_id = runs.id)
    + (SELECT count(*) * {SUMMARY} FROM metric_summaries s WHERE s.run_id = runs.id) AS BIGINT),
    CAST((SELECT coalesce(sum(length(b.payload)), 0) FROM metric_blocks b WHERE b.run_id = runs.id)
    + (SELECT coalesce(sum(length(l.records)), 0) FROM metric_log l WHERE l.run_id = runs.id) AS BIGINT)
FROM runs WHERE {{among}}
"""
_ADD_UP = """
SELECT experiment_id, lifecycle, count(*), CAST(coalesce(sum(metadata_bytes), 0) AS BIGINT),
    CAST(coalesce(sum(points_bytes), 0) AS BIGINT), CAST(coalesce(sum(artifact_bytes), 0) AS BIGINT)
FROM runs GROUP BY experiment_id, lifecycle
UNION ALL
SELECT experiment_id, lifecycle, 0, 0, 0, CAST(coalesce(sum(artifact_bytes), 0) AS BIGINT)
FROM logged_models GROUP BY experiment_id, lifecycle
"""
_NOTE = """
INSERT INTO disk_usage (
    experiment_id, runs, metadata_bytes, points_bytes, artifact_bytes, trash_bytes, measured_ms
)
SELECT id, :runs, :metadata_bytes, :points_bytes, :artifact_bytes, :trash_bytes, :measured FROM experiments
WHERE id = :experiment
ON CONFLICT (experiment_id) DO UPDATE SET
    runs = excluded.runs, metadata_bytes = excluded.metadata_bytes, points_bytes = excluded.points_bytes,
    artifact_bytes = excluded.artifact_bytes, trash_bytes = excluded.trash_bytes, measured_ms = excluded.measured_ms
"""
_HEARD_OF = """
SELECT name, location, own FROM (
    SELECT r.uuid AS name, coalesce(r.artifact_location, e.artifact_location) AS location, r.uuid AS own,
        r.seen_ms AS noted_ms
    FROM runs r JOIN experiments e ON e.id = r.experiment_id WHERE r.seen_ms >= :since
    UNION ALL
    SELECT m.model_id, coalesce(m.artifact_location, e.artifact_location), 'models/' || m.model_id, m.updated_ms
    FROM logged_models m JOIN experiments e ON e.id = m.experiment_id WHERE m.updated_ms >= :since
) heard ORDER BY noted_ms DESC, name LIMIT :most
"""


class Measured(NamedTuple):
    """The time, and what had come until then was counted when it was last measured (0: never); both in ms."""

    now: int
    until: int


class Place(NamedTuple):
    """The folder, as a URI, of a run or a logged model, whichever is called so."""

    name: str
    folder: str


class RunSize(NamedTuple):
    id: int
    metadata_bytes: int
    points_bytes: int


def last_measured(tx: Transaction) -> Measured:
    (until,) = tx.rows("SELECT coalesce(max(measured_ms), 0) FROM disk_usage")[0]
    return Measured(tx.now_ms, until)


def places_heard_of(tx: Transaction, since: int, most: int) -> list[Place]:
    """Where the files are of runs and logged models that something was logged to since then, the last first."""
    rows = tx.rows(_HEARD_OF, {"since": since - SEEN_EVERY_MS, "most": most})
    return [Place(name, below(location, own)) for name, location, own in rows]


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


def runs_to_count(tx: Transaction, since: int, after: int, most: int) -> list[int]:
    """The next runs, by number, that something was logged to since then (0: all), or that were not counted yet."""
    rows = tx.rows(_TO_COUNT, {"since": since - SEEN_EVERY_MS, "after": after, "most": most})
    return [number for (number,) in rows]


def changed_sizes(tx: Transaction, runs: list[int]) -> list[RunSize]:
    """What these runs hold in the database, where that is not what is noted."""
    rows = tx.rows(_COUNT.format(among=tx.dialect.among("id", "runs")), {"runs": runs})
    return [RunSize(row[0], *row[3:]) for row in rows if row[1:3] != row[3:]]


def note_sizes(tx: Transaction, sizes: list[RunSize]) -> None:
    tx.many(
        "UPDATE runs SET metadata_bytes = :metadata_bytes, points_bytes = :points_bytes WHERE id = :id",
        [size._asdict() for size in sizes],
    )


def add_up(tx: Transaction) -> dict[int, dict[str, int]]:
    """By experiment, what was noted of its runs and logged models: the columns of `disk_usage`."""
    sums: dict[int, dict[str, int]] = defaultdict(lambda: dict.fromkeys(("runs", *_SIZES, "trash_bytes"), 0))
    for (experiment,) in tx.rows("SELECT id FROM experiments"):
        sums[experiment]["runs"] = 0
    for experiment, lifecycle, runs, *sizes in tx.rows(_ADD_UP):
        found = sums[experiment]
        found["runs"] += runs
        for name, size in zip(_SIZES, sizes, strict=True):
            found[name] += size
        if lifecycle == "deleted":
            found["trash_bytes"] += sum(sizes)
    return dict(sums)


_SIZES = ("metadata_bytes", "points_bytes", "artifact_bytes")


def note_usage(tx: Transaction, sums: dict[int, dict[str, int]], measured: int) -> None:
    """What came until `measured`, in ms, is counted in it."""
    tx.many(_NOTE, [{"experiment": experiment, "measured": measured, **found} for experiment, found in sums.items()])
