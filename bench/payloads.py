"""What is sent: whole HTTP requests, encoded before the clock starts. Seeded, so that every run sends the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from math import exp
from random import Random
from typing import Any
from urllib.parse import urlencode

from bench.driver import Client
from bench.run_set import BEGAN_MS, FILTER, set_run

API = "/api/2.0/mlflow/"
ARTIFACTS_API = "/api/2.0/mlflow-artifacts/"
PAGES_API = "/ajax-api/2.0/mlflow/"  # of MLflow's own pages
STEP_MS = 250
MOST_SMALL_RUNS = 100_000
BATCH_KEYS, BATCH_STEPS = 10, 100  # a log-batch of 1,000 points
RUN = "0" * 32  # stands where the id goes that the server will choose


def post(path: str, body: Any) -> bytes:
    content = json.dumps(body).encode()
    return _head("POST", path, f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n") + content


def get(path: str, **query: str | int) -> bytes:
    return _head("GET", f"{path}?{urlencode(query)}", "")


def put_artifact(path: str, content: bytes) -> bytes:
    return _head("PUT", f"artifacts/{path}", f"Content-Length: {len(content)}\r\n", api=ARTIFACTS_API) + content


def get_artifact(path: str) -> bytes:
    return _head("GET", f"artifacts/{path}", "", api=ARTIFACTS_API)


def get_artifacts(folder: str) -> bytes:
    """The listing of a folder of the store behind the proxy."""
    return _head("GET", f"artifacts?{urlencode({'path': folder})}", "", api=ARTIFACTS_API)


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


def small_runs(experiment_id: str, params: int, tags: int) -> Client:
    """Run after run: create, one log-batch with 10 metrics, the params and the tags, end. Three requests each."""
    metrics = [{"key": f"metric_{n}", "value": n / 7, "timestamp": BEGAN_MS, "step": 1} for n in range(10)]
    data = {
        "metrics": metrics,
        "params": [{"key": f"param_{n}", "value": f"value {n}"} for n in range(params)],
        "tags": [{"key": f"tag_{n}", "value": f"value {n}"} for n in range(tags)],
    }
    log, end = post("runs/log-batch", {"run_id": RUN, **data}), end_run(RUN)
    for started in range(BEGAN_MS, BEGAN_MS + MOST_SMALL_RUNS):
        yield from _small_run(experiment_id, started, log, end)


def set_runs(experiment_id: str, numbers: Iterable[int]) -> Client:
    """The runs of the set with these numbers, in the same three requests."""
    end = end_run(RUN)
    for started_ms, metrics, params in map(set_run, numbers):
        data = {
            "metrics": [{"key": k, "value": v, "timestamp": started_ms, "step": 1} for k, v in metrics.items()],
            "params": [{"key": k, "value": v} for k, v in params.items()],
        }
        yield from _small_run(experiment_id, started_ms, post("runs/log-batch", {"run_id": RUN, **data}), end)


def _small_run(experiment_id: str, started_ms: int, log: bytes, end: bytes) -> Client:
    create = post("runs/create", {"experiment_id": experiment_id, "start_time": started_ms, "user_id": "bench"})
    run_id = json.loads((yield create))["run"]["info"]["run_id"]
    yield for_run(log, run_id)
    yield for_run(end, run_id)


def end_run(run_id: str) -> bytes:
    return post("runs/update", {"run_id": run_id, "status": "FINISHED", "end_time": BEGAN_MS})


def search(experiment_id: str, number: int, order: str, **query: str) -> bytes:
    """A page of runs. More of the query: `filter`, `page_token`."""
    body = {"experiment_ids": [experiment_id], "max_results": number, "order_by": [order], **query}
    return post("runs/search", body)


def newest(experiment_id: str, number: int, **query: str) -> bytes:
    """As the clients ask for an experiment's runs."""
    return search(experiment_id, number, "attributes.start_time DESC", **query)


def best(experiment_id: str, number: int, **query: str) -> bytes:
    return search(experiment_id, number, "metrics.metric_9 DESC", **query)


def best_chosen(experiment_id: str, number: int) -> bytes:
    """The best of those that a metric and a param choose."""
    return best(experiment_id, number, filter=FILTER)


def walk(page: Callable[..., bytes], pages: int) -> Client:
    """One page after the other: `page(page_token=…)` asks for one."""
    query: dict[str, str] = {}
    for _ in range(pages):
        query = {"page_token": json.loads((yield page(**query)))["next_page_token"]}


def experiments(number: int) -> bytes:
    return post("experiments/search", {"max_results": number})


def new_experiments(numbers: Iterable[int]) -> Client:
    for number in numbers:
        yield post("experiments/create", {"name": f"experiment {number}"})


def curves(run_ids: Sequence[str], key: str, number: int) -> bytes:
    """So many points of each run's series, thinned."""
    query = urlencode({"run_ids": run_ids, "metric_key": key, "max_results": number}, doseq=True)
    return _head("GET", f"metrics/get-history-bulk-interval?{query}", "", api=PAGES_API)


def registered_models(name: str, teams: int, numbers: Iterable[int]) -> Client:
    """Models with a tag that says which of the teams each belongs to."""
    for number in numbers:
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
