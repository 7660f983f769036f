"""The fluent interface, as a training script uses it."""

from __future__ import annotations

import math
import time

import mlflow
from mlflow import MlflowClient

from tests.contract.clients.harness import environment, names, refused, scenario


@scenario("2.3")
def a_run_keeps_params_metrics_and_tags(experiment_id: str) -> None:
    before = int(time.time() * 1000)
    with mlflow.start_run(run_name="first", description="**why** it was run", tags={"team": "blue"}) as active:
        mlflow.log_param("depth", 5)
        mlflow.log_params({"rate": 0.1, "loss": "mae", "layers/0": [1, 2], "empty": ""})
        for step in range(5):
            mlflow.log_metric("loss", 1 / (step + 1), step=step)
        mlflow.log_metrics({"train/acc": 0.5, "val acc": 2}, step=7)
        mlflow.set_tag("stage", "draft")
        mlflow.set_tags({"stage": "final", "größe": "ß ✓", "n": 3})
        assert mlflow.get_run(active.info.run_id).info.status == "RUNNING"
    run = mlflow.get_run(active.info.run_id)
    assert run.data.params == {
        "depth": "5",
        "rate": "0.1",
        "loss": "mae",
        "layers/0": "[1, 2]",
        "empty": "",
    }
    assert run.data.metrics == {"loss": 0.2, "train/acc": 0.5, "val acc": 2.0}
    tags = run.data.tags
    assert tags["stage"] == "final" and tags["größe"] == "ß ✓" and tags["n"] == "3"
    assert tags["team"] == "blue"
    assert tags["mlflow.note.content"] == "**why** it was run"
    assert tags["mlflow.runName"] == "first" == run.info.run_name
    assert tags["mlflow.source.type"] == "LOCAL" and tags["mlflow.source.name"].endswith("run.py")
    assert tags["mlflow.user"] == run.info.user_id
    assert run.info.status == "FINISHED" and run.info.lifecycle_stage == "active"
    assert run.info.experiment_id == experiment_id
    assert run.info.artifact_uri == f"mlflow-artifacts:/{experiment_id}/{run.info.run_id}/artifacts"
    assert before <= run.info.start_time <= run.info.end_time <= int(time.time() * 1000)


@scenario("2.3")
def a_run_without_a_name_gets_one(experiment_id: str) -> None:
    with mlflow.start_run() as active:
        pass
    run = mlflow.get_run(active.info.run_id)
    assert run.info.run_name and run.info.run_name == run.data.tags["mlflow.runName"]
    assert run.info.run_name == active.info.run_name


@scenario("2.3")
def metrics_that_are_not_finite_come_back(experiment_id: str) -> None:
    with mlflow.start_run() as active:
        mlflow.log_metrics({"nan": math.nan, "up": math.inf, "down": -math.inf, "tiny": 5e-324})
    metrics = mlflow.get_run(active.info.run_id).data.metrics
    assert math.isnan(metrics["nan"])
    # MLflow's own SQL store clips infinities to the largest double; a client must accept both.
    assert metrics["up"] >= 1.7976931348623157e308 and metrics["down"] <= -1.7976931348623157e308
    assert metrics["tiny"] == 5e-324


@scenario("2.3")
def children_are_found_by_their_parent(experiment_id: str) -> None:
    with mlflow.start_run(run_name="parent") as parent:
        for trees in (10, 20, 30):
            with mlflow.start_run(run_name=f"trees {trees}", nested=True) as child:
                mlflow.log_param("trees", trees)
                with mlflow.start_run(run_name=f"fold of {trees}", nested=True):
                    mlflow.log_metric("score", trees)
    by_parent = f"tags.mlflow.parentRunId = '{parent.info.run_id}'"
    found = MlflowClient().search_runs([experiment_id], by_parent, order_by=["params.trees DESC"])
    assert names(found) == ["trees 30", "trees 20", "trees 10"]
    assert found[0].info.run_id == child.info.run_id
    frame = mlflow.search_runs([experiment_id], by_parent)
    assert list(frame["tags.mlflow.parentRunId"]) == [parent.info.run_id] * 3
    assert len(mlflow.search_runs([experiment_id])) == 7


