"""Logged and registered models, into a database of MLflow's."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterable

from trackline.domain.entities import LoggedModel, Metric
from trackline.domain.moving import MovingModel, MovingRegistered, MovingVersion
from trackline.store.logged_models import STATUSES

_MODEL = """
INSERT INTO logged_models (
    model_id, experiment_id, name, artifact_location, creation_timestamp_ms, last_updated_timestamp_ms, status,
    lifecycle_stage, model_type, source_run_id, status_message
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
# MLflow keeps one value for a metric, run, step and time, whatever the dataset.
_METRIC = """
INSERT OR IGNORE INTO logged_model_metrics (
    model_id, metric_name, metric_timestamp_ms, metric_step, metric_value, experiment_id, run_id, dataset_name,
    dataset_digest
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_VERSION = """
INSERT INTO model_versions (
    name, version, creation_time, last_updated_time, description, current_stage, source, run_id, status, run_link,
    storage_location
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


def write_logged_models(connection: sqlite3.Connection, moving: list[MovingModel]) -> None:
    for one in moving:
        _write_logged_model(connection, one.model, one.lifecycle)


def _write_logged_model(connection: sqlite3.Connection, model: LoggedModel, lifecycle: str) -> None:
    info = model.info
    of, experiment = info.model_id, int(info.experiment_id)
    times = (info.creation_timestamp_ms, info.last_updated_timestamp_ms)
    said = (info.model_type, info.source_run_id, info.status_message)
    status = STATUSES.index(info.status)
    connection.execute(_MODEL, (of, experiment, info.name, info.artifact_uri, *times, status, lifecycle, *said))
    for table, prefix, values in (
        ("logged_model_params", "param", model.data.params),
        ("logged_model_tags", "tag", info.tags),
    ):
        connection.executemany(
            f"INSERT INTO {table} (model_id, experiment_id, {prefix}_key, {prefix}_value) VALUES (?, ?, ?, ?)",
            [(of, experiment, each.key, each.value) for each in values],
        )
    connection.executemany(_METRIC, [(of, *_point(one), experiment, *_measured_on(one)) for one in model.data.metrics])


def _point(one: Metric) -> tuple[str, int, int, float | None]:
    return one.key, one.timestamp, one.step, None if math.isnan(one.value) else one.value


def _measured_on(one: Metric) -> tuple[str | None, str | None, str | None]:
    return one.run_id, one.dataset_name, one.dataset_digest


def write_registered(connection: sqlite3.Connection, moving: Iterable[MovingRegistered]) -> None:
    for one in moving:
        model = one.model
        connection.execute(
            "INSERT INTO registered_models (name, creation_time, last_updated_time, description) VALUES (?, ?, ?, ?)",
            (model.name, model.creation_timestamp, model.last_updated_timestamp, model.description),
        )
        connection.executemany(
            "INSERT INTO registered_model_tags (key, value, name) VALUES (?, ?, ?)",
            [(tag.key, tag.value, model.name) for tag in model.tags],
        )
        for version in one.versions:
            _write_version(connection, version)
        connection.executemany(
            "INSERT INTO registered_model_aliases (alias, version, name) VALUES (?, ?, ?)",
            [(alias.alias, int(alias.version), model.name) for alias in model.aliases],
        )


def _write_version(connection: sqlite3.Connection, moving: MovingVersion) -> None:
    one = moving.version
    times = (one.creation_timestamp, one.last_updated_timestamp)
    said = (one.description, one.current_stage, one.source, one.run_id, one.status, one.run_link or None)
    connection.execute(_VERSION, (one.name, int(one.version), *times, *said, moving.location))
    connection.executemany(
        "INSERT INTO model_version_tags (key, value, name, version) VALUES (?, ?, ?, ?)",
        [(tag.key, tag.value, one.name, int(one.version)) for tag in one.tags],
    )
