"""Logged models of another tracker."""

from __future__ import annotations

import math

from trackline.db.transaction import Transaction
from trackline.domain.artifact_paths import model_artifact_uri
from trackline.domain.entities import Metric
from trackline.domain.moving import MovingModel, Settled
from trackline.store.keys import intern_keys
from trackline.store.logged_models import ADD_METRIC, STATUSES

_INSERT = """
INSERT INTO logged_models (
    model_id, experiment_id, name, status, lifecycle, created_ms, updated_ms, model_type, source_run_id, status_message,
    artifact_location, deleted_ms
) VALUES (:id, :experiment, :name, :status, :lifecycle, :created, :updated, :type, :run, :message, :location, :deleted)
ON CONFLICT (model_id) DO NOTHING
"""


def bring_models(tx: Transaction, moving: list[MovingModel], homes: dict[str, Settled]) -> None:
    """Add what is missing. `homes`: where the source's experiments went, by their id there."""
    tx.many(_INSERT, [_row(one, homes[one.model.info.experiment_id]) for one in moving])
    query = f"SELECT model_id, id FROM logged_models WHERE {tx.dialect.among('model_id', 'ids')}"
    numbers = dict(tx.rows(query, {"ids": [one.model.info.model_id for one in moving]}))
    models = [(numbers[one.model.info.model_id], one.model) for one in moving]
    params = [(number, param.key, param.value) for number, model in models for param in model.data.params]
    tags = [(number, tag.key, tag.value) for number, model in models for tag in model.info.tags]
    metrics = [(number, metric) for number, model in models for metric in model.data.metrics]
    keys = intern_keys(tx, [key for _, key, _ in params + tags] + [metric.key for _, metric in metrics])
    for table, values in (("logged_model_params", params), ("logged_model_tags", tags)):
        tx.many(
            f"INSERT INTO {table} (model_id, key_id, value) VALUES (:model, :key, :value) ON CONFLICT DO NOTHING",
            [{"model": number, "key": keys[key], "value": value} for number, key, value in values],
        )
    tx.many(ADD_METRIC, [_point(number, keys[metric.key], metric) for number, metric in metrics])


def _row(one: MovingModel, home: Settled) -> dict[str, int | str | None]:
    info = one.model.info
    return {
        "id": info.model_id,
        "experiment": home.number,
        "name": info.name,
        "status": STATUSES.index(info.status),
        "lifecycle": one.lifecycle,
        "created": info.creation_timestamp_ms,
        "updated": info.last_updated_timestamp_ms,
        "type": info.model_type or "",
        "run": info.source_run_id or "",
        "message": info.status_message,
        "deleted": info.last_updated_timestamp_ms if one.lifecycle == "deleted" else None,
        "location": home.place_apart(info.artifact_uri, model_artifact_uri("", info.model_id)),
    }


def _point(model: int, key: int, metric: Metric) -> dict[str, int | float | str | None]:
    return {
        "model": model,
        "key": key,
        "step": metric.step,
        "timestamp": metric.timestamp,
        "value": None if math.isnan(metric.value) else metric.value,
        "run": metric.run_id or "",
        "name": metric.dataset_name or "",
        "digest": metric.dataset_digest or "",
    }
