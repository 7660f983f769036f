"""Rows that name what is gone, and the question which folders of artifacts belong to something."""

from __future__ import annotations

from typing import NamedTuple

from trackline.db.transaction import Transaction
from trackline.store.editions import edited

_MODEL_IS_GONE = "NOT EXISTS (SELECT 1 FROM logged_models m WHERE m.model_id = run_models.model_id)"
# What: table, condition, and the texts that are most of its size.
_KINDS = {
    "metrics of logged models, logged by runs that are gone": (
        "logged_model_metrics",
        "run_uuid <> '' AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.uuid = run_uuid)",
        "run_uuid || dataset_name || dataset_digest",
    ),
    "models of runs that are gone": (
        "run_models",
        _MODEL_IS_GONE,
        "model_id",
    ),
    "datasets that no run reads": (
        "datasets",
        "NOT EXISTS (SELECT 1 FROM dataset_inputs i WHERE i.dataset_id = datasets.id)",
        "name || digest || source || coalesce(schema, '') || coalesce(profile, '')",
    ),
}


class Rows(NamedTuple):
    number: int
    bytes: int  # of their texts


def orphaned_rows(tx: Transaction) -> dict[str, Rows]:
    """By what they are; only kinds of which there are some."""
    found = {}
    for what, (table, condition, texts) in _KINDS.items():
        row = tx.rows(f"SELECT count(*), coalesce(sum(length({texts})), 0) FROM {table} WHERE {condition}")[0]
        if row[0]:
            found[what] = Rows(int(row[0]), int(row[1]))
    return found


def remove_orphaned_rows(tx: Transaction) -> None:
    tx.execute(f"UPDATE runs SET {edited(tx)} WHERE id IN (SELECT run_id FROM run_models WHERE {_MODEL_IS_GONE})")
    for table, condition, _ in _KINDS.values():
        tx.execute(f"DELETE FROM {table} WHERE {condition}")


def owned(tx: Transaction, names: list[str]) -> set[str]:
    """Those of these ids that are of runs or logged models, in the trash or not, or stand in the place of a version or
    of an experiment.
    """
    found = tx.rows(
        f"SELECT uuid FROM runs WHERE {tx.dialect.among('uuid', 'names')} "
        f"UNION SELECT model_id FROM logged_models WHERE {tx.dialect.among('model_id', 'names')} "
        f"UNION SELECT value FROM {tx.dialect.each('names')} WHERE EXISTS ("
        "SELECT 1 FROM model_versions v WHERE v.location LIKE '%' || value || '%') "
        "OR EXISTS (SELECT 1 FROM experiments e WHERE e.artifact_location LIKE '%' || value || '%')",
        {"names": names},
    )
    return {name for (name,) in found}
