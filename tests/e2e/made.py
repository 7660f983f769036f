"""Experiments and runs as clients make them, for the pages to show."""

from __future__ import annotations

from typing import Any

import httpx

from tests.server.talk import API

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


def _sent(http: httpx.Client, path: str, **body: Any) -> Any:
    answer = http.post(f"{API}/{path}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()
