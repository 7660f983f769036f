from __future__ import annotations

import pytest

from tests.store.made import get_run, make_experiment, make_run
from trackline.db.transaction import Transaction
from trackline.domain.entities import Dataset, DatasetInput, DatasetSummary, ModelInput, ModelOutput, Tag
from trackline.store.datasets import MAX_SUMMARIES, log_inputs, log_outputs, search_datasets

IRIS = Dataset("iris", "1", "local", "iris.csv", "a schema", "a profile")
BARE = Dataset("bare", "1", "code", "")
TRAINING, TEST = Tag("mlflow.data.context", "training"), Tag("mlflow.data.context", "test")


@pytest.fixture
def tx(store_tx: Transaction) -> Transaction:
    for name in ("experiment 1", "experiment 2"):
        make_experiment(store_tx, name)
    return store_tx


@pytest.fixture
def run(tx: Transaction) -> str:
    return make_run(tx, "1")


def inputs_of(tx: Transaction, run: str) -> list[DatasetInput]:
    return get_run(tx, run).inputs.dataset_inputs


def test_a_run_shows_the_datasets_it_read_with_their_tags(tx: Transaction, run: str) -> None:
    given = [DatasetInput(IRIS, [TRAINING, Tag("a", "b")]), DatasetInput(BARE)]
    log_inputs(tx, run, given, [])
    assert inputs_of(tx, run) == [DatasetInput(IRIS, [Tag("a", "b"), TRAINING]), DatasetInput(BARE)]


def test_a_dataset_that_is_noted_again_keeps_its_first_tags(tx: Transaction, run: str) -> None:
    log_inputs(tx, run, [DatasetInput(IRIS, [TRAINING]), DatasetInput(IRIS, [TEST])], [])
    log_inputs(tx, run, [DatasetInput(IRIS, [TEST]), DatasetInput(BARE, [TEST])], [])
    assert inputs_of(tx, run) == [DatasetInput(IRIS, [TRAINING]), DatasetInput(BARE, [TEST])]


def test_of_two_tags_with_one_name_the_last_counts(tx: Transaction, run: str) -> None:
    log_inputs(tx, run, [DatasetInput(IRIS, [TRAINING, TEST])], [])
    assert inputs_of(tx, run) == [DatasetInput(IRIS, [TEST])]


def test_a_dataset_is_known_by_name_and_digest_and_stays_as_first_described(tx: Transaction, run: str) -> None:
    other = make_run(tx, "1", "other")
    described_anew = Dataset("iris", "1", "http", "elsewhere", None, None)
    new_version = Dataset("iris", "2", "local", "iris.csv")
    log_inputs(tx, run, [DatasetInput(IRIS, [TRAINING])], [])
    log_inputs(tx, other, [DatasetInput(described_anew, [TEST]), DatasetInput(new_version)], [])
    assert inputs_of(tx, other) == [DatasetInput(IRIS, [TEST]), DatasetInput(new_version)]
    assert inputs_of(tx, run) == [DatasetInput(IRIS, [TRAINING])]


def test_experiments_share_no_datasets(tx: Transaction, run: str) -> None:
    elsewhere = make_run(tx, "2", "elsewhere")
    described_anew = Dataset("iris", "1", "http", "elsewhere")
    log_inputs(tx, run, [DatasetInput(IRIS)], [])
    log_inputs(tx, elsewhere, [DatasetInput(described_anew)], [])
    assert inputs_of(tx, elsewhere) == [DatasetInput(described_anew)]


def test_nothing_noted_changes_nothing(tx: Transaction, run: str) -> None:
    before = get_run(tx, run)
    log_inputs(tx, run, [], [])
    log_outputs(tx, run, [])
    assert get_run(tx, run) == before


def test_models_are_read_or_made_and_the_last_step_counts(tx: Transaction, run: str) -> None:
    log_inputs(tx, run, [], [ModelInput("m-b"), ModelInput("m-a"), ModelInput("m-a")])
    log_inputs(tx, run, [], [ModelInput("m-b")])
    log_outputs(tx, run, [ModelOutput("m-a", 5), ModelOutput("m-c", 3)])
    log_outputs(tx, run, [ModelOutput("m-a", -1)])
    document = get_run(tx, run)
    assert document.inputs.model_inputs == [ModelInput("m-a"), ModelInput("m-b")]
    assert document.outputs.model_outputs == [ModelOutput("m-a", -1), ModelOutput("m-c", 3)]


def test_a_summary_names_each_dataset_once_for_each_purpose(tx: Transaction, run: str) -> None:
    other, elsewhere = make_run(tx, "1", "other"), make_run(tx, "2", "elsewhere")
    log_inputs(tx, run, [DatasetInput(IRIS, [TRAINING]), DatasetInput(BARE, [Tag("a", "b")])], [])
    log_inputs(tx, other, [DatasetInput(IRIS, [TRAINING])], [])
    log_inputs(tx, elsewhere, [DatasetInput(IRIS, [TEST])], [])
    third = make_run(tx, "1", "third")
    log_inputs(tx, third, [DatasetInput(IRIS, [TEST])], [])

    first = [
        DatasetSummary("1", "bare", "1"),
        DatasetSummary("1", "iris", "1", "test"),
        DatasetSummary("1", "iris", "1", "training"),
    ]
    second = [DatasetSummary("2", "iris", "1", "test")]
    assert search_datasets(tx, [1]) == first
    assert search_datasets(tx, [2, 1, 2, 99]) == [*first, *second]
    assert search_datasets(tx, []) == []


def test_a_summary_has_an_end(tx: Transaction, run: str) -> None:
    many = [DatasetInput(Dataset(f"{number:04}", "1", "local", "")) for number in range(MAX_SUMMARIES + 5)]
    log_inputs(tx, run, many, [])
    assert inputs_of(tx, run) == many
    assert [one.name for one in search_datasets(tx, [1])] == [f"{number:04}" for number in range(MAX_SUMMARIES)]
