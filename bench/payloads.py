"""What is sent: whole HTTP requests, encoded before the clock starts. Seeded, so that every run sends the same."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from math import exp
from random import Random
from typing import Any
from urllib.parse import urlencode

from bench.driver import Client

API = "/api/2.0/mlflow/"
BEGAN_MS = 1_760_000_000_000
STEP_MS = 250
BATCH_KEYS, BATCH_STEPS = 10, 100  # a log-batch of 1,000 points
RUN = "0" * 32  # stands where the id goes that the server will choose


def post(path: str, body: Any) -> bytes:
    content = json.dumps(body).encode()
    return _head("POST", path, f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n") + content


def get(path: str, **query: str | int) -> bytes:
    return _head("GET", f"{path}?{urlencode(query)}", "")


def get_artifacts(folder: str) -> bytes:
    """The listing of a folder of the store behind the proxy."""
    return _head("GET", f"artifacts?{urlencode({'path': folder})}", "", api="/api/2.0/mlflow-artifacts/")


def for_run(request: bytes, run_id: str) -> bytes:
    return request.replace(RUN.encode(), run_id.encode())


def log_metric(run_id: str, step: int) -> bytes:
    point = {"key": "loss", "value": _trend(step), "timestamp": BEGAN_MS + step * STEP_MS, "step": step}
    return post("runs/log-metric", {"run_id": run_id, **point})


@cache
def log_batches(number: int, keys: int = BATCH_KEYS, steps: int = BATCH_STEPS) -> Sequence[bytes]:
    """Consecutive batches of `keys` series x `steps` steps for one run, which `for_run` names.

    A training's curves: falling, with noise in all 52 bits of the fraction, which compresses worst, and
    times that waver by some milliseconds.
    """
    return [
        post(
            "runs/log-batch",
            {"run_id": RUN, "metrics": _points(keys, range(batch * steps, (batch + 1) * steps))},
        )
        for batch in range(number)
    ]


def small_runs(experiment_id: str, params: int, tags: int, started_ms: int = BEGAN_MS, limit: int = 100_000) -> Client:
    """Run after run: create, one log-batch with 10 metrics, the params and the tags, end. Three requests each."""
    metrics = [{"key": f"metric_{n}", "value": n / 7, "timestamp": BEGAN_MS, "step": 1} for n in range(10)]
    data = {
        "metrics": metrics,
        "params": [{"key": f"param_{n}", "value": f"value {n}"} for n in range(params)],
        "tags": [{"key": f"tag_{n}", "value": f"value {n}"} for n in range(tags)],
    }
    log = post("runs/log-batch", {"run_id": RUN, **data})
    end = end_run(RUN)
    for started in range(started_ms, started_ms + limit):
        create = post("runs/create", {"experiment_id": experiment_id, "start_time": started, "user_id": "bench"})
        run_id = json.loads((yield create))["run"]["info"]["run_id"]
        yield for_run(log, run_id)
        yield for_run(end, run_id)


def end_run(run_id: str) -> bytes:
    return post("runs/update", {"run_id": run_id, "status": "FINISHED", "end_time": BEGAN_MS})


def newest(experiment_id: str, number: int) -> bytes:
    """As the clients ask for the first page of an experiment."""
    order = ["attributes.start_time DESC"]
    return post("runs/search", {"experiment_ids": [experiment_id], "max_results": number, "order_by": order})


def best(experiment_id: str, number: int) -> bytes:
    """The first page of those that a metric and a param choose, the largest metric first."""
    query = {"filter": "metrics.metric_3 > 0.1 AND params.param_1 = 'value 1'", "order_by": ["metrics.metric_9 DESC"]}
    return post("runs/search", {"experiment_ids": [experiment_id], "max_results": number, **query})


def registered_models(name: str, teams: int, start: int, count: int) -> Client:
    """Models with a tag that says which of the teams each belongs to."""
    for number in range(start, start + count):
        tags = [{"key": "team", "value": f"team {number % teams}"}, {"key": "number", "value": str(number)}]
        yield post("registered-models/create", {"name": f"{name} {number}", "tags": tags})


def models_of_team(number: int) -> bytes:
    return get("registered-models/search", filter=f"tags.team = 'team {number}'", max_results=100)


def _head(method: str, path: str, fields: str, api: str = API) -> bytes:
    return f"{method} {api}{path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{fields}\r\n".encode()


def _points(keys: int, steps: range) -> list[dict[str, Any]]:
    random = Random(steps.start)
    points = []
    for step in steps:
        now_ms = BEGAN_MS + step * STEP_MS + random.randrange(8)
        for key in range(keys):
            value = _trend(step) + random.gauss(0, 0.02)
            points.append({"key": f"series_{key}", "value": value, "timestamp": now_ms, "step": step})
    return points


def _trend(step: int) -> float:
    return exp(-step / 4000)
