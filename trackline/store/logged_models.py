"""Logged models: what a MLflow 3 client makes of a trained model, beside the run that trained it."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from trackline.db.transaction import Transaction
from trackline.domain.artifact_paths import model_artifact_uri
from trackline.domain.entities import (
    LoggedModel,
    LoggedModelData,
    LoggedModelInfo,
    Metric,
    ModelStatus,
    Param,
    Registration,
    Tag,
)
from trackline.domain.errors import NotFound
from trackline.domain.filters import LoggedModelQuery
from trackline.store.access.permissions import seen
from trackline.store.experiments import active_experiment
from trackline.store.keys import find_keys, intern_keys
from trackline.store.registered import Doomed, check_unregistered
from trackline.store.runs import LivingRun
from trackline.store.search import search_logged_models

# The numbers are MLflow's own; they order the states and stand in the database.
STATUSES: tuple[ModelStatus, ...] = (
    "LOGGED_MODEL_STATUS_UNSPECIFIED",
    "LOGGED_MODEL_PENDING",
    "LOGGED_MODEL_READY",
    "LOGGED_MODEL_UPLOAD_FAILED",
)
REGISTRATIONS_TAG = "mlflow.modelVersions"

ADD_METRIC = """
INSERT INTO logged_model_metrics (model_id, key_id, step, timestamp_ms, value, run_uuid, dataset_name, dataset_digest)
VALUES (:model, :key, :step, :timestamp, :value, :run, :name, :digest) ON CONFLICT DO NOTHING
"""


class NewModel(NamedTuple):
    """What a client says of a model before it uploads it; `model_id` and `name` are already made."""

    model_id: str
    experiment_id: str
    name: str
    model_type: str
    source_run_id: str
    params: list[Param]
    tags: list[Tag]


def create_logged_model(tx: Transaction, new: NewModel) -> LoggedModel:
    experiment = active_experiment(tx, new.experiment_id)
    (number,) = tx.rows(
        "INSERT INTO logged_models "
        "(model_id, experiment_id, name, status, lifecycle, created_ms, updated_ms, model_type, source_run_id) "
        "VALUES (:model_id, :experiment, :name, :status, 'active', :now, :now, :type, :run) RETURNING id",
        {
            "model_id": new.model_id,
            "experiment": experiment,
            "name": new.name,
            "status": STATUSES.index("LOGGED_MODEL_PENDING"),
            "now": tx.now_ms,
            "type": new.model_type,
            "run": new.source_run_id,
        },
    )[0]
    _write_values(tx, "logged_model_params", number, [(param.key, param.value) for param in new.params])
    _write_values(tx, "logged_model_tags", number, [(tag.key, tag.value) for tag in new.tags])
    return read_models(tx, [number])[0]


def get_logged_model(tx: Transaction, model_id: str, deleted_too: bool = False) -> LoggedModel:
    return read_models(tx, [_number(tx, model_id, "true" if deleted_too else "lifecycle = 'active'")])[0]


def find_logged_model(tx: Transaction, model_id: str) -> LoggedModel | None:
    """The model, deleted or not; None where there is none."""
    rows = tx.rows("SELECT id FROM logged_models WHERE model_id = :id", {"id": model_id})
    return read_models(tx, [rows[0][0]])[0] if rows else None


def finalize_logged_model(tx: Transaction, model_id: str, status: ModelStatus) -> LoggedModel:
    """Say how the upload ended."""
    number = _number(tx, model_id)
    tx.execute(
        "UPDATE logged_models SET status = :status, updated_ms = :now WHERE id = :id",
        {"status": STATUSES.index(status), "now": tx.now_ms, "id": number},
    )
    return read_models(tx, [number])[0]


def delete_logged_model(tx: Transaction, model_id: str, force: bool = False) -> None:
    """Into the trash; its files stay until the trash is emptied.

    Raises InvalidState for a model that is registered, unless `force` is set.
    """
    number = _number(tx, model_id)
    if not force:
        by_force = f'DELETE logged-models/{model_id} {{"force": true}}'
        check_unregistered(tx, Doomed(f"Logged model {model_id}", "v.logged_model_id = :id", model_id, by_force))
    tx.execute(
        "UPDATE logged_models SET lifecycle = 'deleted', updated_ms = :now, deleted_ms = :now WHERE id = :id",
        {"now": tx.now_ms, "id": number},
    )


def set_model_tags(tx: Transaction, model_id: str, tags: list[Tag]) -> None:
    _write_values(tx, "logged_model_tags", _number(tx, model_id), [(tag.key, tag.value) for tag in tags])


def delete_model_tag(tx: Transaction, model_id: str, key: str) -> None:
    gone = tx.changed(
        "DELETE FROM logged_model_tags WHERE model_id = :id AND key_id = :key",
        {"id": _number(tx, model_id), "key": find_keys(tx, [key]).get(key)},
    )
    if not gone:
        raise NotFound(f"No tag with key {key!r} found for model with ID {model_id!r}.")


def log_model_params(tx: Transaction, model_id: str, params: list[Param]) -> None:
    _write_values(tx, "logged_model_params", _number(tx, model_id), [(param.key, param.value) for param in params])


def write_model_metrics(tx: Transaction, run: LivingRun, metrics: Sequence[Metric]) -> None:
    """Keep the points that were measured on a logged model with that model as well."""
    of_models = [metric for metric in metrics if metric.model_id]
    if not of_models:
        return
    keys = intern_keys(tx, [metric.key for metric in of_models])
    numbers = _numbers(tx, list(dict.fromkeys(metric.model_id or "" for metric in of_models)))
    tx.many(
        ADD_METRIC,
        [
            {
                "model": numbers[metric.model_id or ""],
                "key": keys[metric.key],
                "step": metric.step,
                "timestamp": metric.timestamp,
                "value": None if math.isnan(metric.value) else metric.value,
                "run": run.uuid,
                "name": metric.dataset_name or "",
                "digest": metric.dataset_digest or "",
            }
            for metric in of_models
        ],
    )


def add_registration(tx: Transaction, model_id: str, name: str, version: int) -> None:
    """Note with the model that it is this version of a registered model now, as MLflow's page reads it."""
    row = tx.row(
        "SELECT m.id, (SELECT t.value FROM logged_model_tags t JOIN keys k ON k.id = t.key_id "
        "WHERE t.model_id = m.id AND k.name = :key) "
        f"FROM logged_models m WHERE m.model_id = :id {tx.dialect.to_change}",
        {"id": model_id, "key": REGISTRATIONS_TAG},
    )
    if row is None:  # a version of it is copied after it is gone
        return
    try:
        noted = json.loads(row[1] or "[]")
    except ValueError:  # clients may write the tag as well
        noted = None
    known = noted if isinstance(noted, list) else []
    value = json.dumps([*known, {"name": name, "version": version}])
    _write_values(tx, "logged_model_tags", row[0], [(REGISTRATIONS_TAG, value)])


