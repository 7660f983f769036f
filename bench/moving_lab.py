"""What is moved: databases of MLflow's, filled by SQL in its own schema, and the commands that bring them over."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from functools import cached_property
from itertools import count
from pathlib import Path
from random import Random
from subprocess import TimeoutExpired
from time import perf_counter
from typing import Any, NamedTuple, Self

import psutil

from bench.driver import Refused, TookTooLong
from bench.peers import Peer
from bench.processes import child, memory_mb, tail
from bench.run_set import BEGAN_MS, set_run
from bench.scale import Scale
from bench.scales import weighed
from trackline.jobs.exporters.mlflow_database import make_schema

LONG_RUNS, KEYS = 100, 10  # runs with many points, and the metrics of each
TAGS = 5
PATIENCE = 1800.0  # seconds, for a command


class Done(NamedTuple):
    seconds: float
    most_mb: float
    said: str


class Moved(NamedTuple):
    """A source, what an import of it into a new database of Trackline's took, and that database.

    `seconds`: until all was there, as the command says; what it took beyond that is its start and the verification.
    """

    source: Path
    target: Path
    done: Done
    seconds: float


class MovingLab:
    def __init__(self, folder: Path, scale: Scale) -> None:
        self.scale = scale
        self._folder = folder
        self._numbers = count(1)
        self._moved: dict[str, Moved] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is left running."""

    def facts(self) -> dict[str, str]:
        scale = self.scale
        return {
            "scale": f"{scale.name}: {LONG_RUNS} runs with {scale.moved_points:,} points of {KEYS} metrics in all; "
            f"{scale.moved_runs:,} runs with 20 params, {TAGS} tags and 10 metrics of one point each",
        }

    def run(self, peer: Peer, *words: str | Path) -> Done:
        """A command of Trackline's, whole, from its start to its end. Raises Refused and TookTooLong."""
        log = self.new_folder() / "log"
        began = perf_counter()
        with child([str(peer.program), *map(str, words)], log) as process:
            root = psutil.Process(process.pid)

            def weigh() -> float:
                with suppress(psutil.NoSuchProcess):  # it has ended
                    return memory_mb(root)
                return 0.0

            with weighed(weigh) as scales:
                try:
                    process.wait(PATIENCE)
                except TimeoutExpired:
                    raise TookTooLong(f"more than {PATIENCE:.0f} s") from None
            seconds = perf_counter() - began
        if process.returncode:
            raise Refused(tail(log))
        return Done(seconds, scales.most, log.read_text())

    def moved(self, peer: Peer, which: str) -> Moved:
        """The source with many "points", or with many "runs", brought over."""
        if which not in self._moved:
            source = self._points if which == "points" else self._runs
            target = self.new_folder() / "trackline.db"
            done = self.run(peer, "import", source, f"--backend-store-uri=sqlite:///{target}")
            runs = LONG_RUNS if which == "points" else self.scale.moved_runs
            told = re.search(rf"New: {runs:,} runs.* It took ([0-9.]+) s", done.said)
            if told is None:
                raise Refused(done.said)
            self._moved[which] = Moved(source, target, done, max(float(told[1]), 0.1))
        return self._moved[which]

    @cached_property
    def _points(self) -> Path:
        return self._made(self._long_runs())

    @cached_property
    def _runs(self) -> Path:
        return self._made(self._short_runs())

    def _long_runs(self) -> Iterator[tuple[str, Iterable[tuple[Any, ...]]]]:
        steps = self.scale.moved_points // LONG_RUNS // KEYS
        for number in range(LONG_RUNS):
            uuid = f"{number:032x}"
            began = BEGAN_MS + number * steps  # one run after the other
            yield _RUN, [(uuid, f"run {number}", began, began + steps)]
            for key in (f"metric_{n}" for n in range(KEYS)):
                random, value = Random(f"{uuid}{key}"), 0.0
                rows = []
                for step in range(steps):
                    value += random.gauss(0, 1)
                    rows.append((key, value, began + step, uuid, step))
                yield _POINT, rows
                yield _LATEST, rows[-1:]

    def _short_runs(self) -> Iterator[tuple[str, Iterable[tuple[Any, ...]]]]:
        for number in range(self.scale.moved_runs):
            run, uuid = set_run(number), f"{number:032x}"
            points = [(key, value, run.started_ms, uuid, 0) for key, value in run.metrics.items()]
            yield _RUN, [(uuid, f"run {number}", run.started_ms, run.started_ms + 1)]
            yield _PARAM, [(key, value, uuid) for key, value in run.params.items()]
            yield _TAG, [(f"tag_{n}", f"value {n}", uuid) for n in range(TAGS)]
            yield _POINT, points
            yield _LATEST, points

    def _made(self, rows: Iterator[tuple[str, Iterable[tuple[Any, ...]]]]) -> Path:
        file = self.new_folder() / "mlflow.db"
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous = OFF")
            make_schema(connection)
            connection.execute("BEGIN")
            connection.execute(_EXPERIMENT)
            for statement, values in rows:
                connection.executemany(statement, values)
            connection.execute("COMMIT")
        return file

    def new_folder(self) -> Path:
        folder = self._folder / f"{next(self._numbers):02}"
        folder.mkdir()
        return folder


_EXPERIMENT = """
INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time)
VALUES (1, 'moved', 'mlflow-artifacts:/1', 'active', 0, 0)
"""
_RUN = """
INSERT INTO runs (
    run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time, end_time, source_version,
    lifecycle_stage, artifact_uri, experiment_id
) VALUES (?, ?, 'UNKNOWN', '', '', 'ann', 'FINISHED', ?, ?, '', 'active', '', 1)
"""
_PARAM = "INSERT INTO params (key, value, run_uuid) VALUES (?, ?, ?)"
_TAG = "INSERT INTO tags (key, value, run_uuid) VALUES (?, ?, ?)"
_POINT = "INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES (?, ?, ?, ?, ?, 0)"
_LATEST = "INSERT INTO latest_metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES (?, ?, ?, ?, ?, 0)"
