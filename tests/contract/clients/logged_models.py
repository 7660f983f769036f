"""Logged models: entities of their own since MLflow 3."""

from __future__ import annotations

from pathlib import Path

import mlflow
import pandas as pd
from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts
from sklearn.linear_model import LinearRegression

from tests.contract.clients.harness import names, refused, scenario
from tests.contract.clients.models import X, Y, log_sklearn


@scenario("3.17")
def a_logged_model_belongs_to_its_run(experiment_id: str) -> None:
    with mlflow.start_run() as run:
        info = log_sklearn(LinearRegression().fit(X, Y), "linear", params={"alpha": 0.5}, tags={"team": "blue"}, step=3)
    model = mlflow.get_logged_model(info.model_id)
    assert model.model_id == info.model_id and model.name == "linear"
    assert model.status == "READY" and model.experiment_id == experiment_id
    assert model.source_run_id == run.info.run_id
    assert model.artifact_location == f"mlflow-artifacts:/{experiment_id}/models/{info.model_id}/artifacts"
    assert model.params == {"alpha": "0.5"} and model.tags["team"] == "blue"
    assert model.creation_timestamp <= model.last_updated_timestamp
    assert info.model_uri == model.model_uri == f"models:/{info.model_id}"
    outputs = mlflow.get_run(run.info.run_id).outputs.model_outputs
    assert [(output.model_id, output.step) for output in outputs] == [(info.model_id, 3)]
    assert mlflow.last_logged_model().model_id == info.model_id


@scenario("3.17")
def a_logged_model_lives_without_a_run(experiment_id: str) -> None:
    client = MlflowClient()
    model = mlflow.create_external_model(name="elsewhere", model_type="agent", params={"t": "0"})
    assert client.get_logged_model(model.model_id).model_type == "agent"
    pending = mlflow.initialize_logged_model(name="slow", tags={"a": "b"})
    assert client.get_logged_model(pending.model_id).status == "PENDING"
    mlflow.finalize_logged_model(pending.model_id, "FAILED")
    assert client.get_logged_model(pending.model_id).status == "FAILED"
    mlflow.finalize_logged_model(pending.model_id, "READY")
    client.set_logged_model_tags(pending.model_id, {"a": "c", "d": "e"})
    client.delete_logged_model_tag(pending.model_id, "d")
    mlflow.log_model_params({"depth": 3, "rate": 0.1}, model_id=pending.model_id)
    model = client.get_logged_model(pending.model_id)
    assert model.status == "READY" and model.tags["a"] == "c" and "d" not in model.tags
    assert model.params == {"depth": "3", "rate": "0.1"}


@scenario("3.17")
def a_model_gets_a_name_when_none_is_given(experiment_id: str) -> None:
    model = MlflowClient().create_logged_model(experiment_id)
    assert model.name and MlflowClient().get_logged_model(model.model_id).name == model.name
    with refused("INVALID_PARAMETER_VALUE"):
        MlflowClient().create_logged_model(experiment_id, name="a/b:c")


@scenario("3.17")
def a_deleted_model_is_gone(experiment_id: str) -> None:
    client = MlflowClient()
    model = client.create_logged_model(experiment_id, name="dropped")
    client.delete_logged_model(model.model_id)
    with refused("RESOURCE_DOES_NOT_EXIST"):
        client.get_logged_model(model.model_id)
    assert mlflow.search_logged_models([experiment_id], output_format="list") == []
    with refused("RESOURCE_DOES_NOT_EXIST"):
        client.get_logged_model("m-" + "0" * 32)


@scenario("3.17")
def metrics_name_their_model_and_dataset(experiment_id: str) -> None:
    train = mlflow.data.from_pandas(X, name="train")
    with mlflow.start_run() as run:
        model = mlflow.initialize_logged_model(name="net")
        for step in range(3):
            mlflow.log_metric("loss", 3 - step, step=step, model_id=model.model_id, dataset=train)
        mlflow.log_metrics({"acc": 0.9}, model_id=model.model_id)
        mlflow.log_metric("apart", 1)
        mlflow.finalize_logged_model(model.model_id, "READY")
    found = {metric.key: metric for metric in mlflow.get_logged_model(model.model_id).metrics if metric.step in (0, 2)}
    assert set(found) == {"loss", "acc"}
    loss = found["loss"]
    assert (loss.value, loss.step, loss.run_id) == (1, 2, run.info.run_id)
    assert (loss.dataset_name, loss.dataset_digest) == ("train", train.digest)
    assert found["acc"].model_id == model.model_id and not found["acc"].dataset_name
    assert mlflow.get_run(run.info.run_id).data.metrics == {"loss": 1, "acc": 0.9, "apart": 1}
    history = MlflowClient().get_metric_history(run.info.run_id, "loss")
    assert [point.value for point in history] == [3, 2, 1]