def artifact_uri_of_model(tx: Transaction, model_id: str) -> str:
    row = tx.row(
        "SELECT coalesce(m.artifact_location, e.artifact_location) "
        "FROM logged_models m JOIN experiments e ON e.id = m.experiment_id "
        "WHERE m.model_id = :id AND m.lifecycle = 'active'",
        {"id": model_id},
    )
    if row is None:
        raise _not_found(model_id)
    return model_artifact_uri(row[0], model_id)


def find_models(tx: Transaction, query: LoggedModelQuery) -> tuple[list[LoggedModel], str | None]:
    """One page of what is searched for, and the token of the next."""
    page = search_logged_models(tx, query)
    return read_models(tx, page.ids), page.next_page_token


def read_models(tx: Transaction, ids: list[int]) -> list[LoggedModel]:
    """The models of these numbers, in the order of the numbers: five statements however many they are."""
    rows = tx.rows(
        "SELECT m.id, m.model_id, m.experiment_id, m.name, m.status, m.created_ms, m.updated_ms, m.model_type, "
        "m.source_run_id, m.status_message, coalesce(m.artifact_location, e.artifact_location) "
        "FROM logged_models m JOIN experiments e ON e.id = m.experiment_id "
        f"WHERE {tx.dialect.among('m.id', 'ids')}",
        {"ids": ids},
    )
    names = {row[0]: row[1] for row in rows}
    params: defaultdict[int, list[Param]] = defaultdict(list)
    for number, key, value in _read_values(tx, "logged_model_params", ids):
        params[number].append(Param(key, value))
    tags: defaultdict[int, list[Tag]] = defaultdict(list)
    for number, key, value in _read_values(tx, "logged_model_tags", ids):
        tags[number].append(Tag(key, value))
    metrics = _read_metrics(tx, names)
    registrations = _read_registrations(tx, names)
    models = {
        row[0]: LoggedModel(
            _info(row, tags[row[0]], registrations[row[1]]), LoggedModelData(params[row[0]], metrics[row[0]])
        )
        for row in rows
    }
    return [models[number] for number in ids if number in models]


