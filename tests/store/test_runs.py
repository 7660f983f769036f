from __future__ import annotations

import pytest

from tests.store.made import create_run, get_run, make_experiment, make_run, refused, update_run
from trackline.db.transaction import Transaction
from trackline.domain.entities import (
    Dataset,
    DatasetInput,
    Metric,
    ModelInput,
    ModelOutput,
    Param,
    Run,
    RunData,
    RunInfo,
    RunInputs,
    RunOutputs,
    RunStatus,
    Tag,
    ViewType,
)
from trackline.domain.errors import InvalidParameter, NotFound
from trackline.domain.filters import RunQuery
from trackline.store.datasets import log_inputs, log_outputs
from trackline.store.experiments import create_experiment, delete_experiment
from trackline.store.histories import history
from trackline.store.logging import delete_tag, log_batch, note_logged_model
from trackline.store.run_documents import read_runs
from trackline.store.runs import (
    NewRun,
    RunChange,
    artifact_uri_of_run,
    delete_run,
    restore_run,
    run_number,
    run_numbers,
)
from trackline.store.search import search_runs


@pytest.fixture
def tx(store_tx: Transaction) -> Transaction:
    make_experiment(store_tx, "experiment 1")
    return store_tx


@pytest.fixture
def run(tx: Transaction) -> str:
    return make_run(tx, "1")


def test_a_new_run_is_running_and_is_what_was_said_of_it(tx: Transaction) -> None:
    created = create_run(tx, NewRun("abc", "1", "näme", "ann", 12, [Tag("t", "v"), Tag("s", "")]))

    assert created == Run(
        RunInfo("abc", "abc", "näme", "1", "ann", "RUNNING", "mlflow-artifacts:/1/abc/artifacts", "active", 12),
        RunData(tags=[Tag("mlflow.runName", "näme"), Tag("s", ""), Tag("t", "v")]),
        RunInputs(),
        RunOutputs(),
    )
    assert get_run(tx, "abc") == created


def test_artifacts_of_a_run_lie_below_those_of_its_experiment(tx: Transaction) -> None:
    elsewhere = create_experiment(tx, "elsewhere", "s3://bucket/place?region=x", [], "mlflow-artifacts:/")
    assert artifact_uri_of_run(tx, make_run(tx, elsewhere, "abc")) == "s3://bucket/place/abc/artifacts?region=x"


def test_the_name_that_was_given_wins_over_the_tag(tx: Transaction) -> None:
    created = create_run(tx, NewRun("abc", "1", "given", "", 0, [Tag("mlflow.runName", "tagged")]))
    assert created.info.run_name == "given"
    assert created.data.tags == [Tag("mlflow.runName", "given")]


@pytest.mark.parametrize("status", ["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"])
def test_an_update_changes_what_it_names_and_nothing_else(tx: Transaction, run: str, status: RunStatus) -> None:
    before = get_run(tx, run).info

    changed = update_run(tx, run, RunChange(status=status))
    assert (changed.status, changed.end_time, changed.run_name) == (status, None, before.run_name)

    changed = update_run(tx, run, RunChange(end_ms=99))
    assert (changed.status, changed.end_time, changed.run_name) == (status, 99, before.run_name)

    changed = update_run(tx, run, RunChange(name="new"))
    assert (changed.status, changed.end_time, changed.run_name) == (status, 99, "new")
    assert changed == get_run(tx, run).info
    assert changed.start_time == before.start_time


def test_an_end_at_zero_is_not_shown_as_in_mlflow(tx: Transaction, run: str) -> None:
    assert update_run(tx, run, RunChange(end_ms=0)).end_time is None


def test_a_run_is_renamed_by_update_and_by_tag_and_both_agree(tx: Transaction, run: str) -> None:
    def names() -> tuple[str, list[str]]:
        document = get_run(tx, run)
        return document.info.run_name, [t.value for t in document.data.tags if t.key == "mlflow.runName"]

    assert names() == ("name of run-1", ["name of run-1"])
    update_run(tx, run, RunChange(name="updated"))
    assert names() == ("updated", ["updated"])
    log_batch(tx, run, [], [], [Tag("mlflow.runName", "tagged")])
    assert names() == ("tagged", ["tagged"])
    log_batch(tx, run, [], [], [Tag("a", "b"), Tag("mlflow.runName", "first"), Tag("mlflow.runName", "last")])
    assert names() == ("last", ["last"])


def test_an_empty_name_changes_nothing(tx: Transaction, run: str) -> None:
    before = get_run(tx, run)
    update_run(tx, run, RunChange(name=""))
    log_batch(tx, run, [], [], [Tag("mlflow.runName", "")])
    assert get_run(tx, run) == before


def test_a_run_keeps_its_name_when_the_tag_is_deleted_and_can_be_named_again(tx: Transaction, run: str) -> None:
    delete_tag(tx, run, "mlflow.runName")
    assert get_run(tx, run).info.run_name == "name of run-1"
    assert get_run(tx, run).data.tags == []
    update_run(tx, run, RunChange(name="again"))
    assert get_run(tx, run).data.tags == [Tag("mlflow.runName", "again")]


def test_points_of_a_run_that_ended_are_all_there_and_more_may_come(tx: Transaction, run: str) -> None:
    number = run_number(tx, run)
    for step in range(3):
        log_batch(tx, run, [Metric("m", float(step), step, step)], [], [])
    update_run(tx, run, RunChange("FINISHED", 5))
    assert history(tx, number, "m").values.tolist() == [0.0, 1.0, 2.0]

    update_run(tx, run, RunChange("RUNNING"))
    log_batch(tx, run, [Metric("m", 3.0, 3, 3)], [], [])
    update_run(tx, run, RunChange("KILLED"))
    assert history(tx, number, "m").values.tolist() == [0.0, 1.0, 2.0, 3.0]


