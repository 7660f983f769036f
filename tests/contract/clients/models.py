"""Models logged with a run and loaded back, by the calls that every generation has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
from mlflow.artifacts import download_artifacts
from mlflow.models import infer_signature
from sklearn.linear_model import LinearRegression

from tests.contract.clients.harness import CLIENT, scenario

X = pd.DataFrame({"height": [1.0, 2.0, 3.0], "width": [0.5, 0.1, 0.4]})
Y = [1.0, 2.0, 3.5]
THREE = CLIENT >= (3, 0)


def log_sklearn(model: Any, name: str, **more: Any) -> Any:
    """`log_model` by either name of its second argument; given requirements keep it from searching for them."""
    where = {"name": name} if THREE else {"artifact_path": name}
    return mlflow.sklearn.log_model(model, pip_requirements=["scikit-learn"], **where, **more)


@scenario("2.3")
def a_model_is_logged_and_loaded(experiment_id: str) -> None:
    model = LinearRegression().fit(X, Y)
    with mlflow.start_run() as run:
        info = log_sklearn(model, "model", signature=infer_signature(X, model.predict(X)), input_example=X.head(2))
    uri = f"runs:/{run.info.run_id}/model"
    for address in (uri, info.model_uri):
        assert np.allclose(mlflow.sklearn.load_model(address).predict(X), model.predict(X))
        loaded = mlflow.pyfunc.load_model(address)
        assert np.allclose(loaded.predict(X), model.predict(X))
        assert [column.name for column in loaded.metadata.signature.inputs] == ["height", "width"]
    described = mlflow.models.get_model_info(uri)
    assert described.run_id == run.info.run_id and "sklearn" in described.flavors
    example = mlflow.pyfunc.load_model(uri).metadata.load_input_example(download_artifacts(uri))
    assert example.to_dict() == X.head(2).to_dict()


@scenario("2.3")
def the_files_of_a_model_are_listed_below_its_run(experiment_id: str) -> None:
    with mlflow.start_run() as run:
        mlflow.log_text("x", "beside.txt")
        log_sklearn(LinearRegression().fit(X, Y), "model")
    client = mlflow.MlflowClient()
    listed = {info.path for info in client.list_artifacts(run.info.run_id, "model")}
    assert {"model/MLmodel", "model/requirements.txt"} <= listed
    assert "beside.txt" in {info.path for info in client.list_artifacts(run.info.run_id)}
    folder = Path(download_artifacts(run_id=run.info.run_id, artifact_path="model"))
    assert "sklearn" in (folder / "MLmodel").read_text()
    if not THREE:
        history = json.loads(client.get_run(run.info.run_id).data.tags["mlflow.log-model.history"])
        assert history[0]["artifact_path"] == "model" and history[0]["run_id"] == run.info.run_id


class Scaler(mlflow.pyfunc.PythonModel):  # type: ignore[misc]
    def predict(self, context: Any, model_input: pd.DataFrame) -> pd.DataFrame:
        return model_input * float(Path(context.artifacts["factor"]).read_text())


@scenario("2.3")
def a_model_of_ones_own_brings_its_files(experiment_id: str) -> None:
    Path("factor.txt").write_text("2")
    where = {"name": "own"} if THREE else {"artifact_path": "own"}
    with mlflow.start_run() as run:
        mlflow.pyfunc.log_model(
            python_model=Scaler(), artifacts={"factor": "factor.txt"}, pip_requirements=["pandas"], **where
        )
    loaded = mlflow.pyfunc.load_model(f"runs:/{run.info.run_id}/own")
    assert (loaded.predict(X) == X * 2).all().all()


@scenario("2.3")
def predictions_are_evaluated(experiment_id: str) -> None:
    model = LinearRegression().fit(X, Y)
    with mlflow.start_run() as run:
        info = log_sklearn(model, "model", signature=infer_signature(X, model.predict(X)))
        result = mlflow.evaluate(
            info.model_uri,
            X.assign(target=Y),
            targets="target",
            model_type="regressor",
            evaluators="default",
            evaluator_config={"log_model_explainability": False},
        )
    metrics = mlflow.get_run(run.info.run_id).data.metrics
    assert metrics["mean_squared_error"] == result.metrics["mean_squared_error"]
