"""A new database for MLflow 3.17, in SQLite: the way back."""

from __future__ import annotations

import math
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import md5
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import numpy as np

from trackline.domain.entities import Experiment, Metric
from trackline.domain.moving import MovingPoints, MovingRun
from trackline.jobs.exporters.mlflow_models import write_logged_models, write_registered
from trackline.jobs.exporters.new_file import new_file
from trackline.jobs.importers.importing import Watcher
from trackline.jobs.importers.source import Source

_SCHEMA = ("mlflow_tracking.sql", "mlflow_rest.sql")
_LARGEST = sys.float_info.max  # what MLflow stores for infinity

_RUN = """
INSERT INTO runs (
    run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time, end_time, source_version,
    lifecycle_stage, artifact_uri, experiment_id, deleted_time
) VALUES (?, ?, 'UNKNOWN', '', '', ?, ?, ?, ?, '', ?, ?, ?, ?)
"""
# Infinity and the largest number become one.
_POINT = "INSERT OR IGNORE INTO metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES (?, ?, ?, ?, ?, ?)"
_LATEST = "INSERT INTO latest_metrics (key, value, timestamp, step, is_nan, run_uuid) VALUES (?, ?, ?, ?, ?, ?)"
_INPUT = """
INSERT OR IGNORE INTO inputs (input_uuid, source_type, source_id, destination_type, destination_id, step)
VALUES (?, ?, ?, ?, ?, ?)
"""


def make_schema(connection: sqlite3.Connection) -> None:
    for name in _SCHEMA:
        connection.executescript((files("trackline.jobs.exporters") / name).read_text(encoding="utf-8"))


def export_to_mlflow(
    source: Source, experiments: list[Experiment], registry: bool, path: Path, watcher: Watcher
) -> None:
    """`registry`: with the registered models. Raises AlreadyThere where there is a file at `path`."""
    ids = [experiment.experiment_id for experiment in experiments]
    watcher.begin("Exporting", source.amounts(ids))
    with new_file(path) as unfinished, _writing(unfinished) as connection:
        _write_experiments(connection, experiments)
        for runs in source.runs(ids):
            _write_runs(connection, runs)
            for one in runs:
                points = 0
                for part in source.points(one.run.info.run_id):
                    connection.executemany(_POINT, _rows_of(part))
                    points += len(part.points.keys)
                watcher.advance(1, points)
        for models in source.logged_models(ids):
            write_logged_models(connection, models)
        if registry:
            write_registered(connection, source.registered_models())


@contextmanager
def _writing(path: Path) -> Iterator[sqlite3.Connection]:
    """A database that nobody else sees until it is finished: half of one is of no use, so nothing is made to last."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA cache_size = -65536")  # KiB
        make_schema(connection)
        connection.execute("BEGIN")
        with _indexed_later(connection):
            yield connection
        connection.execute("COMMIT")
    finally:
        connection.close()


@contextmanager
def _indexed_later(connection: sqlite3.Connection) -> Iterator[None]:
    """The indexes of points are made in the end, all at once: a fifth less work than one row after the other."""
    rows = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'metrics' AND sql IS NOT NULL"
    ).fetchall()
    for name, _ in rows:
        connection.execute(f"DROP INDEX {name}")
    yield
    for _, made_by in rows:
        connection.execute(made_by)


def _write_experiments(connection: sqlite3.Connection, experiments: list[Experiment]) -> None:
    connection.executemany(
        "INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage, creation_time, "
        "last_update_time) VALUES (?, ?, ?, ?, ?, ?)",
        [
            (int(one.experiment_id), one.name, one.artifact_location, one.lifecycle_stage, *_times(one))
            for one in experiments
        ],
    )
    connection.executemany(
        "INSERT INTO experiment_tags (key, value, experiment_id) VALUES (?, ?, ?)",
        [(tag.key, tag.value, int(one.experiment_id)) for one in experiments for tag in one.tags],
    )


def _times(experiment: Experiment) -> tuple[int, int]:
    return experiment.creation_time, experiment.last_update_time


def _write_runs(connection: sqlite3.Connection, runs: list[MovingRun]) -> None:
    connection.executemany(_RUN, [_run(one) for one in runs])
    for table, kept in (("params", "params"), ("tags", "tags")):
        connection.executemany(
            f"INSERT INTO {table} (key, value, run_uuid) VALUES (?, ?, ?)",
            [(each.key, each.value, one.run.info.run_id) for one in runs for each in getattr(one.run.data, kept)],
        )
    connection.executemany(
        _LATEST, [_latest(metric, one.run.info.run_id) for one in runs for metric in one.run.data.metrics]
    )
    for one in runs:
        _write_datasets(connection, one)
        _write_models(connection, one)


def _run(one: MovingRun) -> tuple[Any, ...]:
    info = one.run.info
    times = (info.start_time or 0, info.end_time)
    place = (info.lifecycle_stage, info.artifact_uri, int(info.experiment_id), one.deleted_ms)
    return (info.run_id, info.run_name, info.user_id, info.status, *times, *place)


def _latest(metric: Metric, run_id: str) -> tuple[Any, ...]:
    is_nan = math.isnan(metric.value)
    value = 0.0 if is_nan else min(max(metric.value, -_LARGEST), _LARGEST)
    return (metric.key, value, metric.timestamp, metric.step, is_nan, run_id)


def _rows_of(part: MovingPoints) -> Iterator[tuple[Any, ...]]:
    steps, timestamps, values = part.points.series
    nan = np.isnan(values)
    clipped = np.where(nan, 0.0, np.clip(values, -_LARGEST, _LARGEST))
    keys = map(part.names.__getitem__, part.points.keys.tolist())
    of_run = [part.run_id] * len(steps)
    return zip(keys, clipped.tolist(), timestamps.tolist(), of_run, steps.tolist(), nan.tolist(), strict=True)


def _write_datasets(connection: sqlite3.Connection, one: MovingRun) -> None:
    info = one.run.info
    for given in one.run.inputs.dataset_inputs:
        dataset = given.dataset
        identity = f"{info.experiment_id}\0{dataset.name}\0{dataset.digest}"
        dataset_id = md5(identity.encode(), usedforsecurity=False).hexdigest()
        connection.execute(
            "INSERT OR IGNORE INTO datasets (dataset_uuid, experiment_id, name, digest, dataset_source_type, "
            "dataset_source, dataset_schema, dataset_profile) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (dataset_id, int(info.experiment_id), *msgspec.structs.astuple(dataset)),
        )
        input_id = uuid4().hex
        connection.execute(_INPUT, (input_id, "DATASET", dataset_id, "RUN", info.run_id, 0))
        connection.executemany(
            "INSERT INTO input_tags (input_uuid, name, value) VALUES (?, ?, ?)",
            [(input_id, tag.key, tag.value) for tag in given.tags],
        )


def _write_models(connection: sqlite3.Connection, one: MovingRun) -> None:
    run_id = one.run.info.run_id
    read = [("RUN_INPUT", "MODEL_INPUT", model.model_id, 0) for model in one.run.inputs.model_inputs]
    made = [("RUN_OUTPUT", "MODEL_OUTPUT", model.model_id, model.step) for model in one.run.outputs.model_outputs]
    connection.executemany(
        _INPUT, [(uuid4().hex, kind, run_id, towards, model, step) for kind, towards, model, step in read + made]
    )
