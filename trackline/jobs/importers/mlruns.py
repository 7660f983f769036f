"""An `mlruns` folder, as MLflow 2.x and 3.x leave them: a file for each value, a line for each point."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard

from trackline.domain.entities import (
    Experiment,
    LoggedModel,
    LoggedModelData,
    LoggedModelInfo,
    Metric,
    Param,
    Run,
    RunData,
    RunInfo,
    RunStatus,
    Tag,
)
from trackline.domain.moving import MovingModel, MovingPoints, MovingRegistered, MovingRun
from trackline.domain.points import in_order
from trackline.jobs.importers.by_metric import sliced, together
from trackline.jobs.importers.mlruns_files import (
    Meta,
    files_below,
    folders_in,
    line_count,
    read_meta,
    read_series,
    values_below,
)
from trackline.jobs.importers.mlruns_inputs import read_inputs, read_outputs
from trackline.jobs.importers.mlruns_registry import read_registered
from trackline.jobs.importers.source import BATCH, Amounts, Left, UnusableSource
from trackline.store.logged_models import STATUSES

# As numbers in the files: the order of MLflow's protocol.
_STATUSES: dict[int, RunStatus] = {1: "RUNNING", 2: "SCHEDULED", 3: "FINISHED", 4: "FAILED", 5: "KILLED"}
_NOT_RUNS = {"tags", "datasets", "models", "traces"}


class Mlruns:
    """Satisfies `Source`."""

    def __init__(self, folder: Path) -> None:
        self.shown = f"{folder} (mlruns)"
        self._folder = folder
        places = [*folders_in(folder), *folders_in(folder / ".trash")]
        metas = [(place, read_meta(place)) for place in places]
        self._experiments = {str(meta["experiment_id"]): (place, meta) for place, meta in metas if _is_experiment(meta)}
        if not self._experiments:
            raise UnusableSource(f"{folder} holds no experiments.", "Name the folder that MLflow calls mlruns.")
        self._runs: dict[str, Path] = {}  # those that were listed

    def experiments(self) -> list[Experiment]:
        return [
            Experiment(
                experiment_id,
                str(meta["name"]),
                meta["artifact_location"],
                meta["lifecycle_stage"],
                meta.get("last_update_time") or 0,
                meta.get("creation_time") or 0,
                [Tag(*tag) for tag in values_below(place / "tags").items()],
            )
            for experiment_id, (place, meta) in self._experiments.items()
        ]

    def amounts(self, experiments: list[str]) -> Amounts:
        runs = [run for experiment in experiments for run in self._folders_of_runs(experiment)]
        return Amounts(len(runs), sum(line_count(file) for run in runs for file in _metrics_of(run).values()))

    def left_behind(self) -> list[Left]:
        traces = sum(len(folders_in(place / "traces")) for place, _ in self._experiments.values())
        return [Left("traces", traces, "Trackline has no place for them yet")] if traces else []

    def runs(self, experiments: list[str]) -> Iterator[list[MovingRun]]:
        for experiment in experiments:
            place, _ = self._experiments[experiment]
            folders = self._folders_of_runs(experiment)
            for first in range(0, len(folders), BATCH):
                runs = [_run(experiment, place, folder) for folder in folders[first : first + BATCH]]
                self._runs |= dict(
                    zip((one.run.info.run_id for one in runs), folders[first : first + BATCH], strict=True)
                )
                yield runs

    def runs_of(self, run_ids: list[str]) -> dict[str, MovingRun]:
        listed = (one for batch in self.runs([*self._experiments]) for one in batch)
        return {one.run.info.run_id: one for one in listed if one.run.info.run_id in run_ids}

    def point_counts(self, run_ids: list[str]) -> dict[str, int]:
        return {run_id: sum(self.series_counts(run_id).values()) for run_id in run_ids}

    def points(self, run_id: str) -> Iterator[MovingPoints]:
        return together(run_id, list(_metrics_of(self._runs[run_id])), self.series)

    def series_counts(self, run_id: str) -> dict[str, int]:
        """A point that was logged twice stands twice in its file, and counts once."""
        files = _metrics_of(self._runs[run_id])
        return {key: len(in_order(read_series(file)).steps) for key, file in files.items()}

    def series(self, run_id: str, key: str) -> Iterator[MovingPoints]:
        return sliced(run_id, key, in_order(read_series(_metrics_of(self._runs[run_id])[key])))

    def logged_models(self, experiments: list[str]) -> Iterator[list[MovingModel]]:
        for experiment in experiments:
            place, _ = self._experiments[experiment]
            metas = [(folder, read_meta(folder)) for folder in folders_in(place / "models")]
            if models := [_model(folder, meta) for folder, meta in metas if meta is not None]:
                yield models

    def registered_models(self) -> Iterator[MovingRegistered]:
        return read_registered(self._folder / "models")

    def close(self) -> None: ...

    def _folders_of_runs(self, experiment: str) -> list[Path]:
        place, _ = self._experiments[experiment]
        return [
            folder for folder in folders_in(place) if folder.name not in _NOT_RUNS and (folder / "meta.yaml").is_file()
        ]


def _is_experiment(meta: Meta | None) -> TypeGuard[Meta]:
    return meta is not None and "experiment_id" in meta and "artifact_location" in meta


def _metrics_of(run: Path) -> dict[str, Path]:
    return files_below(run / "metrics")


def _run(experiment: str, place: Path, folder: Path) -> MovingRun:
    meta = read_meta(folder) or {}
    info = RunInfo(
        run_id=folder.name,
        run_uuid=folder.name,
        run_name=str(meta.get("run_name") or meta.get("name") or ""),
        experiment_id=experiment,
        user_id=str(meta.get("user_id") or ""),
        status=_STATUSES[meta.get("status", 1)],
        artifact_uri=meta.get("artifact_uri") or "",
        lifecycle_stage=meta.get("lifecycle_stage", "active"),
        start_time=meta.get("start_time"),
        end_time=meta.get("end_time"),
    )
    params = [Param(*param) for param in values_below(folder / "params").items()]
    tags = [Tag(*tag) for tag in values_below(folder / "tags").items()]
    data = RunData([], params, tags)
    return MovingRun(Run(info, data, read_inputs(place, folder), read_outputs(folder)), meta.get("deleted_time"))


def _model(folder: Path, meta: Meta) -> MovingModel:
    info = LoggedModelInfo(
        model_id=meta["model_id"],
        experiment_id=str(meta["experiment_id"]),
        name=str(meta["name"]),
        creation_timestamp_ms=meta["creation_timestamp"],
        last_updated_timestamp_ms=meta["last_updated_timestamp"],
        artifact_uri=meta["artifact_location"],
        status=STATUSES[meta["status"]],
        model_type=meta.get("model_type"),
        source_run_id=meta.get("source_run_id"),
        status_message=meta.get("status_message"),
        tags=[Tag(*tag) for tag in values_below(folder / "tags").items()],
    )
    params = [Param(*param) for param in values_below(folder / "params").items()]
    metrics = [
        _metric(key, info.model_id, line.split())
        for key, text in values_below(folder / "metrics").items()
        for line in text.splitlines()
    ]
    return MovingModel(LoggedModel(info, LoggedModelData(params, metrics)), meta.get("lifecycle_stage", "active"))


def _metric(key: str, model_id: str, words: list[str]) -> Metric:
    """Of a logged model: time, value, step, run, and perhaps name and digest of a dataset."""
    timestamp, value, step, run_id, *dataset = words
    name, digest = (" ".join(dataset[:-1]), dataset[-1]) if len(dataset) > 1 else (None, None)
    return Metric(key, float(value), int(timestamp), int(step), model_id, name, digest, run_id)
