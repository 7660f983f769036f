"""A server that speaks MLflow's REST API, of versions 2.22 to 3.17, or Trackline: whatever its clients may ask."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import msgspec
import numpy as np

from trackline.domain.entities import Experiment, LoggedModel, Metric, Run
from trackline.domain.moving import MovingModel, MovingPoints, MovingRegistered, MovingRun
from trackline.domain.points import NO_POINTS, Series, in_order, join_series
from trackline.jobs.importers.by_metric import sliced, together
from trackline.jobs.importers.mlflow_values import with_infinity
from trackline.jobs.importers.rest_registry import read_registered
from trackline.jobs.importers.rest_talk import Answer, Talk
from trackline.jobs.importers.source import Amounts, Left, UnusableSource

_EXPERIMENTS_AT_ONCE = 1000
_RUNS_AT_ONCE = 100
_MODELS_AT_ONCE = 50  # MLflow gives no more
_POINTS_AT_ONCE = 25_000  # what MLflow's own client asks for
_NOT_SHOWN = "a server does not show them; its database does"


class RestServer:
    """Satisfies `Source`. Of one metric of one run it holds all points in memory, of all else a page."""

    def __init__(self, http: httpx.Client) -> None:
        self.shown = str(http.base_url.copy_with(username=None, password=None)).rstrip("/")
        self._http = http
        self._talk = Talk(http, self.shown)
        self._runs: dict[str, int] = {}  # how many the experiments have, as far as they were counted
        self._names: dict[str, list[str]] = {}  # the metrics of the runs on the last page
        if self._talk.get("experiments/search", max_results=1) is None:
            raise UnusableSource(
                f"{self.shown} is no server of MLflow's.", "Name the address that clients have as MLFLOW_TRACKING_URI."
            )

    def experiments(self) -> list[Experiment]:
        missing = {"artifact_location": "", "last_update_time": 0, "creation_time": 0}
        asked = {"view_type": "ALL", "max_results": _EXPERIMENTS_AT_ONCE}
        pages = self._talk.pages("POST", "experiments/search", "experiments", **asked)
        return [msgspec.convert({**missing, **one}, Experiment, strict=False) for page in pages for one in page]

    def amounts(self, experiments: list[str]) -> Amounts:
        for experiment in experiments:
            if experiment not in self._runs:
                self._runs[experiment] = sum(len(page) for page in self._pages_of_runs(experiment))
        return Amounts(sum(self._runs[experiment] for experiment in experiments), -1)

    def left_behind(self) -> list[Left]:
        return [Left("deleted logged models", -1, _NOT_SHOWN), Left("traces", -1, "Trackline has no place for them")]

    def runs(self, experiments: list[str]) -> Iterator[list[MovingRun]]:
        for experiment in experiments:
            for page in self._pages_of_runs(experiment):
                found = self.runs_of([one["info"]["run_id"] for one in page])
                self._names = {run_id: [metric.key for metric in one.run.data.metrics] for run_id, one in found.items()}
                yield list(found.values())

    def runs_of(self, run_ids: list[str]) -> dict[str, MovingRun]:
        """One by one: a search leaves out the models that runs read."""
        answers = ((run_id, self._talk.get("runs/get", run_id=run_id)) for run_id in run_ids)
        return {run_id: _run(answer["run"]) for run_id, answer in answers if answer is not None}

    def point_counts(self, run_ids: list[str]) -> dict[str, int]:
        return {run_id: sum(self.series_counts(run_id).values()) for run_id in run_ids}

    def points(self, run_id: str) -> Iterator[MovingPoints]:
        return together(run_id, self._metrics_of(run_id), self.series)

    def series_counts(self, run_id: str) -> dict[str, int]:
        return {key: len(_history(self._talk, run_id, key).steps) for key in self._metrics_of(run_id)}

    def series(self, run_id: str, key: str) -> Iterator[MovingPoints]:
        return sliced(run_id, key, _history(self._talk, run_id, key))

    def logged_models(self, experiments: list[str]) -> Iterator[list[MovingModel]]:
        for experiment in experiments:
            asked = {"experiment_ids": [experiment], "max_results": _MODELS_AT_ONCE}
            for page in self._talk.pages("POST", "logged-models/search", "models", **asked):
                models = [msgspec.convert({"data": {}, **one}, LoggedModel, strict=False) for one in page]
                yield [MovingModel(one, "active") for one in models]

    def registered_models(self) -> Iterator[MovingRegistered]:
        return read_registered(self._talk)

    def close(self) -> None:
        self._http.close()

    def _pages_of_runs(self, experiment: str) -> Iterator[list[Answer]]:
        asked = {"experiment_ids": [experiment], "run_view_type": "ALL", "max_results": _RUNS_AT_ONCE}
        # What begins meanwhile comes last, so that pages do not shift.
        return self._talk.pages("POST", "runs/search", "runs", **asked, order_by=["attributes.start_time ASC"])

    def _metrics_of(self, run_id: str) -> list[str]:
        if run_id not in self._names:
            found = self.runs_of([run_id])
            return [metric.key for one in found.values() for metric in one.run.data.metrics]
        return self._names[run_id]


def _history(talk: Talk, run_id: str, key: str) -> Series:
    """In order, each point once: a server on files gives those twice that were logged twice."""
    asked = {"run_id": run_id, "metric_key": key, "max_results": _POINTS_AT_ONCE}
    parts = [_series(page) for page in talk.pages("GET", "metrics/get-history", "metrics", **asked)]
    return in_order(join_series(parts))


def _run(given: Answer) -> MovingRun:
    info = {"run_name": "", "user_id": "", "artifact_uri": "", **given["info"]}
    parts = {part: given.get(part, {}) for part in ("data", "inputs", "outputs")}
    return MovingRun(msgspec.convert({"info": info, **parts}, Run, strict=False))


def _series(page: list[Answer]) -> Series:
    if not page:
        return NO_POINTS.series
    points = msgspec.convert(page, list[Metric], strict=False)
    columns = zip(*((one.step, one.timestamp, one.value) for one in points), strict=True)
    steps, timestamps, values = columns
    return Series(
        np.array(steps, np.int64), np.array(timestamps, np.int64), with_infinity(np.array(values, np.float64) + 0.0)
    )
