"""The model registry: register, promote, point at, load, describe, find, rename, copy and delete."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.contract.clients.harness import refused, scenario
from tests.contract.clients.models import X, Y, log_sklearn


def own_name(name: str = "modelo1") -> str:
    """Registered models belong to no experiment, so scenarios tell theirs apart by name."""
    return f"{name}-{uuid.uuid4().hex[:8]}"


def fitted(factor: float = 1.0) -> Any:
    return make_pipeline(StandardScaler(), LinearRegression()).fit(X, [factor * y for y in Y])


def registered(name: str, factor: float = 1.0) -> str:
    """The run whose model, which predicts `factor` times Y, is the next version of `name`."""
    with mlflow.start_run() as run:
        log_sklearn(fitted(factor), "model", registered_model_name=name)
    run_id: str = run.info.run_id
    return run_id


def factor_of(uri: str) -> float:
    """Which of the models of `registered` is found at that address."""
    predicted = mlflow.pyfunc.load_model(uri).predict(X)
    return round(float(np.mean(predicted / fitted().predict(X))), 6)


@scenario("2.3")
def a_model_is_registered_as_it_is_logged(experiment_id: str) -> None:
    name = own_name()
    run_ids = [registered(name, factor) for factor in (1, 2)]
    client = MlflowClient()
    for number, run_id in enumerate(run_ids, 1):
        version = client.get_model_version(name, str(number))
        assert (version.run_id, version.status, version.current_stage) == (run_id, "READY", "None")
        assert factor_of(f"models:/{name}/{number}") == number
    assert factor_of(f"models:/{name}/latest") == 2
    assert np.allclose(mlflow.sklearn.load_model(f"models:/{name}/1").predict(X), fitted().predict(X))
    (latest,) = client.get_registered_model(name).latest_versions
    assert latest.version in (2, "2")


@scenario("2.3")
def a_model_is_registered_from_its_run(experiment_id: str) -> None:
    name = own_name()
    with mlflow.start_run() as run:
        log_sklearn(fitted(), "model")
    first = mlflow.register_model(f"runs:/{run.info.run_id}/model", name, tags={"team": "red"})
    second = mlflow.register_model(f"runs:/{run.info.run_id}/model", name)
    assert [str(first.version), str(second.version)] == ["1", "2"]
    assert first.name == name and first.run_id == run.info.run_id and first.tags == {"team": "red"}
    assert factor_of(f"models:/{name}/1") == 1
    found = MlflowClient().search_model_versions(f"run_id = '{run.info.run_id}'")
    assert sorted(str(version.version) for version in found) == ["1", "2"]


@scenario("3.17")
def a_logged_model_knows_its_versions(experiment_id: str) -> None:
    name = own_name()
    with mlflow.start_run() as run:
        info = log_sklearn(fitted(), "model")
        mlflow.log_metric("acc", 0.5, model_id=info.model_id)
    version = mlflow.register_model(info.model_uri, name)
    assert (version.run_id, version.source) == (run.info.run_id, info.model_uri)
    listed = json.loads(mlflow.get_logged_model(info.model_id).tags["mlflow.modelVersions"])
    assert {(one["name"], int(one["version"])) for one in listed} == {(name, 1)}  # by the server and by the client
    assert factor_of(f"models:/{name}/1") == 1
    client = MlflowClient()
    assert client.get_model_version_download_uri(name, "1").endswith(f"/models/{info.model_id}/artifacts")


@scenario("2.3")
def a_version_is_promoted(experiment_id: str) -> None:
    name, client = own_name(), MlflowClient()
    for factor in (1, 2, 3):
        registered(name, factor)
    promoted = client.transition_model_version_stage(name, "1", "Production")
    assert promoted.current_stage == "Production"
    assert factor_of(f"models:/{name}/production") == factor_of(f"models:/{name}/Production") == 1
    client.transition_model_version_stage(name, "2", "Production", archive_existing_versions=True)
    client.transition_model_version_stage(name, "3", "staging")
    assert factor_of(f"models:/{name}/production") == 2 and factor_of(f"models:/{name}/Staging") == 3
    latest = client.get_latest_versions(name)
    stages = {version.current_stage: int(version.version) for version in latest}
    assert stages == {"Archived": 1, "Production": 2, "Staging": 3}
    (production,) = client.get_latest_versions(name, stages=["Production"])
    assert int(production.version) == 2
    with refused("INVALID_PARAMETER_VALUE", "stage"):
        client.transition_model_version_stage(name, "1", "Retired")


@scenario("2.3")
def an_alias_points_at_a_version(experiment_id: str) -> None:
    name, client = own_name(), MlflowClient()
    for factor in (1, 2):
        registered(name, factor)
    client.set_registered_model_alias(name, "champion", "1")
    assert factor_of(f"models:/{name}@champion") == 1
    client.set_registered_model_alias(name, "champion", "2")
    client.set_registered_model_alias(name, "runner-up", "1")
    assert factor_of(f"models:/{name}@champion") == 2
    assert int(client.get_model_version_by_alias(name, "runner-up").version) == 1
    assert client.get_model_version(name, "2").aliases == ["champion"]
    pointers = client.get_registered_model(name).aliases
    assert {alias: int(version) for alias, version in pointers.items()} == {"champion": 2, "runner-up": 1}
    client.delete_registered_model_alias(name, "champion")
    with refused("INVALID_PARAMETER_VALUE", "champion"):
        client.get_model_version_by_alias(name, "champion")
    for reserved in ("latest", "v1"):
        with refused("INVALID_PARAMETER_VALUE", "reserved"):
            client.set_registered_model_alias(name, reserved, "1")


@scenario("2.3")
def files_of_a_version_are_downloaded(experiment_id: str) -> None:
    name = own_name()
    run_id = registered(name)
    folder = Path(download_artifacts(f"models:/{name}/1", dst_path="files"))
    assert run_id in (folder / "MLmodel").read_text(encoding="utf-8")
    address = MlflowClient().get_model_version_download_uri(name, "1")
    assert "sklearn" in mlflow.models.get_model_info(address).flavors


@scenario("2.3")
def models_and_versions_are_described(experiment_id: str) -> None:
    name, client = own_name(), MlflowClient()
    made = client.create_registered_model(name, tags={"team": "red"}, description="first")
    assert (made.name, made.description, made.tags) == (name, "first", {"team": "red"})
    registered(name)
    assert client.update_registered_model(name, "second").description == "second"
    assert client.update_model_version(name, "1", "of one").description == "of one"
    client.set_registered_model_tag(name, "owner", "ana")
    client.delete_registered_model_tag(name, "team")
    client.set_model_version_tag(name, "1", "checked", "yes")
    client.set_model_version_tag(name, "1", "gone", "no")
    client.delete_model_version_tag(name, "1", "gone")
    model, version = client.get_registered_model(name), client.get_model_version(name, "1")
    assert (model.description, model.tags) == ("second", {"owner": "ana"})
    assert (version.description, version.tags) == ("of one", {"checked": "yes"})
    assert made.creation_timestamp <= version.creation_timestamp <= version.last_updated_timestamp
    with refused("RESOURCE_ALREADY_EXISTS", name):
        client.create_registered_model(name)


@scenario("2.3")
def models_and_versions_are_found(experiment_id: str) -> None:
    mark, client = uuid.uuid4().hex[:8], MlflowClient()
    with mlflow.start_run() as run:
        log_sklearn(fitted(), "model")
    source = f"runs:/{run.info.run_id}/model"
    for name in ("alpha", "beta", "gamma"):
        client.create_registered_model(f"{name}-{mark}", tags={"team": "red" if name != "beta" else "blue"})
        for _ in range(2):
            client.create_model_version(f"{name}-{mark}", source, run.info.run_id, tags={"mark": mark})
    mine = f"name LIKE '%-{mark}'"

    def models(text: str, **more: Any) -> list[str]:
        return [model.name.partition("-")[0] for model in client.search_registered_models(text, **more)]

    assert models(mine) == ["alpha", "beta", "gamma"]
    assert models(mine, order_by=["name DESC"]) == ["gamma", "beta", "alpha"]
    assert models(f"{mine} AND tags.team = 'red'") == ["alpha", "gamma"]
    first = client.search_registered_models(mine, max_results=2)
    assert models(mine, max_results=2, page_token=first.token) == ["gamma"]
    versions = client.search_model_versions(f"name = 'alpha-{mark}'")
    assert [int(version.version) for version in versions] == [2, 1]
    assert len(client.search_model_versions(f"run_id = '{run.info.run_id}'")) == 6
    assert len(client.search_model_versions(f"tags.mark = '{mark}'", max_results=4)) == 4


@scenario("2.3")
def a_registered_model_is_renamed_and_deleted(experiment_id: str) -> None:
    name, new, client = own_name(), own_name("modelo2"), MlflowClient()
    for factor in (1, 2):
        registered(name, factor)
    client.set_registered_model_alias(name, "champion", "2")
    client.rename_registered_model(name, new)
    assert factor_of(f"models:/{new}@champion") == 2
    with refused("RESOURCE_DOES_NOT_EXIST", name):
        client.get_registered_model(name)
    client.delete_model_version(new, "2")
    with refused("RESOURCE_DOES_NOT_EXIST", "version=2"):
        client.get_model_version(new, "2")
    assert client.get_registered_model(new).aliases == {}
    registered(new, 3)
    assert factor_of(f"models:/{new}/3") == 3
    client.delete_registered_model(new)
    with refused("RESOURCE_DOES_NOT_EXIST", new):
        client.get_registered_model(new)
    assert client.search_model_versions(f"name = '{new}'") == []


@scenario("2.22")
def a_version_is_copied_to_another_model(experiment_id: str) -> None:
    name, copy, client = own_name(), own_name("production"), MlflowClient()
    run_id = registered(name)
    client.set_registered_model_alias(name, "champion", "1")
    for number in ("1", "2"):
        copied = client.copy_model_version(f"models:/{name}@champion", copy)
        assert (copied.name, str(copied.version), copied.run_id) == (copy, number, run_id)
    assert copied.source == f"models:/{name}/1"
    assert factor_of(f"models:/{copy}/2") == 1


@scenario("2.3")
def sources_that_are_not_kept_here_are_refused(experiment_id: str) -> None:
    name, client = own_name(), MlflowClient()
    client.create_registered_model(name)
    with mlflow.start_run() as run:
        pass
    root = run.info.artifact_uri
    for source in ("file:///etc", "/etc/passwd", f"{root}/../../x", "http://127.0.0.1:1/model", f"{root}x"):
        with refused("INVALID_PARAMETER_VALUE"):
            client.create_model_version(name, source, run.info.run_id)
    assert client.get_registered_model(name).latest_versions == []


@scenario("2.3")
def many_versions_are_registered_in_a_row(experiment_id: str) -> None:
    name, client = own_name(), MlflowClient()
    client.create_registered_model(name)
    with mlflow.start_run() as run:
        log_sklearn(fitted(), "model")
    source = f"runs:/{run.info.run_id}/model"
    versions = [client.create_model_version(name, source, run.info.run_id).version for _ in range(20)]
    assert [int(version) for version in versions] == list(range(1, 21))