def _info(
    row: tuple[int, str, int, str, int, int, int, str, str, str | None, str],
    tags: list[Tag],
    registrations: list[Registration],
) -> LoggedModelInfo:
    _, model_id, experiment, name, status, created_ms, updated_ms, model_type, run, message, location = row
    return LoggedModelInfo(
        model_id=model_id,
        experiment_id=str(experiment),
        name=name,
        creation_timestamp_ms=created_ms,
        last_updated_timestamp_ms=updated_ms,
        artifact_uri=model_artifact_uri(location, model_id),
        status=STATUSES[status],
        model_type=model_type,
        source_run_id=run,
        status_message=message,
        tags=tags,
        registrations=registrations,
    )


def _read_registrations(tx: Transaction, model_ids: dict[int, str]) -> defaultdict[str, list[Registration]]:
    registrations: defaultdict[str, list[Registration]] = defaultdict(list)
    readable = seen(tx, "registered_model", "m.id")
    for model_id, name, version in tx.rows(
        "SELECT v.logged_model_id, m.name, v.version "
        "FROM model_versions v JOIN registered_models m ON m.id = v.model_id "
        f"WHERE {tx.dialect.among('v.logged_model_id', 'ids')} AND {readable.condition} ORDER BY m.name, v.version",
        {**readable.values, "ids": list(model_ids.values())},
    ):
        registrations[model_id].append(Registration(name, str(version)))
    return registrations


def _read_metrics(tx: Transaction, model_ids: dict[int, str]) -> defaultdict[int, list[Metric]]:
    metrics: defaultdict[int, list[Metric]] = defaultdict(list)
    for number, key, step, timestamp, value, run, name, digest in tx.rows(
        "SELECT m.model_id, k.name, m.step, m.timestamp_ms, m.value, m.run_uuid, m.dataset_name, m.dataset_digest "
        "FROM logged_model_metrics m JOIN keys k ON k.id = m.key_id "
        f"WHERE {tx.dialect.among('m.model_id', 'ids')} ORDER BY m.model_id, k.name, m.timestamp_ms, m.step",
        {"ids": list(model_ids)},
    ):
        point = Metric(
            key=key,
            value=math.nan if value is None else value,
            timestamp=timestamp,
            step=step,
            model_id=model_ids[number],
            dataset_name=name or None,
            dataset_digest=digest or None,
            run_id=run,
        )
        metrics[number].append(point)
    return metrics


def _number(tx: Transaction, model_id: str, condition: str = "true") -> int:
    return _numbers(tx, [model_id], condition)[model_id]


def _numbers(tx: Transaction, model_ids: list[str], condition: str = "true") -> dict[str, int]:
    """The models' numbers. Raises NotFound for the first that does not exist."""
    query = f"SELECT model_id, id FROM logged_models WHERE {tx.dialect.among('model_id', 'ids')} AND {condition}"
    numbers: dict[str, int] = dict(tx.rows(query, {"ids": model_ids}))
    for model_id in model_ids:
        if model_id not in numbers:
            raise _not_found(model_id)
    return numbers


def _not_found(model_id: str) -> NotFound:
    return NotFound(f"Logged model with ID '{model_id}' not found.")


def _write_values(tx: Transaction, table: str, number: int, values: list[tuple[str, str]]) -> None:
    if not values:
        return
    keys = intern_keys(tx, [key for key, _ in values])
    tx.many(
        f"INSERT INTO {table} (model_id, key_id, value) VALUES (:model, :key, :value) "
        "ON CONFLICT (model_id, key_id) DO UPDATE SET value = excluded.value",
        [{"model": number, "key": keys[key], "value": value} for key, value in values],
    )


def _read_values(tx: Transaction, table: str, ids: list[int]) -> list[tuple[int, str, str]]:
    return tx.rows(
        f"SELECT v.model_id, k.name, v.value FROM {table} v JOIN keys k ON k.id = v.key_id "
        f"WHERE {tx.dialect.among('v.model_id', 'ids')} ORDER BY v.model_id, k.name",
        {"ids": ids},
    )
