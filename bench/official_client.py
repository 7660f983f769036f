"""Runs in the environment of the stock MLflow client: times what a training calls.

Each line of standard input, `{"job": …, "url": …, "calls": n, "limit": seconds}`, is answered with a line: the seconds
of each call.
"""

from __future__ import annotations

import json
import sys
import time
import uuid
import warnings
from collections.abc import Callable, Iterator

import mlflow
from mlflow import MlflowClient


def log_metric() -> Iterator[Callable[[], object]]:
    """`mlflow.log_metric(name, value, step)` in a new run."""
    with mlflow.start_run():
        for step in range(sys.maxsize):
            yield lambda step=step: mlflow.log_metric("loss", 1 / (step + 1), step=step)  # type: ignore[misc]


def whole_run() -> Iterator[Callable[[], object]]:
    """A run from its beginning to its end, with all that is said of it."""

    def run() -> None:
        with mlflow.start_run():
            mlflow.log_params({f"param_{n}": f"value {n}" for n in range(20)})
            mlflow.log_metrics({f"metric_{n}": n / 7 for n in range(10)})
            mlflow.set_tags({f"tag_{n}": f"value {n}" for n in range(5)})

    while True:
        yield run


def register() -> Iterator[Callable[[], object]]:
    """A registered model and its first version, from files of a run: two calls."""
    client, run = MlflowClient(), _run()

    def create(name: str) -> None:
        client.create_registered_model(name)
        client.create_model_version(name, f"{run.info.artifact_uri}/model", run.info.run_id)

    while True:
        yield lambda: create(f"registered {uuid.uuid4().hex}")


def change_stage() -> Iterator[Callable[[], object]]:
    """A version goes from one stage to another and back."""
    client, run, name = MlflowClient(), _run(), f"staged {uuid.uuid4().hex}"
    client.create_registered_model(name)
    version = client.create_model_version(name, f"{run.info.artifact_uri}/model", run.info.run_id).version
    while True:
        for stage in ("Staging", "Production"):
            yield lambda stage=stage: client.transition_model_version_stage(name, version, stage)  # type: ignore[misc]


JOBS = {job.__name__: job for job in (log_metric, whole_run, register, change_stage)}


def seconds(job: str, url: str, calls: int, limit: float) -> list[float]:
    """Of each call but the first, which opens the connection; of fewer, when `limit` seconds have passed."""
    mlflow.set_tracking_uri(url)
    work = JOBS[job]()
    found: list[float] = []
    while len(found) <= calls and sum(found) < limit:
        call = next(work)
        began = time.perf_counter()
        call()
        found.append(time.perf_counter() - began)
    work.close()  # type: ignore[attr-defined]
    return found[1:]


def _run() -> mlflow.entities.Run:
    with mlflow.start_run() as run:
        return run


if __name__ == "__main__":
    answers, sys.stdout = sys.stdout, sys.stderr  # the client itself prints the address of each run
    warnings.simplefilter("ignore")  # of stages, which it means to drop
    for line in sys.stdin:
        print(json.dumps(seconds(**json.loads(line))), file=answers, flush=True)
