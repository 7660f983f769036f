"""Experiments and runs as clients make them, for the pages to show."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx

from tests.server.talk import API

MLMODEL = """
artifact_path: model
flavors:
  python_function: {loader_module: mlflow.sklearn, python_version: 3.11.7}
  sklearn: {sklearn_version: 1.7.2, serialization_format: cloudpickle}
mlflow_version: 3.17.2
signature:
  inputs: '[{"type": "double", "name": "age", "required": true}, {"type": "string", "name": "city", "required": false}]'
  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1]}}]'
"""
EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>"


def made_experiment(http: httpx.Client, name: str) -> str:
    return str(_sent(http, "experiments/create", name=name)["experiment_id"])


def made_run(http: httpx.Client, experiment: str, name: str, start: int = 0, **logged: Any) -> str:
    run = _sent(http, "runs/create", experiment_id=experiment, run_name=name, user_id="ann", start_time=start)["run"]
    log(http, run["info"]["run_id"], **logged)
    return str(run["info"]["run_id"])


def log(http: httpx.Client, run: str, **logged: Any) -> None:
    """`metrics`: values by step, by name; `params` and `tags`: texts by name."""
    metrics = [
        {"key": key, "value": value, "timestamp": 1_000_000 + step, "step": step}
        for key, points in logged.get("metrics", {}).items()
        for step, value in points.items()
    ]
    texts = {
        kind: [{"key": key, "value": value} for key, value in logged.get(kind, {}).items()]
        for kind in ("params", "tags")
    }
    for begin in range(0, max(len(metrics), 1), 900):
        _sent(http, "runs/log-batch", run_id=run, metrics=metrics[begin : begin + 900], **texts)
        texts = {}


def made_file(http: httpx.Client, run: str, path: str, content: bytes | str) -> None:
    uri = http.get(f"{API}/runs/get", params={"run_id": run}).json()["run"]["info"]["artifact_uri"]
    where = uri.removeprefix("mlflow-artifacts:/").lstrip("/")
    data = content.encode() if isinstance(content, str) else content
    answer = http.put(f"/api/2.0/mlflow-artifacts/artifacts/{where}/{quote(path)}", content=data)
    assert answer.status_code == 200, answer.text


def made_version(http: httpx.Client, name: str, run: str, **given: Any) -> str:
    """The number of a new version from the run's `model` folder; the model is made where it is not there yet."""
    http.post(f"{API}/registered-models/create", json={"name": name})
    made = _sent(http, "model-versions/create", name=name, source=f"runs:/{run}/model", run_id=run, **given)
    return str(made["model_version"]["version"])


def _sent(http: httpx.Client, path: str, **body: Any) -> Any:
    answer = http.post(f"{API}/{path}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()
