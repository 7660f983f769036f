"""Datasets and models as inputs and outputs of runs."""

from __future__ import annotations

from typing import Any

from tests.contract.conformance.talk import Talk, case, each

SEARCH = "/ajax-api/2.0/mlflow/experiments/search-datasets"
DATA = {"name": "iris", "digest": "a1", "source_type": "local", "source": "file:///iris.csv"}
TRAINING = {"key": "mlflow.data.context", "value": "training"}


def _inputs(answer: Any) -> Any:
    return answer["run"].get("inputs")


@case
def datasets_are_logged_once(talk: Talk) -> None:
    run = talk.run(talk.experiment())
    full = {
        "dataset": DATA | {"schema": "{}", "profile": '{"rows": 1}'},
        "tags": [TRAINING, {"key": "k", "value": "v"}],
    }
    changed = {"dataset": DATA | {"source": "elsewhere", "schema": "new"}, "tags": [TRAINING | {"value": "eval"}]}
    other = {"dataset": DATA | {"digest": "b2"}}
    for datasets in ([full], [full], [changed], [other, other], []):
        talk.post("runs/log-inputs", {"run_id": run, "datasets": datasets})
        talk.get("runs/get", {"run_id": run}, show=_inputs)


@case
def a_dataset_is_shared_by_the_runs_of_an_experiment(talk: Talk) -> None:
    experiment = talk.experiment()
    first, second = talk.run(experiment), talk.run(experiment)
    talk.post("runs/log-inputs", {"run_id": first, "datasets": [{"dataset": DATA, "tags": [TRAINING]}]})
    talk.post("runs/log-inputs", {"run_id": second, "datasets": [{"dataset": DATA | {"source": "new"}}]})
    for run in (first, second):
        talk.get("runs/get", {"run_id": run}, show=_inputs)


@case
def datasets_have_rules(talk: Talk) -> None:
    run = talk.run(talk.experiment())
    for fields in (
        {"name": "n" * 501},
        {"digest": "d" * 37},
        {"source": "s" * 65536},
        {"schema": "s" * 1048576},
    ):
        talk.post("runs/log-inputs", {"run_id": run, "datasets": [{"dataset": DATA | fields}]})
    for tag in ({"key": "k" * 256, "value": "v"}, {"key": "k", "value": "v" * 501}):
        talk.post("runs/log-inputs", {"run_id": run, "datasets": [{"dataset": DATA, "tags": [tag]}]})
    other = talk.run(talk.experiment("other"))
    for field in DATA:
        nameless = {"dataset": DATA | {field: None}}
        talk.post("runs/log-inputs", {"run_id": other, "datasets": [nameless]}, differs="nameless dataset")
    fits = {"name": "n" * 500, "digest": "d" * 36, "source": "s" * 65535, "schema": "s" * 1048575}
    talk.post("runs/log-inputs", {"run_id": run, "datasets": [{"dataset": DATA | fits}]})
    talk.get("runs/get", {"run_id": run}, show=_inputs)


@case
def inputs_need_a_run(talk: Talk) -> None:
    datasets = [{"dataset": DATA}]
    for body in ({}, {"run_id": ""}, {"run_id": "none"}, {"run_id": 5}, {"run_id": "a b"}):
        talk.post("runs/log-inputs", {**body, "datasets": datasets}, message=True)
    run = talk.run(talk.experiment())
    for fields in each({}, {"datasets": None}, {"models": []}):
        talk.post("runs/log-inputs", {"run_id": run, **fields})
    for wrong in each({"datasets": "a"}, {"datasets": {}}, {"models": "a"}):
        talk.post("runs/log-inputs", {"run_id": run, **wrong}, message=True)


@case
def models_are_inputs_and_outputs(talk: Talk) -> None:
    experiment = talk.experiment()
    run, one, two = talk.run(experiment), talk.model(experiment), talk.model(experiment)
    for _ in range(2):
        talk.post("runs/log-inputs", {"run_id": run, "models": [{"model_id": one}]})
    talk.post("runs/outputs", {"run_id": run, "models": [{"model_id": one, "step": 1}, {"model_id": two}]})
    talk.get("runs/get", {"run_id": run})
    talk.post("runs/outputs", {"run_id": run, "models": [{"model_id": one, "step": 2}]}, differs="sent again")
    talk.post("runs/outputs", {})
    for body in (
        {"run_id": run},
        {"run_id": "none", "models": [{"model_id": one}]},
        {"run_id": run, "models": "a"},
    ):
        talk.post("runs/outputs", body, message=True)


@case
def datasets_of_experiments_are_summed_up(talk: Talk) -> None:
    one, two, empty = talk.experiment("one"), talk.experiment("two"), talk.experiment("empty")
    other = {"dataset": DATA | {"name": "mnist"}, "tags": [{"key": "k", "value": "v"}]}
    for experiment, datasets in (
        (one, [{"dataset": DATA, "tags": [TRAINING]}]),
        (one, [{"dataset": DATA, "tags": [TRAINING | {"value": "eval"}]}, other]),
        (two, [{"dataset": DATA, "tags": [TRAINING]}]),
    ):
        talk.set_up("runs/log-inputs", {"run_id": talk.run(experiment), "datasets": datasets})
    for experiments in ([one], [one, two], [empty], ["999999"], [one, one]):
        talk.post(SEARCH, {"experiment_ids": experiments})
    for body in each({}, {"experiment_ids": []}, {"experiment_ids": ["x"]}, {"experiment_ids": ["1"] * 21}):
        talk.post(SEARCH, body, message=True)
    talk.post("/api/2.0/mlflow/experiments/search-datasets", {"experiment_ids": [one]}, differs="no page")
