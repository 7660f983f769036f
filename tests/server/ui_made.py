"""What the tests of the pages' API make by the API."""

from __future__ import annotations

from typing import Any

import httpx

from tests.server.talk import API

OURS = "/api/trackline"


def made_experiment(http: httpx.Client, name: str) -> str:
    return str(http.post(f"{API}/experiments/create", json={"name": name}).json()["experiment_id"])


def made_run(http: httpx.Client, experiment: str, name: str, start: int = 0, **logged: Any) -> str:
    body = {"experiment_id": experiment, "run_name": name, "start_time": start}
    run = str(http.post(f"{API}/runs/create", json=body).json()["run"]["info"]["run_id"])
    assert http.post(f"{API}/runs/log-batch", json={"run_id": run, **logged}).status_code == 200
    return run


def points(key: str, *values: float | str) -> list[dict[str, Any]]:
    return [{"key": key, "value": value, "timestamp": 1000 + at, "step": at} for at, value in enumerate(values)]
