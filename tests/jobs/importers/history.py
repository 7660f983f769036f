"""A small history, made and read by a real MLflow of any generation, in whose environment this runs:

python history.py make URI ARTIFACTS     fills an empty tracker
python history.py grow URI               goes on with it
python history.py read URI               prints all that the client sees as JSON, in an order of its own
python history.py each                   the same, a line for each URI on its standard input, until that ends
"""

from __future__ import annotations

import json
import math
import sys
import tempfile
from pathlib import Path
from typing import Any

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag, ViewType

VALUES = [0.5, math.nan, math.inf, -math.inf, -0.0, 1e-300, 3.0]
LARGEST = sys.float_info.max


def make(client: MlflowClient, artifacts: str) -> None:
    first = client.create_experiment("first/á", artifact_location=f"{artifacts}/first", tags={"team": "ñandú"})
    second = client.create_experiment("second", artifact_location=f"{artifacts}/second")
    client.set_experiment_tag(first, "mlflow.note.content", "# Why\n" * 10)
    parent = _run(client, first, "parent", 3000)
    for number in range(3):
        child = _run(client, first, f"child {number}", 10 + number)
        client.set_tag(child, "mlflow.parentRunId", parent)
        client.set_terminated(child, ["FINISHED", "FAILED", "KILLED"][number])
    client.set_terminated(parent)
    running = _run(client, second, "running", 5)
    gone = _run(client, second, "gone", 5)
    client.delete_run(gone)
    doomed = client.create_experiment("doomed", artifact_location=f"{artifacts}/doomed")
    _run(client, doomed, "doomed", 2)
    client.delete_experiment(doomed)
    _run(client, "0", "in the default one", 2)
    if hasattr(client, "log_inputs"):
        _datasets(client, parent)
    if hasattr(client, "create_logged_model"):
        _logged_model(client, second, running)
    _registry(client, parent)


def _run(client: MlflowClient, experiment: str, name: str, points: int) -> str:
    run_id: str = client.create_run(
        experiment, run_name=name, tags={"mlflow.user": "ann", "kind": "x" * 500}
    ).info.run_id
    client.log_batch(
        run_id,
        params=[Param("lr", "0.1"), Param("layers/first", "64"), Param("text", "日本 " * 50)],
        tags=[RunTag("note", "a\nb")],
        metrics=[Metric("odd", value, 1_000 + at, at) for at, value in enumerate(VALUES)],
    )
    for first in range(0, points, 1000):
        steps = range(first, min(first + 1000, points))
        metrics = [
            Metric(f"loss/{step % 3}", 1 / (step + 1), 1_700_000_000_000 + step * 7, step // 3) for step in steps
        ]
        client.log_batch(run_id, metrics=metrics)
    client.log_metric(run_id, "negative", 1.0, 5, -3)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "notes.txt")
        file.write_text(f"of {name}")
        client.log_artifact(run_id, str(file), "deep/er")
    return run_id


def _datasets(client: MlflowClient, run_id: str) -> None:
    from mlflow.entities import Dataset, DatasetInput, InputTag

    dataset = Dataset("iris", "abc123", "local", '{"uri": "iris.csv"}', '{"a": 1}', '{"rows": 150}')
    client.log_inputs(run_id, [DatasetInput(dataset, [InputTag("mlflow.data.context", "training")])])


def _logged_model(client: MlflowClient, experiment: str, run_id: str) -> None:
    from mlflow.entities import LoggedModelInput, LoggedModelOutput

    model = client.create_logged_model(experiment, "net", run_id, {"colour": "red"}, {"depth": "3"}, "torch")
    client.log_metric(
        run_id, "auc", 0.75, 1_000, 2, dataset_name="iris", dataset_digest="abc123", model_id=model.model_id
    )
    client.log_outputs(run_id, [LoggedModelOutput(model.model_id, 4)])
    client.log_inputs(run_id, models=[LoggedModelInput(model.model_id)])
    client.finalize_logged_model(model.model_id, "READY")


