"""Runs go to another experiment, or are copied into one, with all that belongs to them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.store.made import ROOT, get_run, make_experiment, make_run, refused, update_run
from trackline.db.transaction import Transaction
from trackline.domain.entities import PARENT_TAG, Dataset, DatasetInput, Metric, ModelOutput, Param, Run, Tag
from trackline.domain.errors import InvalidParameter, NotFound
from trackline.domain.filters import RunQuery
from trackline.store.access.permissions import _owners
from trackline.store.artifact_locations import move_locations
from trackline.store.datasets import log_inputs, log_outputs, search_datasets
from trackline.store.editions import Documents
from trackline.store.experiments import create_experiment
from trackline.store.histories import history
from trackline.store.logged_models import NewModel, artifact_uri_of_model, create_logged_model, get_logged_model
from trackline.store.logging import log_batch
from trackline.store.metrics import seal_run
from trackline.store.moving_runs import COPIED_FROM_TAG, copy_runs, move_runs
from trackline.store.run_documents import ask_document
from trackline.store.runs import RunChange, artifact_uri_of_run, delete_run, run_number
from trackline.store.search import search_runs

DATA = DatasetInput(Dataset("data", "d1", "local", "{}"), [Tag("context", "train")])


@pytest.fixture
def places(store_tx: Transaction) -> tuple[str, str]:
    """Two experiments; in the first a run `r` with something of everything."""
    first, second = make_experiment(store_tx, "first"), make_experiment(store_tx, "second")
    run = make_run(store_tx, first, "r")
    points = [Metric("loss", 1 / (1 + step), step, step) for step in range(100)]
    log_batch(store_tx, run, points, [Param("lr", "0.1")], [Tag("colour", "blue")])
    seal_run(store_tx, run_number(store_tx, run))
    log_batch(store_tx, run, [Metric("loss", 0.001, 100, 100)], [], [])
    log_inputs(store_tx, run, [DATA], [])
    create_logged_model(store_tx, NewModel("m-1", first, "model", "", run, [], []))
    log_outputs(store_tx, run, [ModelOutput("m-1", 0)])
    return first, second


def parts(tx: Transaction, uuid: str) -> tuple[Any, ...]:
    """What is said of a run, but for its id and its place."""
    run = get_run(tx, uuid)
    tags = [tag for tag in run.data.tags if tag.key not in (COPIED_FROM_TAG, PARENT_TAG)]
    points = history(tx, run_number(tx, uuid), "loss")
    told = (run.info.run_name, run.info.status, run.info.start_time, run.data.metrics, run.data.params, tags)
    return (*told, run.inputs, run.outputs, points.steps.tolist(), points.values.tolist())


def test_a_moved_run_is_as_it_was_and_lies_in_the_other_experiment_with_its_models(
    store_tx: Transaction, places: tuple[str, str]
) -> None:
    first, second = places
    before = parts(store_tx, "r")

    assert move_runs(store_tx, ["r"], second) == 1
    assert move_runs(store_tx, ["r"], second) == 0

    assert parts(store_tx, "r") == before
    assert get_run(store_tx, "r").info.experiment_id == second
    assert get_logged_model(store_tx, "m-1").info.experiment_id == second
    assert [one.experiment_id for one in search_datasets(store_tx, [int(first), int(second)])] == [second]


def test_a_kept_document_of_an_ended_run_follows_it_and_its_files(
    store_tx: Transaction, places: tuple[str, str]
) -> None:
    documents: Documents[Run] = Documents(lambda run: f"{run.info.experiment_id} {run.info.artifact_uri}".encode())
    first, second = places
    update_run(store_tx, "r", RunChange("FINISHED", 1))
    shown = [ask_document(store_tx, documents, "r")()]
    move_runs(store_tx, ["r"], second)
    shown.append(ask_document(store_tx, documents, "r")())
    move_locations(store_tx, ROOT, "s3://bucket")
    shown.append(ask_document(store_tx, documents, "r")())
    places_of_files = [f"{ROOT}{first}", f"{ROOT}{first}", f"s3://bucket/{first}"]
    experiments = [first, second, second]
    assert shown == [f"{n} {place}/r/artifacts".encode() for n, place in zip(experiments, places_of_files, strict=True)]


def test_files_of_what_was_moved_stay_where_they_are_and_are_found(
    store_tx: Transaction, places: tuple[str, str]
) -> None:
    first, second = places
    uri = f"mlflow-artifacts:/{first}/r/artifacts"
    move_runs(store_tx, ["r"], second)

    assert artifact_uri_of_run(store_tx, "r") == uri
    assert artifact_uri_of_model(store_tx, "m-1") == f"mlflow-artifacts:/{first}/models/m-1/artifacts"
    query = RunQuery(experiment_ids=[int(second)], filter=f"attributes.artifact_uri = '{uri}'")
    assert search_runs(store_tx, query).ids == [run_number(store_tx, "r")]

    move_locations(store_tx, ROOT, "s3://bucket/root")
    assert artifact_uri_of_run(store_tx, "r") == f"s3://bucket/root/{first}/r/artifacts"
    move_runs(store_tx, ["r"], first)
    move_locations(store_tx, f"s3://bucket/root/{first}", "s3://other")
    assert artifact_uri_of_run(store_tx, "r") == "s3://other/r/artifacts"  # it follows its experiment again


@pytest.mark.parametrize(
    ("path", "of"),
    [
        ("{first}/r/artifacts/file", {"second"}),
        ("{first}/r", {"second"}),
        ("{first}/models/m-1/artifacts/file", {"second"}),
        ("{first}/other/artifacts/file", {"first"}),
        ("{first}", {"first", "second"}),
        ("{first}/models", {"first", "second"}),
        ("{second}/r/artifacts/file", {"second"}),
    ],
)
def test_files_of_what_was_moved_belong_to_the_experiment_where_it_is_now(
    store_tx: Transaction, places: tuple[str, str], path: str, of: set[str]
) -> None:
    first, second = places
    move_runs(store_tx, ["r"], second)
    numbers = {"first": int(first), "second": int(second)}

    assert _owners(store_tx, path.format(first=first, second=second)) == {numbers[name] for name in of}


def test_a_copy_says_all_that_the_run_says_and_has_a_place_of_its_own(
    store_tx: Transaction, places: tuple[str, str]
) -> None:
    _, second = places
    copy_runs(store_tx, {"r": "c"}, second)

    assert parts(store_tx, "c") == parts(store_tx, "r")
    copy = get_run(store_tx, "c")
    assert (copy.info.experiment_id, copy.info.artifact_uri) == (second, f"mlflow-artifacts:/{second}/c/artifacts")
    assert Tag(COPIED_FROM_TAG, "r") in copy.data.tags
    log_batch(store_tx, "c", [Metric("loss", 9.0, 200, 200)], [], [])
    assert len(history(store_tx, run_number(store_tx, "r"), "loss").steps) == 101


def test_a_copied_child_belongs_to_the_copied_parent_and_a_moved_one_to_the_same(
    store_tx: Transaction, places: tuple[str, str]
) -> None:
    first, second = places
    for child in ("child", "other"):
        make_run(store_tx, first, child, [Tag(PARENT_TAG, "r")])
    copy_runs(store_tx, {"r": "c", "child": "cc"}, second)
    copy_runs(store_tx, {"other": "co"}, second)
    move_runs(store_tx, ["r", "child"], second)

    parents = {run: {tag.key: tag.value for tag in get_run(store_tx, run).data.tags}[PARENT_TAG] for run in CHILDREN}
    assert parents == CHILDREN


CHILDREN = {"cc": "c", "co": "r", "child": "r", "other": "r"}


def test_a_dataset_that_the_other_experiment_knows_is_the_same_there(
    store_tx: Transaction, places: tuple[str, str]
) -> None:
    _, second = places
    make_run(store_tx, second, "there")
    log_inputs(store_tx, "there", [DATA], [])
    move_runs(store_tx, ["r"], second)
    copy_runs(store_tx, {"r": "c"}, second)

    assert get_run(store_tx, "c").inputs.dataset_inputs == [DATA]
    assert get_run(store_tx, "r").inputs.dataset_inputs == [DATA]
    assert len(search_datasets(store_tx, [int(second)])) == 1


def test_models_of_others_that_name_the_run_stay(store_tx: Transaction, places: tuple[str, str]) -> None:
    _, second = places
    third = create_experiment(store_tx, "third", None, [], ROOT)
    create_logged_model(store_tx, NewModel("m-2", third, "model", "", "r", [], []))
    move_runs(store_tx, ["r"], second)

    assert get_logged_model(store_tx, "m-2").info.experiment_id == third


def test_what_lies_in_the_trash_or_is_not_there_goes_nowhere(store_tx: Transaction, places: tuple[str, str]) -> None:
    first, second = places
    make_run(store_tx, first, "gone")
    delete_run(store_tx, "gone")
    for bad, kind, reason in (("gone", InvalidParameter, "deleted"), ("none", NotFound, "not found")):
        with refused(store_tx, kind, reason):
            move_runs(store_tx, ["r", bad], second)
        with refused(store_tx, kind, reason):
            copy_runs(store_tx, {"r": "c", bad: "x"}, second)
    with refused(store_tx, NotFound, "No Experiment"):
        move_runs(store_tx, ["r"], "999")
