"""`MlflowClient`: changing, deleting and restoring runs and experiments."""

from __future__ import annotations

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunStatus, RunTag, ViewType

from tests.contract.clients.harness import names, refused, scenario

NO_RUN = "0" * 32


@scenario("2.3")
def a_run_is_created_renamed_and_ended(experiment_id: str) -> None:
    client = MlflowClient()
    run = client.create_run(experiment_id, start_time=1_000, tags={"a": "b"}, run_name="draft")
    run_id = run.info.run_id
    assert run.info.start_time == 1_000 and run.data.tags == {"a": "b", "mlflow.runName": "draft"}
    client.update_run(run_id, status="SCHEDULED", name="final")
    changed = client.get_run(run_id)
    assert changed.info.status == "SCHEDULED" and changed.info.run_name == "final"
    assert changed.data.tags["mlflow.runName"] == "final"
    client.set_tag(run_id, "mlflow.runName", "by tag")
    assert client.get_run(run_id).info.run_name == "by tag"
    client.set_terminated(run_id, RunStatus.to_string(RunStatus.FAILED), end_time=5_000)
    ended = client.get_run(run_id)
    assert ended.info.status == "FAILED" and ended.info.end_time == 5_000


@scenario("2.3")
def a_full_batch_is_written_at_once(experiment_id: str) -> None:
    client = MlflowClient()
    run_id = client.create_run(experiment_id).info.run_id
    metrics = [Metric(f"m{i % 10}", i / 7, timestamp=i, step=i // 10) for i in range(800)]
    params = [Param(f"p{i}", str(i)) for i in range(100)]
    tags = [RunTag(f"t{i}", str(i)) for i in range(100)]
    client.log_batch(run_id, metrics=metrics, params=params, tags=tags)
    client.log_batch(run_id, metrics=[Metric("thousand", i, i, i) for i in range(1_000)])
    data = client.get_run(run_id).data
    assert data.params == {param.key: param.value for param in params}
    assert {tag.key: tag.value for tag in tags}.items() <= data.tags.items()
    assert data.metrics == {f"m{i}": (790 + i) / 7 for i in range(10)} | {"thousand": 999}
    assert [p.value for p in client.get_metric_history(run_id, "m3")] == [i / 7 for i in range(3, 800, 10)]


@scenario("2.3")
def a_batch_with_a_refused_param_changes_nothing(experiment_id: str) -> None:
    client = MlflowClient()
    run_id = client.create_run(experiment_id).info.run_id
    client.log_param(run_id, "depth", 1)
    with refused("INVALID_PARAMETER_VALUE"):
        client.log_batch(run_id, params=[Param("rate", "1"), Param("depth", "2")])
    assert client.get_run(run_id).data.params == {"depth": "1"}


@scenario("2.3")
def tags_are_overwritten_and_deleted(experiment_id: str) -> None:
    client = MlflowClient()
    run_id = client.create_run(experiment_id).info.run_id
    client.set_tag(run_id, "stage", "draft")
    client.set_tag(run_id, "stage", "x" * 5_000)
    assert client.get_run(run_id).data.tags["stage"] == "x" * 5_000
    client.delete_tag(run_id, "stage")
    assert "stage" not in client.get_run(run_id).data.tags
    with refused("RESOURCE_DOES_NOT_EXIST"):
        client.delete_tag(run_id, "stage")


@scenario("2.3")
def a_deleted_run_is_hidden_until_restored(experiment_id: str) -> None:
    client = MlflowClient()
    for name in ("kept", "dropped"):
        run_id = client.create_run(experiment_id, run_name=name).info.run_id
    client.log_metric(run_id, "loss", 1)
    client.delete_run(run_id)
    assert client.get_run(run_id).info.lifecycle_stage == "deleted"
    assert names(client.search_runs([experiment_id])) == ["kept"]
    assert names(client.search_runs([experiment_id], run_view_type=ViewType.DELETED_ONLY)) == ["dropped"]
    everything = client.search_runs([experiment_id], run_view_type=ViewType.ALL)
    assert sorted(names(everything)) == ["dropped", "kept"]
    with refused("INVALID_PARAMETER_VALUE"):
        client.log_metric(run_id, "loss", 2)
    client.restore_run(run_id)
    restored = client.get_run(run_id)
    assert restored.info.lifecycle_stage == "active" and restored.data.metrics == {"loss": 1}


@scenario("2.3")
def a_deleted_experiment_is_hidden_until_restored(experiment_id: str) -> None:
    client = MlflowClient()
    name = client.get_experiment(experiment_id).name
    run_id = client.create_run(experiment_id).info.run_id
    client.delete_experiment(experiment_id)
    assert client.get_experiment(experiment_id).lifecycle_stage == "deleted"
    filtered = f"name = '{name}'"
    assert client.search_experiments(filter_string=filtered) == []
    deleted = client.search_experiments(ViewType.DELETED_ONLY, filter_string=filtered)
    assert [experiment.experiment_id for experiment in deleted] == [experiment_id]
    with refused("RESOURCE_ALREADY_EXISTS"):
        client.create_experiment(name)
    client.restore_experiment(experiment_id)
    assert client.get_experiment(experiment_id).lifecycle_stage == "active"
    assert client.get_run(run_id).info.lifecycle_stage == "active"


@scenario("2.3")
def an_experiment_is_renamed(experiment_id: str) -> None:
    client = MlflowClient()
    name = client.get_experiment(experiment_id).name
    client.rename_experiment(experiment_id, f"{name} again")
    assert client.get_experiment(experiment_id).name == f"{name} again"
    assert client.get_experiment_by_name(name) is None
    client.set_experiment_tag(experiment_id, "k", "v")
    assert client.get_experiment(experiment_id).tags["k"] == "v"


@scenario("3.17")
def an_experiment_tag_is_deleted(experiment_id: str) -> None:
    client = MlflowClient()
    client.set_experiment_tag(experiment_id, "k", "v")
    client.delete_experiment_tag(experiment_id, "k")
    assert "k" not in client.get_experiment(experiment_id).tags
    mlflow.set_experiment_tag("k", "again")
    assert client.get_experiment(experiment_id).tags["k"] == "again"


@scenario("2.3")
def what_is_missing_is_named_as_missing(experiment_id: str) -> None:
    client = MlflowClient()
    with refused("RESOURCE_DOES_NOT_EXIST", NO_RUN):
        client.get_run(NO_RUN)
    with refused("RESOURCE_DOES_NOT_EXIST"):
        client.log_metric(NO_RUN, "loss", 1)
    with refused("RESOURCE_DOES_NOT_EXIST"):
        client.delete_run(NO_RUN)
    with refused("RESOURCE_DOES_NOT_EXIST"):
        client.get_experiment("999999999")
    with refused("RESOURCE_DOES_NOT_EXIST"):
        client.create_run("999999999")
