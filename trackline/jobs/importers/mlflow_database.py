"""A database of MLflow's, of versions 2.3 to 3.17. What the versions differ in is asked of the tables themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from trackline.db.reading import Reading
from trackline.domain.entities import Experiment, Tag
from trackline.domain.moving import MovingModel, MovingPoints, MovingRegistered, MovingRun
from trackline.domain.points import Points, Series
from trackline.jobs.importers.mlflow_models import read_logged_models, read_registered
from trackline.jobs.importers.mlflow_runs import read_runs
from trackline.jobs.importers.mlflow_tables import Tables
from trackline.jobs.importers.mlflow_values import with_infinity
from trackline.jobs.importers.source import BATCH, SLICE, Amounts, Left, UnusableSource, numbers

_HAS_NO_PLACE = "Trackline has no place for them yet"
# Of what is not brought over: the table that counts it, and what it is called.
_LEFT = {
    "trace_info": "traces",
    "spans": "spans of traces",
    "assessments": "assessments of traces",
    "evaluation_datasets": "evaluation datasets",
    "scorers": "scorers",
    "label_schemas": "label schemas",
    "review_queues": "review queues",
    "issues": "issues",
    "endpoints": "gateway endpoints",
    "secrets": "gateway secrets",
    "budget_policies": "budget policies",
    "mcp_servers": "MCP servers",
    "guardrails": "guardrails",
    "webhooks": "webhooks",
    "jobs": "background jobs",
}
_REASONS = {"webhooks": "their secrets are sealed with a key of that server; make them anew"}


class _Places(dict[str, int]):
    """The place of each name, given as names come."""

    def __missing__(self, name: str) -> int:
        place = self[name] = len(self)
        return place


class MlflowDatabase:
    """Satisfies `Source`."""

    def __init__(self, reading: Reading, shown: str) -> None:
        self.shown = shown
        self._reading = reading
        self._tables = Tables(reading)
        if not self._tables.has("experiments", "runs", "metrics", "params", "tags"):
            raise UnusableSource(f"{shown} is no database of MLflow's: it lacks its tables.", "Name another.")
        if not self._tables.has_column("metrics", "is_nan"):
            raise UnusableSource(
                f"{shown} was written by an MLflow older than 2.3.",
                "Copy it, bring the copy up to date (mlflow db upgrade sqlite:////path/of/copy.db) and import that.",
            )

    def experiments(self) -> list[Experiment]:
        tables = self._tables
        rows = tables.rows(
            "SELECT experiment_id, name, artifact_location, lifecycle_stage, "
            f"{tables.column('experiments', 'last_update_time')}, {tables.column('experiments', 'creation_time')} "
            f"FROM experiments WHERE {tables.in_default_workspace('experiments')} ORDER BY experiment_id"
        )
        tags: dict[int, list[Tag]] = {}
        for number, key, value in tables.rows('SELECT experiment_id, "key", value FROM experiment_tags ORDER BY "key"'):
            tags.setdefault(number, []).append(Tag(key, value or ""))
        return [
            Experiment(
                str(number),
                name,
                location or "",
                lifecycle or "active",
                updated or 0,
                created or 0,
                tags.get(number, []),
            )
            for number, name, location, lifecycle, updated, created in rows
        ]

    def amounts(self, experiments: list[str]) -> Amounts:
        among = {"experiments": numbers(experiments)}
        of_run = self._tables.among("r.experiment_id", "experiments")
        runs = self._tables.count(f"SELECT count(*) FROM runs r WHERE {of_run}", among)
        if runs == self._tables.count("SELECT count(*) FROM runs", {}):
            return Amounts(runs, self._tables.count("SELECT count(*) FROM metrics", {}))
        points = f"SELECT count(*) FROM runs r JOIN metrics m ON m.run_uuid = r.run_uuid WHERE {of_run}"
        return Amounts(runs, self._tables.count(points, among))

    def left_behind(self) -> list[Left]:
        tables = self._tables
        counts = {table: tables.count(f"SELECT count(*) FROM {table}", {}) for table in _LEFT if tables.has(table)}
        left = [Left(_LEFT[table], count, _REASONS.get(table, _HAS_NO_PLACE)) for table, count in counts.items()]
        for table, what in (("experiments", "experiments"), ("registered_models", "registered models")):
            others = f"SELECT count(*) FROM {table} WHERE NOT ({tables.in_default_workspace(table)})"
            reason = "they are in another workspace than 'default', and Trackline has no workspaces"
            left.append(Left(what, tables.count(others, {}) if tables.has(table) else 0, reason))
        return [one for one in left if one.amount]

    def runs(self, experiments: list[str]) -> Iterator[list[MovingRun]]:
        ids = self._tables.rows(
            f"SELECT run_uuid FROM runs WHERE {self._tables.among('experiment_id', 'experiments')} "
            "ORDER BY start_time, run_uuid",
            {"experiments": numbers(experiments)},
        )
        for first in range(0, len(ids), BATCH):
            yield read_runs(self._tables, [run_id for (run_id,) in ids[first : first + BATCH]])

    def runs_of(self, run_ids: list[str]) -> dict[str, MovingRun]:
        return {one.run.info.run_id: one for one in read_runs(self._tables, run_ids)}

    def point_counts(self, run_ids: list[str]) -> dict[str, int]:
        among = self._tables.among("run_uuid", "runs")
        query = f"SELECT run_uuid, count(*) FROM metrics WHERE {among} GROUP BY run_uuid"
        return dict(self._tables.rows(query, {"runs": run_ids}))

    def points(self, run_id: str) -> Iterator[MovingPoints]:
        return self._points("run_uuid = :run", {"run": run_id})

    def series_counts(self, run_id: str) -> dict[str, int]:
        key = self._reading.exactly('"key"')
        query = f'SELECT max("key"), count(*) FROM metrics WHERE run_uuid = :run GROUP BY {key}'
        return dict(self._tables.rows(query, {"run": run_id}))

    def series(self, run_id: str, key: str) -> Iterator[MovingPoints]:
        its_key = self._reading.exactly('"key"')
        return self._points(f"run_uuid = :run AND {its_key} = :key ORDER BY timestamp", {"run": run_id, "key": key})

    def logged_models(self, experiments: list[str]) -> Iterator[list[MovingModel]]:
        return read_logged_models(self._tables, numbers(experiments))

    def registered_models(self) -> Iterator[MovingRegistered]:
        return read_registered(self._tables)

    def close(self) -> None:
        self._reading.close()

    def _points(self, condition: str, parameters: dict[str, Any]) -> Iterator[MovingPoints]:
        flag = "CASE WHEN is_nan THEN 1 ELSE 0 END"
        query = f'SELECT "key", step, timestamp, value, {flag} FROM metrics WHERE {condition}'
        places = _Places()
        for rows in self._reading.stream(query, parameters, SLICE):
            keys, steps, timestamps, values, nans = zip(*rows, strict=True)
            value = with_infinity(np.array(values, np.float64) + 0.0)
            value[np.array(nans, np.bool_)] = np.nan
            key = np.fromiter(map(places.__getitem__, keys), np.uint32, len(keys))
            series = Series(np.array(steps, np.int64), np.array(timestamps, np.int64), value)
            yield MovingPoints(parameters["run"], list(places), Points(key, series))
