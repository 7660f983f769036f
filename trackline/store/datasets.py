"""What runs read and made: datasets, and models as inputs and outputs."""

from __future__ import annotations

from collections import defaultdict

import msgspec

from trackline.db.transaction import Transaction
from trackline.domain.entities import (
    DATASET_CONTEXT_TAG,
    Dataset,
    DatasetInput,
    DatasetSummary,
    ModelInput,
    ModelOutput,
    Run,
    Tag,
)
from trackline.store.runs import LivingRun, living_run

MAX_SUMMARIES = 1000

_NOTE_MODEL = """
INSERT INTO run_models (run_id, direction, model_id, step) VALUES (:run, :direction, :model, :step)
ON CONFLICT (run_id, direction, model_id) DO UPDATE SET step = excluded.step
"""


def log_inputs(tx: Transaction, uuid: str, datasets: list[DatasetInput], models: list[ModelInput]) -> None:
    """Note what a run read. A dataset that is already noted keeps the tags it was first given."""
    run = living_run(tx, uuid)
    _note_datasets(tx, run, datasets)
    _note_models(tx, run.id, "input", [(model.model_id, 0) for model in models])


def log_outputs(tx: Transaction, uuid: str, models: list[ModelOutput]) -> None:
    run = living_run(tx, uuid)
    _note_models(tx, run.id, "output", [(model.model_id, model.step) for model in models])


def note_run_inputs(tx: Transaction, runs: dict[int, tuple[int, Run]]) -> None:
    """What whole runs read and made, by their number, each with its experiment's; what is noted stays as it is."""
    by_experiment: defaultdict[int, list[tuple[int, DatasetInput]]] = defaultdict(list)
    for number, (experiment, run) in runs.items():
        by_experiment[experiment] += [(number, given) for given in run.inputs.dataset_inputs]
    for experiment, inputs in by_experiment.items():
        if inputs:
            numbers = _dataset_numbers(tx, experiment, [given.dataset for _, given in inputs])
            _write_inputs(
                tx, [(run, numbers[given.dataset.name, given.dataset.digest], given.tags) for run, given in inputs]
            )
    models = [
        (number, "input", model.model_id, 0) for number, (_, run) in runs.items() for model in run.inputs.model_inputs
    ]
    models += [
        (number, "output", model.model_id, model.step)
        for number, (_, run) in runs.items()
        for model in run.outputs.model_outputs
    ]
    tx.many(_NOTE_MODEL, [dict(zip(("run", "direction", "model", "step"), model, strict=True)) for model in models])


def dataset_inputs_of(tx: Transaction, run_ids: list[int]) -> dict[int, list[DatasetInput]]:
    among = tx.dialect.among("i.run_id", "runs")
    tags: defaultdict[tuple[int, int], list[Tag]] = defaultdict(list)
    rows = tx.rows(
        "SELECT i.run_id, i.dataset_id, d.name, d.digest, d.source_type, d.source, d.schema, d.profile "
        f"FROM dataset_inputs i JOIN datasets d ON d.id = i.dataset_id WHERE {among} ORDER BY i.run_id, i.dataset_id",
        {"runs": run_ids},
    )
    if rows:
        for run_id, dataset_id, key, value in tx.rows(
            f"SELECT i.run_id, i.dataset_id, i.key, i.value FROM dataset_input_tags i WHERE {among} ORDER BY i.key",
            {"runs": run_ids},
        ):
            tags[run_id, dataset_id].append(Tag(key, value))
    inputs: defaultdict[int, list[DatasetInput]] = defaultdict(list)
    for run_id, dataset_id, *fields in rows:
        inputs[run_id].append(DatasetInput(Dataset(*fields), tags[run_id, dataset_id]))
    return inputs


