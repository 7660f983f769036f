"""Datasets as inputs of runs."""

from __future__ import annotations

import json

import mlflow
import numpy as np
import pandas as pd

from tests.contract.clients.harness import names, scenario

FRAME = pd.DataFrame({"x": [1.0, 2.0, 3.0], "y": [0, 1, 0]})


@scenario("2.22")
def inputs_are_logged_with_context_and_tags(experiment_id: str) -> None:
    train = mlflow.data.from_pandas(FRAME, source="data/wine.csv", name="wine", targets="y")
    test = mlflow.data.from_numpy(np.arange(6.0).reshape(3, 2), name="grid")
    with mlflow.start_run() as run:
        mlflow.log_input(train, context="training", tags={"split": "first"})
        mlflow.log_input(train, context="training")
        mlflow.log_input(test)
    inputs = {i.dataset.name: i for i in mlflow.get_run(run.info.run_id).inputs.dataset_inputs}
    assert set(inputs) == {"wine", "grid"}
    wine = inputs["wine"]
    assert {tag.key: tag.value for tag in wine.tags} == {"mlflow.data.context": "training", "split": "first"}
    assert wine.dataset.digest == train.digest
    assert json.loads(wine.dataset.profile) == {"num_rows": 3, "num_elements": 6}
    assert "mlflow_colspec" in json.loads(wine.dataset.schema)
    source = mlflow.data.get_source(wine.dataset)
    assert source.to_dict()["uri"].endswith("data/wine.csv")
    assert inputs["grid"].tags == [] and inputs["grid"].dataset.digest == test.digest


@scenario("2.22")
def runs_are_found_by_their_datasets(experiment_id: str) -> None:
    for name, context in (("red", "train"), ("white", "train"), ("white", "eval")):
        dataset = mlflow.data.from_pandas(FRAME, name=name)
        with mlflow.start_run(run_name=f"{name} {context}"):
            mlflow.log_input(dataset, context=context)
    with mlflow.start_run(run_name="none"):
        pass
    expected = {
        "dataset.name = 'white'": ["white eval", "white train"],
        "datasets.name != 'white'": ["red train"],
        "dataset.name LIKE 'w%' AND dataset.context = 'eval'": ["white eval"],
        f"dataset.digest = '{dataset.digest}'": ["red train", "white eval", "white train"],
        "datasets.context = 'train'": ["red train", "white train"],
        "dataset.name = 'rosé'": [],
    }
    for filter_string, found in expected.items():
        runs = mlflow.search_runs([experiment_id], filter_string, output_format="list")
        assert sorted(names(runs)) == found, (filter_string, names(runs))
    listed = mlflow.search_runs([experiment_id], "dataset.context = 'eval'", output_format="list")
    assert [i.dataset.name for i in listed[0].inputs.dataset_inputs] == ["white"]
