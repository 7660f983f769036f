"""One peer's running server during the rows that send requests, and the data that they read."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

from bench import payloads
from bench.driver import drive, replay
from bench.processes import Server
from bench.transfer import upload

SET_UP_SECONDS = 300.0
SET_UP_CLIENTS = 4
HISTORY_POINTS = 10_000
HISTORY_BATCH = 1_000
TEAMS = 100
MODELS_PER_RUN = 20  # registered models, for each run of the set


class Stage:
    """Data is made when a row first asks for it, before that row's clock starts."""

    def __init__(self, server: Server, set_size: int) -> None:
        self.server = server
        self._set_size = set_size

    def ask(self, request: bytes) -> Any:
        return json.loads(drive(self.server.port, [replay([request])], SET_UP_SECONDS).last_answer)

    @cached_property
    def experiment(self) -> str:
        """For whatever a row writes."""
        return self._new_experiment("bench")

    def new_run(self) -> str:
        body = {"experiment_id": self.experiment, "start_time": payloads.BEGAN_MS}
        run_id: str = self.ask(payloads.post("runs/create", body))["run"]["info"]["run_id"]
        return run_id

    @cached_property
    def set_experiment(self) -> str:
        """An experiment with the set: finished runs with 10 metrics and 10 params each."""
        experiment = self._new_experiment("set")
        each = self._set_size // SET_UP_CLIENTS
        clients = [
            payloads.small_runs(experiment, 10, 0, payloads.BEGAN_MS + number * each, limit=each)
            for number in range(SET_UP_CLIENTS)
        ]
        drive(self.server.port, clients, SET_UP_SECONDS)
        return experiment

    @cached_property
    def set_runs(self) -> list[str]:
        found = self.ask(payloads.newest(self.set_experiment, self._set_size))["runs"]
        return [run["info"]["run_id"] for run in found]

    @cached_property
    def registered_models(self) -> int:
        """How many there are, shared among TEAMS."""
        each = self._set_size * MODELS_PER_RUN // SET_UP_CLIENTS
        clients = [payloads.registered_models("model", TEAMS, number * each, each) for number in range(SET_UP_CLIENTS)]
        drive(self.server.port, clients, SET_UP_SECONDS)
        return each * SET_UP_CLIENTS

    @cached_property
    def history_run(self) -> str:
        """A run with one series of HISTORY_POINTS."""
        run_id = self.new_run()
        batches = payloads.log_batches(HISTORY_POINTS // HISTORY_BATCH, keys=1, steps=HISTORY_BATCH)
        requests = [payloads.for_run(batch, run_id) for batch in batches]
        drive(self.server.port, [replay(requests)], SET_UP_SECONDS)
        return run_id

    @cached_property
    def large_artifact(self) -> str:
        path = f"{self.experiment}/large/read.bin"
        upload(self.server.port, path)
        return path

    def _new_experiment(self, name: str) -> str:
        experiment_id: str = self.ask(payloads.post("experiments/create", {"name": name}))["experiment_id"]
        return experiment_id
