"""What the pages have to show: a little is logged through the API, then copied within the server's own SQLite file.

A stock server takes a quarter of an hour for 100,000 runs through its API; how they came makes no odds to a page.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from functools import cached_property
from math import exp
from random import Random
from typing import Any

import httpx

from bench.driver import Refused
from bench.payloads import STEP_MS
from bench.peers import Peer
from bench.processes import Server
from bench.run_set import BEGAN_MS

POINTS = 100_000  # of a long curve
BATCH = 1_000
COMPARED = 20  # runs
KEYS = 12_000
PATIENCE = 120.0

SERIES = "WITH RECURSIVE series (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < :count)"
OURS = "FROM runs t, {} o, runs c WHERE t.uuid = :template AND o.run_id = t.id AND c.experiment_id = t.experiment_id "
OURS += "AND c.id <> t.id"
THEIRS = "FROM runs t, {} o, runs c WHERE t.run_uuid = :template AND o.run_uuid = t.run_uuid "
THEIRS += "AND c.experiment_id = t.experiment_id AND c.run_uuid <> t.run_uuid"
# Copies of the run :template in its experiment; each metric is a little different.
COPIES = {
    "Trackline": (
        f"""
        INSERT INTO runs (uuid, experiment_id, name, user_id, status, start_ms, end_ms, lifecycle) {SERIES}
        SELECT printf('%08x%024x', experiment_id, n), experiment_id, 'run ' || n, user_id, 'FINISHED', start_ms + n,
               start_ms + 2 * n, lifecycle
        FROM runs, series WHERE uuid = :template""",
        f"INSERT INTO params (run_id, key_id, value) SELECT c.id, o.key_id, o.value {OURS.format('params')}",
        f"INSERT INTO tags (run_id, key_id, value) SELECT c.id, o.key_id, o.value {OURS.format('tags')}",
        f"""
        INSERT INTO metric_summaries (run_id, key_id, step, timestamp_ms, value, min_value, max_value, points)
        SELECT c.id, o.key_id, o.step, o.timestamp_ms, o.value + (c.id * 7919) % 1000, o.min_value, o.max_value + 1000,
               o.points
        {OURS.format("metric_summaries")}""",
    ),
    "MLflow": (
        f"""
        INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time,
                          end_time, source_version, lifecycle_stage, artifact_uri, experiment_id) {SERIES}
        SELECT printf('%08x%024x', experiment_id, n), 'run ' || n, source_type, source_name, entry_point_name, user_id,
               'FINISHED', start_time + n, start_time + 2 * n, source_version, lifecycle_stage, artifact_uri,
               experiment_id
        FROM runs, series WHERE run_uuid = :template""",
        f"INSERT INTO params (key, value, run_uuid) SELECT o.key, o.value, c.run_uuid {THEIRS.format('params')}",
        f"INSERT INTO tags (key, value, run_uuid) SELECT o.key, o.value, c.run_uuid {THEIRS.format('tags')}",
        f"""
        INSERT INTO latest_metrics (key, value, timestamp, step, is_nan, run_uuid)
        SELECT o.key, o.value + (c.start_time * 7919) % 1000, o.timestamp, o.step, o.is_nan, c.run_uuid
        {THEIRS.format("latest_metrics")}""",
    ),
}
# Of MLflow's; ours takes the points through its API.
LONG_CURVE = (
    f"""
    INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan) {SERIES}
    SELECT 'loss', (random() % 1000) / 1000.0, {BEGAN_MS} + n, :template, n, 0 FROM series""",
    # A metric whose last step is 0 is drawn as a bar.
    f"UPDATE latest_metrics SET step = :count, timestamp = {BEGAN_MS} + :count WHERE run_uuid = :template",
)


class Shown:
    """The data of one server, each part made when it is first asked for."""

    def __init__(self, peer: Peer, server: Server) -> None:
        self.server = server
        self._peer = peer
        # A connection for each request: a stock server closes idle ones at any moment.
        close = {"connection": "close", "content-type": "application/json"}
        self._http = httpx.Client(base_url=server.url, timeout=PATIENCE, trust_env=False, headers=close)
        self._tables: dict[int, str] = {}

    def post(self, path: str, **body: Any) -> Any:
        return self._send(path, json.dumps(body))

    def _send(self, path: str, body: str) -> Any:
        try:
            answer = self._http.post(f"/api/2.0/mlflow/{path}", content=body)
        except httpx.HTTPError as error:
            raise Refused(f"{path}: {error}") from error
        if answer.status_code != httpx.codes.OK:
            raise Refused(f"{path}: {answer.text}")
        return answer.json()

    def table(self, runs: int) -> str:
        """The experiment with this many runs of 10 metrics and 10 params each."""
        if runs not in self._tables:
            experiment = self._new_experiment(f"{runs} runs")
            points = [{"key": f"metric_{n}", "value": n / 7, "timestamp": BEGAN_MS, "step": 1} for n in range(10)]
            params = [{"key": f"param_{n}", "value": f"value {n}"} for n in range(10)]
            run = self._new_run(experiment)
            self.post("runs/log-batch", run_id=run, metrics=points, params=params)
            self._sql(COPIES[self._peer.name], template=run, count=runs - 1)
            self._tables[runs] = experiment
        return self._tables[runs]

    @cached_property
    def long_runs(self) -> tuple[str, list[str]]:
        """An experiment and its runs, each with one curve of POINTS."""
        experiment = self._new_experiment("long")
        runs = [self._new_run(experiment) for _ in range(COMPARED)]
        for run in runs:
            self.post("runs/log-metric", run_id=run, key="loss", value=1.0, timestamp=BEGAN_MS, step=0)
            if self._peer.name == "MLflow":
                self._sql(LONG_CURVE, template=run, count=POINTS - 1)
                continue
            for batch in self._batches:
                self._send("runs/log-batch", batch.replace("RUN", run))
        return experiment, runs

    @cached_property
    def run_of_many_keys(self) -> str:
        run = self._new_run(self._new_experiment("many keys"))
        for begin in range(0, KEYS, BATCH):
            points = [
                {"key": f"layer_{n // 100}/weight_{n % 100}", "value": n / KEYS, "timestamp": BEGAN_MS, "step": 1}
                for n in range(begin, begin + BATCH)
            ]
            self.post("runs/log-batch", run_id=run, metrics=points)
        return run

    @cached_property
    def growing_run(self) -> str:
        run = self._new_run(self._new_experiment("growing"))
        for step in range(2):
            self.grow(run, step)
        return run

    def grow(self, run: str, step: int) -> None:
        self.post("runs/log-metric", run_id=run, key="loss", value=1 / (step + 1), timestamp=BEGAN_MS + step, step=step)

    @cached_property
    def _batches(self) -> list[str]:
        random = Random(1)
        batches = []
        for begin in range(1, POINTS, BATCH):
            points = [
                {
                    "key": "loss",
                    "value": exp(-step / 40_000) + random.gauss(0, 0.02),
                    "timestamp": BEGAN_MS + step * STEP_MS,
                    "step": step,
                }
                for step in range(begin, min(begin + BATCH, POINTS))
            ]
            batches.append(json.dumps({"run_id": "RUN", "metrics": points}))
        return batches

    def _new_experiment(self, name: str) -> str:
        return str(self.post("experiments/create", name=name)["experiment_id"])

    def _new_run(self, experiment: str) -> str:
        run = self.post("runs/create", experiment_id=experiment, start_time=BEGAN_MS)
        return str(run["run"]["info"]["run_id"])

    def _sql(self, statements: Any, **values: Any) -> None:
        with closing(sqlite3.connect(self.server.data / "tracking.db", timeout=PATIENCE)) as database:
            for statement in statements:
                database.execute(statement, values)
            database.commit()
