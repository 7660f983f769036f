"""A real training as a user of the `mlflow` client would write it: seven ways to record one.

Needs MLFLOW_TRACKING_URI and an environment with mlflow 3.17 and scikit-learn. Every line on standard output
that is a JSON object is a message for the launcher (`python -m tools.demo`); the rest is the libraries' own.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import sklearn
from mlflow.entities import Metric
from sklearn.datasets import load_diabetes
from sklearn.ensemble import RandomForestRegressor
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.preprocessing import StandardScaler

EXPERIMENT = "Diabetes progression"
FOREST_SIZES = (5, 20, 50, 100, 200)
GRID = {"max_depth": [2, 4, 8], "n_estimators": [20, 50]}
CURVE_STEPS = 10_000
RATE = 1e-3
BATCH = 1_000  # the most points that MLflow takes in one log_batch
# What the table shows, and how mlflow.search_runs names it.
COLUMNS = {
    "run": "tags.mlflow.runName",
    "status": "status",
    "trees": "params.n_estimators",
    "depth": "params.max_depth",
    "test R²": "metrics.test_r2",
    "CV R²": "metrics.mean_test_score",
}


@dataclass(frozen=True)
class Diabetes:
    """442 patients: ten measurements each, and how far the illness had gone a year later."""

    train_x: pd.DataFrame
    test_x: pd.DataFrame
    train_y: pd.Series
    test_y: pd.Series

    @classmethod
    def load(cls) -> Diabetes:
        return cls(*train_test_split(*load_diabetes(return_X_y=True, as_frame=True), random_state=0))

    def forest(self, **params: Any) -> RandomForestRegressor:
        return RandomForestRegressor(random_state=0, **params).fit(self.train_x, self.train_y)

    def r2(self, model: Any) -> float:
        return float(model.score(self.test_x, self.test_y))


class Progress:
    """Tells the launcher how far the training is; one unit is about half a second."""

    def __init__(self, units: int) -> None:
        self._units = units
        self._done = self._next = 0
        self._doing = ""

    def begin(self, doing: str, units: int) -> None:
        """Whatever the step before has not reported of its units is done now."""
        self._doing, self._done, self._next = doing, self._next, self._next + units
        self.advance(0)

    def advance(self, units: int = 1) -> None:
        self._done += units
        tell(doing=self._doing, done=self._done, units=self._units)


def plain_run(data: Diabetes, _progress: Progress) -> None:
    with mlflow.start_run(run_name="plain", description="A **random forest** with nothing tuned: the one to beat."):
        mlflow.log_metric("test_r2", data.r2(data.forest()))


def params_metric_tag(data: Diabetes, _progress: Progress) -> None:
    params = {"n_estimators": 100, "max_depth": 4}
    with mlflow.start_run(run_name="shallow"):
        mlflow.log_params(params)
        mlflow.log_metric("test_r2", data.r2(data.forest(**params)))
        mlflow.set_tag("team", "diabetes")


def logged_model(data: Diabetes, _progress: Progress) -> None:
    forest = data.forest(min_samples_leaf=5)
    with mlflow.start_run(run_name="with model"):
        mlflow.log_param("n_estimators", forest.n_estimators)
        info = mlflow.sklearn.log_model(
            forest,
            name="forest",
            pip_requirements=[f"scikit-learn=={sklearn.__version__}"],
            skops_trusted_types=["sklearn.tree._tree.Tree"],
        )
        mlflow.log_metric("test_r2", data.r2(forest))
    tell(model=read_back(data, forest, info.model_uri))


def autologged(data: Diabetes, _progress: Progress) -> None:
    mlflow.autolog(log_input_examples=True, log_model_signatures=True)
    with mlflow.start_run(run_name="autolog"):
        mlflow.log_metric("test_r2", data.r2(data.forest()))
    mlflow.autolog(disable=True)


def nested_runs(data: Diabetes, progress: Progress) -> None:
    best = float("-inf")
    with mlflow.start_run(run_name="forest sizes"):
        for size in FOREST_SIZES:
            with mlflow.start_run(run_name=f"{size} trees", nested=True):
                mlflow.log_param("n_estimators", size)
                score = data.r2(data.forest(n_estimators=size))
                mlflow.log_metric("test_r2", score)
            best = max(best, score)
            progress.advance()
        mlflow.log_metric("test_r2", best)


def grid_search(data: Diabetes, _progress: Progress) -> None:
    mlflow.sklearn.autolog(log_models=False)
    search = GridSearchCV(RandomForestRegressor(random_state=0), GRID, cv=3)
    with mlflow.start_run(run_name="grid search"):
        mlflow.log_metric("test_r2", data.r2(search.fit(data.train_x, data.train_y)))
    mlflow.sklearn.autolog(disable=True)


def long_curve(data: Diabetes, progress: Progress) -> None:
    """Linear regression by stochastic gradient descent, one patient a step: a forest has no curve to show."""
    scaler = StandardScaler().fit(data.train_x)
    inputs, targets = scaler.transform(data.train_x), data.train_y.to_numpy()
    weights, intercept = np.zeros(inputs.shape[1]), 0.0
    patients = np.random.default_rng(seed=0).integers(len(inputs), size=CURVE_STEPS)
    client = mlflow.MlflowClient()
    with mlflow.start_run(run_name="long curve") as run:
        for first in range(0, CURVE_STEPS, BATCH):
            points = []
            for step, patient in enumerate(patients[first : first + BATCH], start=first):
                error = targets[patient] - inputs[patient] @ weights - intercept
                weights, intercept = weights + RATE * error * inputs[patient], intercept + RATE * error
                loss = np.abs(targets - inputs @ weights - intercept).mean()
                points.append(Metric("train_mae", float(loss), time.time_ns() // 1_000_000, step))
            client.log_batch(run.info.run_id, metrics=points)
            progress.advance()
        predicted = scaler.transform(data.test_x) @ weights + intercept
        mlflow.log_metric("test_r2", float(r2_score(data.test_y, predicted)))
    kept = len(client.get_metric_history(run.info.run_id, "train_mae"))
    if kept != CURVE_STEPS:
        raise RuntimeError(f"{CURVE_STEPS} points of the curve were logged and {kept} came back")


# What it is called, how many units of progress it takes, and the code.
LESSONS: tuple[tuple[str, int, Callable[[Diabetes, Progress], None]], ...] = (
    ("a plain run with a description", 1, plain_run),
    ("params, a metric, a tag", 1, params_metric_tag),
    ("a logged model", 3, logged_model),
    ("autolog with signature and input example", 15, autologged),
    ("nested runs: how many trees?", len(FOREST_SIZES), nested_runs),
    ("a grid search", 4, grid_search),
    (f"a curve of {CURVE_STEPS:,} steps", CURVE_STEPS // BATCH, long_curve),
)


def read_back(data: Diabetes, forest: RandomForestRegressor, model_uri: str) -> dict[str, Any]:
    """Three patients as the model that was logged and loaded again sees them."""
    loaded = mlflow.sklearn.load_model(model_uri)
    if not np.array_equal(loaded.predict(data.test_x), forest.predict(data.test_x)):
        raise RuntimeError(f"{model_uri} predicts something else than the model that was logged")
    predicted = loaded.predict(data.test_x.head(3)).round().astype(int).tolist()
    return {"predicted": predicted, "measured": data.test_y.head(3).astype(int).tolist()}


def table_of_runs(since_ms: int) -> list[dict[str, str]]:
    """The runs of this training as a client reads them, children after their parents."""
    runs = mlflow.search_runs(
        experiment_names=[EXPERIMENT],
        filter_string=f"attributes.start_time >= {since_ms}",
        order_by=["attributes.start_time ASC"],
    )
    parent = runs["tags.mlflow.parentRunId"]
    runs["family"] = parent.fillna(runs["run_id"]).map(runs.set_index("run_id")["start_time"])
    runs["child"] = parent.notna()
    runs = runs.sort_values(["family", "child"], kind="stable")
    shown = runs.reindex(columns=list(COLUMNS.values()))
    shown["tags.mlflow.runName"] = shown["tags.mlflow.runName"].where(
        ~runs["child"], "  " + shown["tags.mlflow.runName"]
    )
    shown.columns = pd.Index(COLUMNS)
    return [{name: as_text(value) for name, value in row.items()} for row in shown.to_dict("records")]


def as_text(value: Any) -> str:
    if value is None or value != value or value == "None":  # noqa: PLR0124  NaN is how pandas says "nothing here"
        return ""
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def tell(**message: Any) -> None:
    print(json.dumps(message), flush=True)


def main() -> None:
    data = Diabetes.load()
    mlflow.set_experiment(EXPERIMENT)
    started_ms = time.time_ns() // 1_000_000
    progress = Progress(sum(units for _, units, _ in LESSONS))
    for title, units, lesson in LESSONS:
        progress.begin(title, units)
        lesson(data, progress)
    progress.begin("reading it all back", 0)
    tell(runs=table_of_runs(started_ms))


if __name__ == "__main__":
    main()
