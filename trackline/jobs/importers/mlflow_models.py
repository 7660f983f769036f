"""Logged and registered models in a database of MLflow's."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from trackline.domain.entities import LoggedModel, LoggedModelData, LoggedModelInfo, Metric, Param, Tag
from trackline.domain.moving import MovingModel, MovingRegistered, MovingVersion
from trackline.domain.registry import Alias, ModelVersion, RegisteredModel, canonical_stage
from trackline.jobs.importers.mlflow_tables import Tables
from trackline.jobs.importers.source import BATCH
from trackline.store.logged_models import STATUSES

DELETED = "Deleted_Internal"  # the stage that a deleted version has


def read_logged_models(tables: Tables, experiments: list[int]) -> Iterator[list[MovingModel]]:
    if not tables.has("logged_models", "logged_model_metrics", "logged_model_params", "logged_model_tags"):
        return
    after = ""
    while True:
        rows = tables.rows(
            "SELECT model_id, experiment_id, name, artifact_location, creation_timestamp_ms, "
            "last_updated_timestamp_ms, status, lifecycle_stage, model_type, source_run_id, status_message "
            f"FROM logged_models WHERE {tables.among('experiment_id', 'experiments')} AND model_id > :after "
            f"ORDER BY model_id LIMIT {BATCH}",
            {"experiments": experiments, "after": after},
        )
        if not rows:
            return
        yield _whole_models(tables, rows)
        after = rows[-1][0]


def _whole_models(tables: Tables, rows: list[tuple[Any, ...]]) -> list[MovingModel]:
    models = {"models": [row[0] for row in rows]}
    of_models = tables.among("model_id", "models")
    params: defaultdict[str, list[Param]] = defaultdict(list)
    for model_id, key, value in tables.rows(
        f"SELECT model_id, param_key, param_value FROM logged_model_params WHERE {of_models} ORDER BY param_key", models
    ):
        params[model_id].append(Param(key, value))
    tags: defaultdict[str, list[Tag]] = defaultdict(list)
    for model_id, key, value in tables.rows(
        f"SELECT model_id, tag_key, tag_value FROM logged_model_tags WHERE {of_models} ORDER BY tag_key", models
    ):
        tags[model_id].append(Tag(key, value))
    metrics: defaultdict[str, list[Metric]] = defaultdict(list)
    for model_id, key, value, timestamp, step, name, digest, run_id in tables.rows(
        "SELECT model_id, metric_name, metric_value, metric_timestamp_ms, metric_step, dataset_name, dataset_digest, "
        f"run_id FROM logged_model_metrics WHERE {of_models}",
        models,
    ):
        number = math.nan if value is None else value
        metrics[model_id].append(Metric(key, number, timestamp, step, model_id, name, digest, run_id))
    return [
        MovingModel(
            LoggedModel(_info(row, tags[row[0]]), LoggedModelData(params[row[0]], metrics[row[0]])), row[7] or "active"
        )
        for row in rows
    ]


def _info(row: tuple[Any, ...], tags: list[Tag]) -> LoggedModelInfo:
    model_id, experiment, name, location, created, updated, status, _, model_type, run_id, message = row
    return LoggedModelInfo(
        model_id=model_id,
        experiment_id=str(experiment),
        name=name,
        creation_timestamp_ms=created,
        last_updated_timestamp_ms=updated,
        artifact_uri=location,
        status=STATUSES[status],
        model_type=model_type,
        source_run_id=run_id,
        status_message=message,
        tags=tags,
    )


def read_registered(tables: Tables) -> Iterator[MovingRegistered]:
    if not tables.has("registered_models", "model_versions"):
        return
    for row in tables.rows(
        "SELECT name, creation_time, last_updated_time, description FROM registered_models "
        f"WHERE {tables.in_default_workspace('registered_models')} ORDER BY name"
    ):
        yield _whole_registered(tables, row)


def _whole_registered(tables: Tables, row: tuple[str, int | None, int | None, str | None]) -> MovingRegistered:
    name, created, updated, description = row
    named = {"name": name}
    tags = [Tag(key, value or "") for key, value in _rows_of(tables, "registered_model_tags", '"key", value', named)]
    aliases = [
        Alias(alias, str(version))
        for alias, version in _rows_of(tables, "registered_model_aliases", "alias, version", named)
    ]
    tags_of: defaultdict[int, list[Tag]] = defaultdict(list)
    for version, key, value in _rows_of(tables, "model_version_tags", 'version, "key", value', named):
        tags_of[version].append(Tag(key, value or ""))
    columns = (
        "version, creation_time, last_updated_time, description, current_stage, source, run_id, run_link, "
        + tables.column("model_versions", "storage_location")
    )
    rows = _rows_of(tables, "model_versions", columns, named)
    versions = [_version(name, version, tags_of[version[0]]) for version in rows if version[4] != DELETED]
    model = RegisteredModel(name, created or 0, updated or created or 0, description, [], tags, aliases)
    return MovingRegistered(model, versions, max((version[0] for version in rows), default=0))


def _rows_of(tables: Tables, table: str, columns: str, named: dict[str, str]) -> list[tuple[Any, ...]]:
    """Of one registered model, in the order of the columns."""
    if not tables.has(table):
        return []
    return tables.rows(
        f"SELECT {columns} FROM {table} WHERE name = :name AND {tables.in_default_workspace(table)} ORDER BY 1, 2",
        named,
    )


def _version(name: str, row: tuple[Any, ...], tags: list[Tag]) -> MovingVersion:
    version, created, updated, description, stage, source, run_id, run_link, location = row
    given = ModelVersion(
        name=name,
        version=str(version),
        creation_timestamp=created or 0,
        last_updated_timestamp=updated or created or 0,
        current_stage=canonical_stage(stage or "None"),
        source=source or "",
        run_id=run_id or "",
        run_link=run_link or "",
        status="READY",
        description=description,
        tags=tags,
    )
    return MovingVersion(given, location or given.source)