def _registry(client: MlflowClient, run_id: str) -> None:
    client.create_registered_model("shop", {"owner": "ann"}, "What the shop shows")
    source = f"{client.get_run(run_id).info.artifact_uri}/deep"
    for number in range(4):
        client.create_model_version("shop", source, run_id, tags={"n": str(number)}, description=f"number {number}")
    client.transition_model_version_stage("shop", "1", "Archived")
    client.transition_model_version_stage("shop", "2", "Production")
    client.delete_model_version("shop", "4")
    if hasattr(client, "set_registered_model_alias"):
        client.set_registered_model_alias("shop", "champion", "2")


def grow(client: MlflowClient) -> None:
    second = client.get_experiment_by_name("second").experiment_id
    (running,) = client.search_runs([second], "attributes.status = 'RUNNING'")
    client.log_metric(running.info.run_id, "late", 1.0, 7, 1)
    client.log_metric(running.info.run_id, "loss/0", 9.0, 1, 1)  # before all others
    client.set_terminated(running.info.run_id)
    _run(client, second, "new", 4)


def read(client: MlflowClient) -> Any:
    experiments = client.search_experiments(ViewType.ALL)
    runs = client.search_runs([one.experiment_id for one in experiments], run_view_type=ViewType.ALL, max_results=1000)
    found: dict[str, Any] = {
        "experiments": {
            one.name: [one.experiment_id, one.lifecycle_stage, one.creation_time, one.artifact_location, one.tags]
            for one in experiments
        },
        "runs": {run.info.run_id: _read_run(client, run) for run in runs},
        "models": {model.name: _read_model(client, model) for model in client.search_registered_models()},
    }
    if hasattr(client, "search_logged_models"):
        models = client.search_logged_models([one.experiment_id for one in experiments])
        found["logged models"] = {one.model_id: _read_logged_model(one) for one in models}
    return found


def _read_run(client: MlflowClient, run: Any) -> Any:
    info, data = run.info, run.data
    inputs = getattr(run, "inputs", None)
    return {
        "info": [info.run_name, info.experiment_id, info.user_id, info.status, info.start_time, info.end_time],
        "place": [info.lifecycle_stage, info.artifact_uri],
        "params": data.params,
        "tags": data.tags,
        "latest": {key: _number(value) for key, value in data.metrics.items()},
        "points": {
            key: sorted(
                [one.timestamp, one.step, _number(one.value)] for one in client.get_metric_history(info.run_id, key)
            )
            for key in data.metrics
        },
        "datasets": [
            [one.dataset.name, one.dataset.digest, one.dataset.profile, {tag.key: tag.value for tag in one.tags}]
            for one in (inputs.dataset_inputs if inputs else [])
        ],
    }


def _read_model(client: MlflowClient, model: Any) -> Any:
    versions = client.search_model_versions(f"name='{model.name}'")
    return {
        "model": [model.description, model.creation_timestamp, model.tags],
        "aliases": {alias: str(version) for alias, version in getattr(model, "aliases", {}).items()},
        "versions": {
            one.version: [one.current_stage, one.description, one.source, one.run_id, one.tags, one.creation_timestamp]
            for one in versions
        },
    }


def _read_logged_model(one: Any) -> Any:
    metrics = [[metric.key, _number(metric.value), metric.step, metric.dataset_name] for metric in one.metrics]
    return [one.name, one.model_type, str(one.status), one.tags, one.params, one.artifact_location, *sorted(metrics)]


def _number(value: float) -> str:
    """MLflow's databases have the largest number for infinity."""
    return repr(math.copysign(math.inf, value) if abs(value) == LARGEST else value + 0.0)


def main() -> None:
    command, *rest = sys.argv[1:]
    if command == "make":
        make(_client(rest[0]), rest[1])
    elif command == "grow":
        grow(_client(rest[0]))
    else:
        for uri in rest if command == "read" else sys.stdin:
            print(json.dumps(read(_client(uri.strip())), sort_keys=True), flush=True)


def _client(uri: str) -> MlflowClient:
    mlflow.set_tracking_uri(uri)
    return MlflowClient()


if __name__ == "__main__":
    main()