def three_models() -> dict[str, str]:
    """Models alpha to gamma, measured on two datasets; returns the digests of these by name."""
    datasets = [mlflow.data.from_pandas(X.head(rows), name=f"rows{rows}") for rows in (1, 2)]
    for number, name in enumerate(("alpha", "beta", "gamma")):
        with mlflow.start_run(run_name=name):
            model = mlflow.initialize_logged_model(
                name=name, params={"depth": str(number)}, tags={"kind": "even" if number % 2 == 0 else "odd"}
            )
            for factor, dataset in enumerate(datasets, start=1):
                mlflow.log_metric("acc", (number - 1) * factor, model_id=model.model_id, dataset=dataset)
            mlflow.finalize_logged_model(model.model_id, "FAILED" if name == "gamma" else "READY")
    return {dataset.name: dataset.digest for dataset in datasets}


@scenario("3.17")
def logged_models_are_searched(experiment_id: str) -> None:
    digests = three_models()
    expected = {
        "": "alpha beta gamma",
        "name = 'beta'": "beta",
        "attributes.name LIKE '%ta'": "beta",
        "name != 'beta'": "alpha gamma",
        "name IN ('alpha', 'gamma')": "alpha gamma",
        "params.depth = '2'": "gamma",
        "params.depth IN ('1', '2')": "beta gamma",
        "tags.kind = 'even'": "alpha gamma",
        "tags.kind = 'even' AND params.depth != '0'": "gamma",
        "metrics.acc >= 1": "gamma",
        "metrics.acc = -2": "alpha",
        "creation_timestamp > 0": "alpha beta gamma",
        f"source_run_id = '{'0' * 32}'": "",
    }
    for filter_string, found in expected.items():
        models = mlflow.search_logged_models([experiment_id], filter_string or None, output_format="list")
        assert sorted(model.name for model in models) == found.split(), (filter_string, models)
    for filter_string in (
        "metrics.acc LIKE 'x'",
        "unknown.x = 'y'",
        "tags.kind > 'a'",
        "name",
    ):
        with refused("INVALID_PARAMETER_VALUE"):
            mlflow.search_logged_models([experiment_id], filter_string)
    for name, better in {"rows1": [], "rows2": ["gamma"]}.items():
        on_dataset = {"dataset_name": name, "dataset_digest": digests[name]}
        models = mlflow.search_logged_models(
            [experiment_id], "metrics.acc > 1", datasets=[on_dataset], output_format="list"
        )
        assert [model.name for model in models] == better, name


@scenario("3.17")
def logged_models_are_ordered_and_paged(experiment_id: str) -> None:
    three_models()

    def ordered(**order: object) -> list[str]:
        models = mlflow.search_logged_models([experiment_id], order_by=[order], output_format="list")
        return [model.name for model in models]

    assert [m.name for m in mlflow.search_logged_models(output_format="list")] == ["gamma", "beta", "alpha"]
    assert ordered(field_name="name", ascending=True) == ["alpha", "beta", "gamma"]
    assert ordered(field_name="creation_timestamp", ascending=True) == ["alpha", "beta", "gamma"]
    by_metric = {"field_name": "metrics.acc", "dataset_name": "rows2"}
    assert ordered(**by_metric, ascending=False) == ["gamma", "beta", "alpha"]
    assert ordered(**by_metric, ascending=True) == ["alpha", "beta", "gamma"]
    client = MlflowClient()
    found: list[str] = []
    token = None
    for _ in range(3):
        page = client.search_logged_models(
            [experiment_id], order_by=[{"field_name": "name"}], max_results=1, page_token=token
        )
        found += [model.name for model in page]
        token = page.token
    assert sorted(found) == ["alpha", "beta", "gamma"] and not token
    table = mlflow.search_logged_models([experiment_id], max_results=2)
    assert list(table["name"]) == ["gamma", "beta"] and isinstance(table, pd.DataFrame)


@scenario("3.17")
def a_model_has_files_of_its_own(experiment_id: str) -> None:
    client = MlflowClient()
    model = mlflow.initialize_logged_model(name="files")
    Path("tree/sub").mkdir(parents=True)
    Path("tree/a.txt").write_text("a")
    Path("tree/sub/b ü.txt").write_text("bb")
    client.log_model_artifacts(model.model_id, "tree")
    client.log_model_artifact(model.model_id, "tree/a.txt")
    assert {info.path for info in client.list_logged_model_artifacts(model.model_id)} == {"a.txt", "sub"}
    below = client.list_logged_model_artifacts(model.model_id, "sub")
    assert [(info.path, info.file_size) for info in below] == [("sub/b ü.txt", 2)]
    folder = Path(download_artifacts(f"models:/{model.model_id}"))
    assert (folder / "sub/b ü.txt").read_text() == "bb"


@scenario("3.17")
def a_run_lists_the_models_it_used_and_made(experiment_id: str) -> None:
    with mlflow.start_run(run_name="maker"):
        model = mlflow.initialize_logged_model(name="made")
        mlflow.finalize_logged_model(model.model_id, "READY")
    with mlflow.start_run(run_name="user") as user:
        mlflow.log_input(model=mlflow.entities.LoggedModelInput(model.model_id))
        mlflow.log_outputs(models=[mlflow.entities.LoggedModelOutput(model.model_id, 7)])
    run = mlflow.get_run(user.info.run_id)
    assert [used.model_id for used in run.inputs.model_inputs] == [model.model_id]
    assert [(made.model_id, made.step) for made in run.outputs.model_outputs] == [(model.model_id, 7)]
    assert names(mlflow.search_runs([experiment_id], output_format="list")) == ["user", "maker"]
