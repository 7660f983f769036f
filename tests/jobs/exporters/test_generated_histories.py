"""Whatever was logged, MLflow's own client reads the same out of an export: value by value, point by point."""

from __future__ import annotations

import math
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.databases import Sqlite
from tests.domain.points import Point, any_point, any_value, place
from tests.jobs.exporters.test_mlflow_database import exported
from tests.jobs.importers.made import reader
from tests.store.made import insert_run, update_run
from trackline.db.sqlite import SqliteTransaction, connect
from trackline.db.transaction import Transaction
from trackline.domain.entities import (
    DATASET_CONTEXT_TAG,
    PARENT_TAG,
    RUN_NAME_TAG,
    Dataset,
    DatasetInput,
    Metric,
    Param,
    RunStatus,
    Tag,
)
from trackline.store.datasets import log_inputs
from trackline.store.experiments import create_experiment, delete_experiment
from trackline.store.logging import log_batch
from trackline.store.runs import NewRun, RunChange, delete_run

LARGEST = sys.float_info.max
KEYS = ("loss", "val/loss", "f1 score", "größe:μ.x-1")
ROOT = "mlflow-artifacts:/"

Read = Callable[[str], dict[str, Any]]


class GeneratedRun(NamedTuple):
    """`metrics`: the batches in which points were sent. `datasets`: name, digest and context of each."""

    name: str
    user: str
    status: RunStatus
    is_child: bool
    is_deleted: bool
    params: dict[str, str]
    tags: dict[str, str]
    metrics: list[list[tuple[str, Point]]]
    datasets: list[tuple[str, str, str]]


class GeneratedExperiment(NamedTuple):
    runs: list[GeneratedRun]
    tags: dict[str, str]
    is_deleted: bool


keys = st.sampled_from(KEYS)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
values = st.dictionaries(keys, texts, max_size=4)
points = any_point(any_value() | st.sampled_from([LARGEST, -LARGEST, math.nextafter(LARGEST, 0), 5e-324]))
runs = st.builds(
    GeneratedRun,
    name=texts.filter(bool),
    user=texts,
    status=st.sampled_from(["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"]),
    is_child=st.booleans(),
    is_deleted=st.booleans(),
    params=values,
    tags=values,
    metrics=st.lists(st.lists(st.tuples(keys, points), min_size=1, max_size=30), max_size=4),
    datasets=st.lists(st.tuples(*[st.sampled_from("ab")] * 3), max_size=3, unique_by=lambda one: one[:2]),
)
experiments = st.builds(GeneratedExperiment, st.lists(runs, max_size=4), values, st.booleans())


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Read]:
    with reader("3.17", tmp_path_factory.mktemp("mlflow")) as read:
        yield read


@pytest.mark.slow
@settings(max_examples=15, phases=[Phase.explicit, Phase.generate])
@given(history=st.lists(experiments, min_size=1, max_size=3))
def test_mlflow_reads_what_was_logged(sqlite_engine: Sqlite, read: Read, history: list[GeneratedExperiment]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(shutil.copy(sqlite_engine.template, Path(folder, "trackline.db")))
        with closing(connect(source)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            wanted = lived(SqliteTransaction(connection, 1_700_000_000_000), history)
            connection.execute("COMMIT")
        exported(source, Path(folder, "mlflow.db"))
        found = read(f"sqlite:///{folder}/mlflow.db")
    for run in found["runs"].values():
        run["datasets"].sort()
    found["experiments"].pop("Default", None)  # which MLflow makes where none is active
    assert found["experiments"] == wanted["experiments"]
    assert found["runs"] == wanted["runs"]


def lived(tx: Transaction, history: list[GeneratedExperiment]) -> dict[str, Any]:
    """What a client should see once all that has happened."""
    wanted: dict[str, Any] = {"experiments": {}, "runs": {}}
    for number, one in enumerate(history, 1):
        name, location = f"experiment {number}", f"{ROOT}{number}"
        made = create_experiment(tx, name, None, [Tag(*tag) for tag in one.tags.items()], ROOT)
        parent = None
        for count, run in enumerate(one.runs):
            uuid = f"{number:016x}{count:016x}"
            wanted["runs"][uuid] = lived_run(tx, made, uuid, run, parent)
            parent = uuid
        if one.is_deleted:
            delete_experiment(tx, made)
            for run in wanted["runs"].values():
                if run["info"][1] == made:
                    run["place"][0] = "deleted"
        lifecycle = "deleted" if one.is_deleted else "active"
        wanted["experiments"][name] = [made, lifecycle, tx.now_ms, location, one.tags]
    return wanted


def lived_run(tx: Transaction, experiment: str, uuid: str, run: GeneratedRun, parent: str | None) -> dict[str, Any]:
    """`parent`: the run that this one belongs to, if it is a child."""
    tags = run.tags | ({PARENT_TAG: parent} if run.is_child and parent else {})
    insert_run(tx, NewRun(uuid, experiment, run.name, run.user, 1000, [Tag(*tag) for tag in tags.items()]))
    log_batch(tx, uuid, [], [Param(*param) for param in run.params.items()], [])
    for batch in run.metrics:
        metrics = [Metric(key, point.value, point.timestamp, point.step) for key, point in batch]
        log_batch(tx, uuid, metrics, [], [])
    inputs = [DatasetInput(dataset(*one[:2]), [Tag(DATASET_CONTEXT_TAG, one[2])]) for one in run.datasets]
    log_inputs(tx, uuid, inputs, [])
    end = None if run.status in ("RUNNING", "SCHEDULED") else 2000
    update_run(tx, uuid, RunChange(run.status, end))
    if run.is_deleted:
        delete_run(tx, uuid)
    logged = {key: [point for batch in run.metrics for name, point in batch if name == key] for key in KEYS}
    series = {key: points for key, points in logged.items() if points}
    return {
        "info": [run.name, experiment, run.user, run.status, 1000, end],
        "place": ["deleted" if run.is_deleted else "active", f"{ROOT}{experiment}/{uuid}/artifacts"],
        "params": run.params,
        "tags": tags | {RUN_NAME_TAG: run.name},
        "latest": {key: number(max(points, key=last).value) for key, points in series.items()},
        "points": {key: [list(point) for point in sorted({*map(shown, points)})] for key, points in series.items()},
        "datasets": sorted([*one[:2], profile(*one[:2]), {DATASET_CONTEXT_TAG: one[2]}] for one in run.datasets),
    }


def dataset(name: str, digest: str) -> Dataset:
    return Dataset(name, digest, "local", "{}", None, profile(name, digest))


def profile(name: str, digest: str) -> str:
    return f"of {name} {digest}"


def last(point: Point) -> tuple[int, tuple[int, int, float, bool]]:
    """Ascends to the latest point."""
    return point.step, place(point)


def shown(point: Point) -> tuple[int, int, str]:
    return point.timestamp, point.step, number(point.value)


def number(value: float) -> str:
    """As `history.py` has it: the largest number is infinity."""
    return repr(math.copysign(math.inf, value) if abs(value) == LARGEST else value + 0.0)
