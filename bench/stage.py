"""The data that rows read, on one peer's running server."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import partial

from bench import payloads
from bench.driver import Client, replay
from bench.host import Host, made_once
from bench.run_set import PAGES
from bench.transfer import upload

HISTORY_POINTS = 10_000
BATCH = 1_000  # points of one series
SERIES = "series_0"
TEAMS = 100
MODELS_PER_RUN = 10  # registered models, for each run of the set
SMALL_FILE = bytes(range(256)) * 16


class Stage(Host):
    """Data is made when a row first asks for it, before that row's clock starts."""

    @property
    def set_size(self) -> int:
        return self.scale.set_size

    @property
    def page_size(self) -> int:
        """With which page PAGES is the last."""
        return self.set_size // PAGES

    @made_once
    def set_experiment(self) -> str:
        """An experiment with the set: finished runs with 10 metrics and 20 params each."""
        experiment = self.new_experiment("set")
        self.make("runs", range(self.set_size), partial(payloads.set_runs, experiment))
        self.server.gather_statistics()
        return experiment

    @made_once
    def set_runs(self) -> list[str]:
        found = self.ask(payloads.newest(self.set_experiment, min(self.set_size, 1_000)))["runs"]
        return [run["info"]["run_id"] for run in found]

    @made_once
    def last_page(self) -> bytes:
        """The request for page PAGES of the set, newest first; made by walking there."""
        page = partial(payloads.newest, self.set_experiment, self.page_size)
        outcome = self.to_the_end(payloads.walk(page, PAGES - 1))
        return page(page_token=json.loads(outcome.last_answer)["next_page_token"])

    @made_once
    def experiments(self) -> int:
        """How many there are at least."""
        self.make("experiments", range(self.scale.experiments), payloads.new_experiments)
        self.server.gather_statistics()
        return self.scale.experiments

    @made_once
    def registered_models(self) -> int:
        """How many there are, shared among TEAMS."""
        number = self.set_size * MODELS_PER_RUN // TEAMS * TEAMS
        self.make("registered models", range(number), partial(payloads.registered_models, "model", TEAMS))
        return number

    @made_once
    def history_run(self) -> str:
        """A run with one series of HISTORY_POINTS."""
        return self._new_series("points", [self.new_run()], HISTORY_POINTS)[0]

    @made_once
    def long_run(self) -> str:
        """A run with one long series."""
        return self._new_series("points", [self.new_run()], self.scale.long_points)[0]

    @made_once
    def curve_runs(self) -> list[str]:
        """Runs with one series each."""
        return self._new_series("points", [self.new_run() for _ in range(self.scale.curves)], self.scale.curve_points)

    @made_once
    def large_artifact(self) -> str:
        path = f"{self.experiment}/large/read.bin"
        upload(self.server.port, path, self.scale.artifact_mb)
        return path

    @made_once
    def small_artifacts(self) -> list[str]:
        paths = [f"{self.experiment}/small/{number}.bin" for number in range(100)]
        self.make("files", paths, lambda part: replay([payloads.put_artifact(path, SMALL_FILE) for path in part]))
        return paths

    def _new_series(self, what: str, run_ids: list[str], points: int) -> list[str]:
        batches = payloads.log_batches(points // BATCH, keys=1, steps=BATCH)
        wanted = [(run_id, number) for run_id in run_ids for number in range(len(batches))]

        def log(part: Iterable[tuple[str, int]]) -> Client:
            return replay(payloads.for_run(batches[number], run_id) for run_id, number in part)

        self.make(what, wanted, log, clients=1, each=BATCH)
        return run_ids
