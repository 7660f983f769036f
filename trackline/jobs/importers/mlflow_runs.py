"""Runs in a database of MLflow's."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from trackline.domain.entities import (
    RUN_NAME_TAG,
    Dataset,
    DatasetInput,
    ModelInput,
    ModelOutput,
    Param,
    Run,
    RunData,
    RunInfo,
    RunInputs,
    RunOutputs,
    Tag,
)
from trackline.domain.moving import MovingRun
from trackline.jobs.importers.mlflow_tables import Tables


def read_runs(tables: Tables, run_ids: list[str]) -> list[MovingRun]:
    """In the order of the ids."""
    runs = {"runs": run_ids}
    rows = tables.rows(
        f"SELECT run_uuid, {tables.column('runs', 'name')}, experiment_id, user_id, status, artifact_uri, "
        f"lifecycle_stage, start_time, end_time, {tables.column('runs', 'deleted_time')} "
        f"FROM runs WHERE {tables.among('run_uuid', 'runs')}",
        runs,
    )
    params: defaultdict[str, list[Param]] = defaultdict(list)
    for run_id, key, value in _values(tables, "params", runs):
        params[run_id].append(Param(key, value))
    tags: defaultdict[str, list[Tag]] = defaultdict(list)
    for run_id, key, value in _values(tables, "tags", runs):
        tags[run_id].append(Tag(key, value or ""))
    datasets = _datasets(tables, runs)
    read, made = _models(tables, runs)
    found = {
        row[0]: MovingRun(
            Run(
                _info(row, tags[row[0]]),
                RunData([], params[row[0]], tags[row[0]]),
                RunInputs(datasets[row[0]], read[row[0]]),
                RunOutputs(made[row[0]]),
            ),
            row[-1],
        )
        for row in rows
    }
    return [found[run_id] for run_id in run_ids if run_id in found]


def _info(row: tuple[Any, ...], tags: list[Tag]) -> RunInfo:
    run_id, name, experiment, user_id, status, artifact_uri, lifecycle, start_ms, end_ms, _ = row
    return RunInfo(
        run_id=run_id,
        run_uuid=run_id,
        run_name=name or next((tag.value for tag in tags if tag.key == RUN_NAME_TAG), ""),
        experiment_id=str(experiment),
        user_id=user_id or "",
        status=status or "RUNNING",
        artifact_uri=artifact_uri or "",
        lifecycle_stage=lifecycle or "active",
        start_time=start_ms,
        end_time=end_ms,
    )


def _values(tables: Tables, table: str, runs: dict[str, list[str]]) -> list[tuple[str, str, str]]:
    return tables.rows(
        f'SELECT run_uuid, "key", value FROM {table} WHERE {tables.among("run_uuid", "runs")} ORDER BY run_uuid, "key"',
        runs,
    )


def _datasets(tables: Tables, runs: dict[str, list[str]]) -> defaultdict[str, list[DatasetInput]]:
    inputs: defaultdict[str, list[DatasetInput]] = defaultdict(list)
    if not tables.has("datasets", "inputs", "input_tags"):
        return inputs
    of_runs = "i.source_type = 'DATASET' AND i.destination_type = 'RUN' AND " + tables.among("i.destination_id", "runs")
    tags: defaultdict[str, list[Tag]] = defaultdict(list)
    for input_id, key, value in tables.rows(
        "SELECT t.input_uuid, t.name, t.value FROM input_tags t JOIN inputs i ON i.input_uuid = t.input_uuid "
        f"WHERE {of_runs} ORDER BY t.name",
        runs,
    ):
        tags[input_id].append(Tag(key, value))
    for run_id, input_id, *fields in tables.rows(
        "SELECT i.destination_id, i.input_uuid, d.name, d.digest, d.dataset_source_type, d.dataset_source, "
        "d.dataset_schema, d.dataset_profile FROM inputs i JOIN datasets d ON d.dataset_uuid = i.source_id "
        f"WHERE {of_runs} ORDER BY d.name, d.digest",
        runs,
    ):
        inputs[run_id].append(DatasetInput(Dataset(*fields), tags[input_id]))
    return inputs


def _models(
    tables: Tables, runs: dict[str, list[str]]
) -> tuple[defaultdict[str, list[ModelInput]], defaultdict[str, list[ModelOutput]]]:
    """The models that these runs read, and those that they made."""
    read: defaultdict[str, list[ModelInput]] = defaultdict(list)
    made: defaultdict[str, list[ModelOutput]] = defaultdict(list)
    if not tables.has_column("inputs", "step"):  # it came with the models
        return read, made
    of_runs = f"source_type IN ('RUN_INPUT', 'RUN_OUTPUT') AND {tables.among('source_id', 'runs')}"
    for run_id, kind, model_id, step in tables.rows(
        f"SELECT source_id, source_type, destination_id, step FROM inputs WHERE {of_runs} ORDER BY 4, 3",
        runs,
    ):
        if kind == "RUN_INPUT":
            read[run_id].append(ModelInput(model_id))
        else:
            made[run_id].append(ModelOutput(model_id, step))
    return read, made