@scenario("2.22")
def a_child_knows_its_parent(experiment_id: str) -> None:
    with mlflow.start_run() as parent, mlflow.start_run(nested=True) as child:
        pass
    with mlflow.start_run(parent_run_id=parent.info.run_id) as late:
        pass
    for run in (child, late):
        found = mlflow.get_parent_run(run.info.run_id)
        assert found is not None and found.info.run_id == parent.info.run_id
    assert mlflow.get_parent_run(parent.info.run_id) is None


@scenario("2.3")
def a_failing_training_leaves_a_failed_run(experiment_id: str) -> None:
    try:
        with mlflow.start_run() as active:
            mlflow.log_metric("loss", 1)
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    run = mlflow.get_run(active.info.run_id)
    assert run.info.status == "FAILED" and run.info.end_time
    assert run.data.metrics == {"loss": 1}


@scenario("2.3")
def a_killed_run_says_so(experiment_id: str) -> None:
    active = mlflow.start_run()
    mlflow.end_run("KILLED")
    assert mlflow.get_run(active.info.run_id).info.status == "KILLED"


@scenario("2.3")
def a_run_is_taken_up_again(experiment_id: str) -> None:
    with mlflow.start_run(run_name="long") as first:
        mlflow.log_metric("loss", 3, step=1)
    with mlflow.start_run(run_id=first.info.run_id):
        assert mlflow.get_run(first.info.run_id).info.status == "RUNNING"
        mlflow.log_metric("loss", 2, step=2)
    with environment(MLFLOW_RUN_ID=first.info.run_id), mlflow.start_run() as third:
        assert third.info.run_id == first.info.run_id
        mlflow.log_metric("loss", 1, step=3)
    run = mlflow.get_run(first.info.run_id)
    assert run.info.status == "FINISHED" and run.info.run_name == "long"
    history = MlflowClient().get_metric_history(first.info.run_id, "loss")
    assert [point.value for point in history] == [3, 2, 1]


@scenario("2.3")
def a_param_is_written_once(experiment_id: str) -> None:
    with mlflow.start_run() as active:
        mlflow.log_param("depth", 5)
        mlflow.log_param("depth", 5)
        with refused("INVALID_PARAMETER_VALUE", "Changing param values is not allowed"):
            mlflow.log_param("depth", 6)
        with refused("INVALID_PARAMETER_VALUE", "Changing param values is not allowed"):
            mlflow.log_params({"depth": 7})
    assert mlflow.get_run(active.info.run_id).data.params == {"depth": "5"}


@scenario("2.3")
def keys_that_no_server_takes_are_refused(experiment_id: str) -> None:
    with mlflow.start_run():
        for key in ("a:b*c", "x" * 251, "../up", "/slash", "dot/./dot"):
            with refused("INVALID_PARAMETER_VALUE"):
                mlflow.log_metric(key, 1)
            with refused("INVALID_PARAMETER_VALUE"):
                mlflow.log_param(key, 1)
        mlflow.log_metric("x" * 250, 1)
        mlflow.log_param("-_. /ok/9", 1)


@scenario("2.3")
def experiments_are_made_and_found_by_name(experiment_id: str) -> None:
    current = mlflow.get_experiment(experiment_id)
    assert mlflow.get_experiment_by_name(current.name).experiment_id == experiment_id
    assert mlflow.set_experiment(current.name).experiment_id == experiment_id
    assert mlflow.set_experiment(experiment_id=experiment_id).name == current.name
    assert mlflow.get_experiment_by_name("no such experiment") is None
    assert mlflow.get_experiment("0").name == "Default"
    with refused("RESOURCE_ALREADY_EXISTS", "already exists"):
        mlflow.create_experiment(current.name)
    other = mlflow.create_experiment(f"{current.name} ✓ other", tags={"owner": "ana"})
    made = mlflow.get_experiment(other)
    assert made.name == f"{current.name} ✓ other" and made.tags["owner"] == "ana"
    assert made.lifecycle_stage == "active"
    assert made.artifact_location == f"mlflow-artifacts:/{other}"
    assert made.creation_time <= made.last_update_time


@scenario("2.3")
def experiments_carry_descriptions_and_tags(experiment_id: str) -> None:
    mlflow.set_experiment_tag("mlflow.note.content", "# About\nwine")
    mlflow.set_experiment_tags({"team": "blue", "year": 2026})
    mlflow.set_experiment_tag("team", "red")
    tags = mlflow.get_experiment(experiment_id).tags
    expected = {"mlflow.note.content": "# About\nwine", "team": "red", "year": "2026"}
    assert expected.items() <= tags.items()