def models_of(tx: Transaction, run_ids: list[int]) -> tuple[dict[int, list[ModelInput]], dict[int, list[ModelOutput]]]:
    """The models that these runs read, and those that they made."""
    read: defaultdict[int, list[ModelInput]] = defaultdict(list)
    made: defaultdict[int, list[ModelOutput]] = defaultdict(list)
    for run_id, direction, model_id, step in tx.rows(
        "SELECT run_id, direction, model_id, step FROM run_models "
        f"WHERE {tx.dialect.among('run_id', 'runs')} ORDER BY run_id, step, model_id",
        {"runs": run_ids},
    ):
        if direction == "input":
            read[run_id].append(ModelInput(model_id))
        else:
            made[run_id].append(ModelOutput(model_id, step))
    return read, made


def search_datasets(tx: Transaction, experiment_ids: list[int]) -> list[DatasetSummary]:
    """The datasets that runs of these experiments read, once for each purpose; at most 1,000."""
    rows = tx.rows(
        "SELECT DISTINCT d.experiment_id, d.name, d.digest, t.value "
        "FROM datasets d JOIN dataset_inputs i ON i.dataset_id = d.id "
        "LEFT JOIN dataset_input_tags t ON t.run_id = i.run_id AND t.dataset_id = i.dataset_id AND t.key = :context "
        f"WHERE {tx.dialect.among('d.experiment_id', 'experiments')} "
        "ORDER BY d.experiment_id, d.name, d.digest, t.value LIMIT :most",
        {"context": DATASET_CONTEXT_TAG, "experiments": experiment_ids, "most": MAX_SUMMARIES},
    )
    return [DatasetSummary(str(experiment), name, digest, context) for experiment, name, digest, context in rows]


def _note_datasets(tx: Transaction, run: LivingRun, inputs: list[DatasetInput]) -> None:
    if not inputs:
        return
    numbers = _dataset_numbers(tx, run.experiment_id, [given.dataset for given in inputs])
    query = "SELECT dataset_id FROM dataset_inputs WHERE run_id = :run"
    noted = {number for (number,) in tx.rows(query, {"run": run.id})}
    new: dict[int, list[Tag]] = {}
    for given in inputs:
        number = numbers[given.dataset.name, given.dataset.digest]
        if number not in noted:
            new.setdefault(number, given.tags)
    _write_inputs(tx, [(run.id, number, tags) for number, tags in new.items()])


def _write_inputs(tx: Transaction, inputs: list[tuple[int, int, list[Tag]]]) -> None:
    """(run, dataset, tags) each."""
    tx.many(
        "INSERT INTO dataset_inputs (run_id, dataset_id) VALUES (:run, :dataset) ON CONFLICT DO NOTHING",
        [{"run": run, "dataset": dataset} for run, dataset, _ in inputs],
    )
    tx.many(
        "INSERT INTO dataset_input_tags (run_id, dataset_id, key, value) VALUES (:run, :dataset, :key, :value) "
        "ON CONFLICT (run_id, dataset_id, key) DO UPDATE SET value = excluded.value",
        [
            {"run": run, "dataset": dataset, "key": tag.key, "value": tag.value}
            for run, dataset, tags in inputs
            for tag in tags
        ],
    )


def _dataset_numbers(tx: Transaction, experiment_id: int, datasets: list[Dataset]) -> dict[tuple[str, str], int]:
    """By name and digest; one that is known stays as it was first described."""
    tx.many(
        "INSERT INTO datasets (experiment_id, name, digest, source_type, source, schema, profile) "
        "VALUES (:experiment, :name, :digest, :source_type, :source, :schema, :profile) "
        "ON CONFLICT (experiment_id, name, digest) DO NOTHING",
        [{"experiment": experiment_id, **msgspec.structs.asdict(dataset)} for dataset in datasets],
    )
    rows = tx.rows(
        "SELECT name, digest, id FROM datasets "
        f"WHERE experiment_id = :experiment AND {tx.dialect.among('name', 'names')}",
        {"experiment": experiment_id, "names": [dataset.name for dataset in datasets]},
    )
    return {(name, digest): number for name, digest, number in rows}


def _note_models(tx: Transaction, run_id: int, direction: str, models: list[tuple[str, int]]) -> None:
    if models:
        tx.many(
            _NOTE_MODEL,
            [{"run": run_id, "direction": direction, "model": model_id, "step": step} for model_id, step in models],
        )
