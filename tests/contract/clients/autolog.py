"""Autologging of scikit-learn. The client swallows every failure in it, hence the look at its warnings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import mlflow
import pandas as pd
from mlflow.artifacts import download_artifacts
from mlflow.entities import Run
from sklearn.datasets import load_diabetes
from sklearn.ensemble import RandomForestRegressor
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.tree import DecisionTreeRegressor

from tests.contract.clients.harness import CLIENT, environment, scenario, warnings_of_mlflow

FEATURES, TARGET = load_diabetes(return_X_y=True, as_frame=True)
X_TRAIN, X_TEST, Y_TRAIN, Y_TEST = train_test_split(FEATURES[:120], TARGET[:120], random_state=0)


@contextmanager
def autologging() -> Iterator[None]:
    mlflow.sklearn.autolog(log_input_examples=True, log_model_signatures=True)
    try:
        # To find a model's requirements the client loads it in a new process for many seconds; cut short,
        # it warns and takes the usual ones. No server is asked in this.
        with warnings_of_mlflow() as messages, environment(MLFLOW_REQUIREMENTS_INFERENCE_TIMEOUT="1"):
            yield
    finally:
        mlflow.sklearn.autolog(disable=True)
    others = [text for text in messages if "requirements" not in text]
    failures = [text for text in others if "error" in text.lower() or "failed" in text.lower()]
    assert not failures, failures


def model_of(run: Run) -> str:
    return f"runs:/{run.info.run_id}/model"


@scenario("2.3")
def a_forest_logs_itself(experiment_id: str) -> None:
    with autologging():
        forest = RandomForestRegressor(n_estimators=7, random_state=0).fit(X_TRAIN, Y_TRAIN)
        score = forest.score(X_TEST, Y_TEST)
    (run,) = mlflow.search_runs([experiment_id], output_format="list")
    assert run.info.status == "FINISHED"
    assert run.data.params["n_estimators"] == "7" and len(run.data.params) > 10
    assert run.data.tags["estimator_name"] == "RandomForestRegressor"
    assert run.data.metrics["training_r2_score"] > 0.5
    assert score in [v for key, v in run.data.metrics.items() if key.startswith("RandomForestRegressor_score")]
    loaded = mlflow.pyfunc.load_model(model_of(run))
    assert (loaded.predict(X_TEST) == forest.predict(X_TEST)).all()
    inputs = loaded.metadata.signature.inputs
    assert [column.name for column in inputs] == list(FEATURES.columns)
    assert len(loaded.metadata.load_input_example(download_artifacts(model_of(run)))) == 5
    if CLIENT >= (2, 22):
        contexts = [{t.key: t.value for t in i.tags} for i in run.inputs.dataset_inputs]
        assert {"mlflow.data.context": "train"} in contexts


@scenario("2.3")
def a_grid_search_logs_its_children(experiment_id: str) -> None:
    grid = {"max_depth": [1, 2], "min_samples_leaf": [1, 4]}
    with autologging(), mlflow.start_run(run_name="grid") as active:
        search = GridSearchCV(DecisionTreeRegressor(random_state=0), grid, cv=2).fit(X_TRAIN, Y_TRAIN)
    run = mlflow.get_run(active.info.run_id)
    assert run.data.params["best_max_depth"] == str(search.best_params_["max_depth"])
    assert run.data.metrics["best_cv_score"] == search.best_score_
    children = mlflow.search_runs(
        [experiment_id], f"tags.`mlflow.parentRunId` = '{run.info.run_id}'", output_format="list"
    )
    tried = {(c.data.params["max_depth"], c.data.params["min_samples_leaf"]) for c in children}
    assert tried == {("1", "1"), ("1", "4"), ("2", "1"), ("2", "4")}
    assert {c.info.status for c in children} == {"FINISHED"}
    results = pd.read_csv(download_artifacts(run_id=run.info.run_id, artifact_path="cv_results.csv"))
    assert len(results) == 4
    best = mlflow.sklearn.load_model(f"runs:/{run.info.run_id}/best_estimator")
    assert (best.predict(X_TEST) == search.predict(X_TEST)).all()