def test_a_deleted_run_can_be_read_but_not_written_until_it_is_restored(tx: Transaction, run: str) -> None:
    log_batch(tx, run, [], [Param("p", "1")], [Tag("t", "1")])
    before = get_run(tx, run)
    delete_run(tx, run)
    delete_run(tx, run)
    assert get_run(tx, run).info.lifecycle_stage == "deleted"
    for work in (
        lambda: log_batch(tx, run, [Metric("m", 1.0, 1, 1)], [], []),
        lambda: log_batch(tx, run, [], [Param("q", "1")], []),
        lambda: log_batch(tx, run, [], [], [Tag("t", "2")]),
        lambda: log_batch(tx, run, [], [], []),
        lambda: delete_tag(tx, run, "t"),
        lambda: update_run(tx, run, RunChange("FINISHED")),
        lambda: note_logged_model(tx, run, {}),
        lambda: log_inputs(tx, run, [], [ModelInput("m-1")]),
        lambda: log_outputs(tx, run, [ModelOutput("m-1", 0)]),
    ):
        with refused(tx, InvalidParameter, f"The run {run} must be in the 'active' state"):
            work()

    restore_run(tx, run)
    restore_run(tx, run)
    assert get_run(tx, run) == before


def test_what_does_not_exist_is_not_found(tx: Transaction, run: str) -> None:
    for work in (
        lambda: get_run(tx, "nope"),
        lambda: run_number(tx, "nope"),
        lambda: artifact_uri_of_run(tx, "nope"),
        lambda: log_batch(tx, "nope", [], [], []),
        lambda: delete_tag(tx, "nope", "t"),
        lambda: update_run(tx, "nope", RunChange("FINISHED")),
        lambda: delete_run(tx, "nope"),
        lambda: restore_run(tx, "nope"),
        lambda: note_logged_model(tx, "nope", {}),
        lambda: log_inputs(tx, "nope", [], []),
        lambda: log_outputs(tx, "nope", []),
    ):
        with refused(tx, NotFound, "Run with id=nope not found"):
            work()
    assert run_numbers(tx, ["nope", run]) == {run: run_number(tx, run)}


def test_a_run_of_a_deleted_experiment_cannot_be_written(tx: Transaction, run: str) -> None:
    delete_experiment(tx, "1")
    with refused(tx, InvalidParameter, "must be in the 'active' state"):
        log_batch(tx, run, [Metric("m", 1.0, 1, 1)], [], [])


def test_many_are_read_in_the_order_asked_for_each_with_its_own(tx: Transaction) -> None:
    expected = []
    for letter in "abc":
        run = make_run(tx, "1", letter)
        log_batch(tx, run, [Metric("m", 1.0, 1, ord(letter))], [Param("p", letter)], [Tag("t", letter)])
        log_inputs(tx, run, [DatasetInput(Dataset(letter, "d", "s", "s"), [Tag("for", letter)])], [ModelInput(letter)])
        log_outputs(tx, run, [ModelOutput(letter, 7)])
        expected.append(get_run(tx, run))
    numbers = run_numbers(tx, list("abc"))

    found = read_runs(tx, [numbers["c"], numbers["a"], 999, numbers["b"]])

    assert found == [expected[2], expected[0], expected[1]]
    for run_found, letter in zip(found, "cab", strict=True):
        assert run_found.data.metrics == [Metric("m", 1.0, 1, ord(letter))]
        assert run_found.data.params == [Param("p", letter)]
        assert Tag("t", letter) in run_found.data.tags
        assert run_found.inputs == RunInputs(
            [DatasetInput(Dataset(letter, "d", "s", "s"), [Tag("for", letter)])], [ModelInput(letter)]
        )
        assert run_found.outputs == RunOutputs([ModelOutput(letter, 7)])
    assert read_runs(tx, []) == []


def test_a_run_shows_the_latest_point_of_each_metric_by_name(tx: Transaction, run: str) -> None:
    log_batch(tx, run, [Metric("b", 1.0, 1, 5), Metric("a", 2.0, 1, 1), Metric("b", 3.0, 9, 4)], [], [])
    assert get_run(tx, run).data.metrics == [Metric("a", 2.0, 1, 1), Metric("b", 1.0, 1, 5)]


def test_deleted_runs_are_found_where_they_are_asked_for(tx: Transaction, run: str) -> None:
    deleted = make_run(tx, "1", "deleted")
    delete_run(tx, deleted)
    cases: list[tuple[ViewType, set[str]]] = [
        ("ACTIVE_ONLY", {run}),
        ("DELETED_ONLY", {deleted}),
        ("ALL", {run, deleted}),
    ]
    for view, expected in cases:
        page = search_runs(tx, RunQuery(experiment_ids=[1], view=view))
        found = {one.info.run_id for one in read_runs(tx, page.ids)}
        assert (found, page.next_page_token) == (expected, None)


@pytest.mark.parametrize("before", ["", "no list", "5", "{}", "null", '["a", 5]', "[" * 100_000])
def test_the_note_of_logged_models_is_added_to_or_refused_but_never_lost(
    tx: Transaction, run: str, before: str
) -> None:
    log_batch(tx, run, [], [], [Tag("mlflow.log-model.history", before)])
    if before in ("", '["a", 5]'):
        note_logged_model(tx, run, {"run_id": run})
        (tag,) = [tag for tag in get_run(tx, run).data.tags if tag.key == "mlflow.log-model.history"]
        assert tag.value == f'{before.removesuffix("]") or "["}{", " if before else ""}{{"run_id": "{run}"}}]'
    else:
        with refused(tx, InvalidParameter, "mlflow.log-model.history"):
            note_logged_model(tx, run, {"run_id": run})
