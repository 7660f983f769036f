"""Metric histories."""

from __future__ import annotations

import math

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Metric

from tests.contract.clients.harness import scenario


@scenario("2.3")
def a_history_keeps_every_point(experiment_id: str) -> None:
    client = MlflowClient()
    run_id = client.create_run(experiment_id).info.run_id
    points = [(0, 100, 1.0), (1, 101, math.nan), (-3, 102, -0.5), (2, 103, 2.0), (2, 104, 3.0), (-(2**40), 105, 0.1)]
    for step, timestamp, value in points:
        client.log_metric(run_id, "loss", value, timestamp=timestamp, step=step)
    history = client.get_metric_history(run_id, "loss")
    found = sorted((p.step, p.timestamp, repr(p.value)) for p in history)
    assert found == sorted((step, timestamp, repr(value)) for step, timestamp, value in points)
    assert all(p.key == "loss" for p in history)
    assert client.get_run(run_id).data.metrics == {"loss": 3.0}
    assert client.get_metric_history(run_id, "never logged") == []


@scenario("2.3")
def the_latest_point_has_the_largest_step_then_time_then_value(experiment_id: str) -> None:
    client = MlflowClient()
    run_id = client.create_run(experiment_id).info.run_id
    client.log_batch(
        run_id,
        metrics=[
            Metric("step", 1, 900, 5),
            Metric("step", 2, 999, 4),
            Metric("time", 3, 10, 0),
            Metric("time", 2, 11, 0),
            Metric("value", 7, 5, 1),
            Metric("value", 6, 5, 1),
        ],
    )
    client.log_metric(run_id, "step", 8, timestamp=2_000, step=-1)
    assert client.get_run(run_id).data.metrics == {"step": 1, "time": 2, "value": 7}


@scenario("2.3")
def a_point_sent_twice_is_kept_once(experiment_id: str) -> None:
    client = MlflowClient()
    run_id = client.create_run(experiment_id).info.run_id
    for _ in range(2):
        client.log_batch(run_id, metrics=[Metric("loss", 1, 10, step) for step in range(3)])
    assert [p.step for p in client.get_metric_history(run_id, "loss")] == [0, 1, 2]


@scenario("2.3")
def a_history_longer_than_a_page_comes_whole_and_in_order(experiment_id: str) -> None:
    client = MlflowClient()
    run_id = client.create_run(experiment_id).info.run_id
    length = 26_000  # the client asks for 25,000 at a time
    for start in range(0, length, 1_000):
        steps = range(start, start + 1_000)
        client.log_batch(run_id, metrics=[Metric("loss", s / 3, 1_700_000_000_000 + s, s) for s in steps])
    history = client.get_metric_history(run_id, "loss")
    assert [p.step for p in history] == list(range(length))
    assert [p.value for p in history] == [s / 3 for s in range(length)]


@scenario("2.3")
def many_metrics_of_one_step_are_all_latest(experiment_id: str) -> None:
    with mlflow.start_run() as active:
        for step in range(3):
            mlflow.log_metrics({f"weight.{i}": i * step for i in range(300)}, step=step)
    assert mlflow.get_run(active.info.run_id).data.metrics == {f"weight.{i}": 2.0 * i for i in range(300)}
