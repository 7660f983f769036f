"""Runs in the environment of the stock MLflow client: times what a training calls.

Each line of standard input, `{"url": …, "calls": n}`, is answered with a line: the seconds of each call.
"""

from __future__ import annotations

import json
import sys
import time

import mlflow


def log_metric_seconds(url: str, calls: int) -> list[float]:
    """Of `mlflow.log_metric(name, value, step)` in a new run, the first call left out: it opens the connection."""
    mlflow.set_tracking_uri(url)
    seconds = []
    with mlflow.start_run():
        for step in range(calls + 1):
            began = time.perf_counter()
            mlflow.log_metric("loss", 1 / (step + 1), step=step)
            seconds.append(time.perf_counter() - began)
    return seconds[1:]


if __name__ == "__main__":
    answers, sys.stdout = sys.stdout, sys.stderr  # the client itself prints the address of each run
    for line in sys.stdin:
        print(json.dumps(log_metric_seconds(**json.loads(line))), file=answers, flush=True)
