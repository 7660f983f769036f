"""Where the files of runs and logged models are that were moved to another experiment: they stay where they were."""

from __future__ import annotations

from typing import NamedTuple

from trackline.db.transaction import Transaction

_NAMED = """
SELECT artifact_location, uuid, experiment_id FROM runs
WHERE {runs} AND artifact_location IS NOT NULL
UNION ALL
SELECT artifact_location, 'models/' || model_id, experiment_id FROM logged_models
WHERE {models} AND artifact_location IS NOT NULL
"""
_LEFT_BEHIND = """
SELECT DISTINCT artifact_location, experiment_id FROM runs WHERE artifact_location IS NOT NULL
UNION
SELECT DISTINCT artifact_location, experiment_id FROM logged_models WHERE artifact_location IS NOT NULL
"""


class Moved(NamedTuple):
    """`folder` is its own below the artifact location of the experiment where it was; `experiment`: where it is now."""

    location: str
    folder: str
    experiment: int


def find_moved(tx: Transaction, names: list[str]) -> list[Moved]:
    """The runs and logged models with these ids that were moved."""
    query = _NAMED.format(runs=tx.dialect.among("uuid", "names"), models=tx.dialect.among("model_id", "names"))
    return [Moved(*row) for row in tx.rows(query, {"names": names})]


def left_behind(tx: Transaction) -> list[tuple[str, int]]:
    """Artifact locations with files of what was moved away, each with an experiment where some of it is now."""
    return tx.rows(_LEFT_BEHIND)
