"""What the client sends from threads of its own."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import mlflow
from mlflow import MlflowClient

from tests.contract.clients.harness import refused, scenario


@scenario("2.22")
def asynchronous_logging_arrives_whole(experiment_id: str) -> None:
    with mlflow.start_run() as run:
        for step in range(200):
            mlflow.log_metric("loss", step, step=step, synchronous=False)
        mlflow.log_params({"a": 1, "b": 2}, synchronous=False)
        mlflow.set_tags({"t": "u"}, synchronous=False)
        mlflow.log_metrics({"acc": 1}, step=9, synchronous=False).wait()
        mlflow.flush_async_logging()
        found = mlflow.get_run(run.info.run_id)
        assert found.data.params == {"a": "1", "b": "2"} and found.data.tags["t"] == "u"
        assert found.data.metrics == {"loss": 199, "acc": 1}
    history = MlflowClient().get_metric_history(run.info.run_id, "loss")
    assert sorted(point.step for point in history) == list(range(200))


@scenario("2.22")
def a_refused_asynchronous_write_is_told_to_who_waits(experiment_id: str) -> None:
    with mlflow.start_run():
        mlflow.log_param("depth", 1)
        with refused("INTERNAL_ERROR", "Changing param values"):  # a code of the client's own
            mlflow.log_param("depth", 2, synchronous=False).wait()


@scenario("2.22")
def system_metrics_are_sampled(experiment_id: str) -> None:
    mlflow.set_system_metrics_sampling_interval(0.1)
    mlflow.set_system_metrics_samples_before_logging(1)
    with mlflow.start_run(log_system_metrics=True) as run:
        deadline = time.monotonic() + 30
        while not mlflow.get_run(run.info.run_id).data.metrics and time.monotonic() < deadline:
            time.sleep(0.05)
    metrics = mlflow.get_run(run.info.run_id).data.metrics
    assert "system/cpu_utilization_percentage" in metrics, sorted(metrics)


@scenario("2.3")
def threads_log_to_one_run(experiment_id: str) -> None:
    client = MlflowClient()
    run_id = client.create_run(experiment_id).info.run_id

    def work(thread: int) -> None:
        for step in range(20):
            client.log_metric(run_id, f"m{thread}", step * thread, step=step)
            client.log_param(run_id, f"p{thread}.{step}", step)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    data = client.get_run(run_id).data
    assert data.metrics == {f"m{thread}": 19 * thread for thread in range(8)} and len(data.params) == 160
    assert [p.step for p in client.get_metric_history(run_id, "m5")] == list(range(20))
