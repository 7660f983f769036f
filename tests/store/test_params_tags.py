from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.store.made import get_run, make_experiment, make_run, refused
from trackline.db.transaction import Transaction
from trackline.domain.entities import Metric, Param, Tag
from trackline.domain.errors import InvalidParameter, NotFound
from trackline.store.logging import delete_tag, log_batch
from trackline.store.runs import run_number
from trackline.store.tags import read_tag

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@pytest.fixture
def run(store_tx: Transaction) -> str:
    return make_run(store_tx, make_experiment(store_tx, "n"))


def params_of(tx: Transaction, run: str) -> list[tuple[str, str]]:
    return [(param.key, param.value) for param in get_run(tx, run).data.params]


def tags_of(tx: Transaction, run: str) -> list[tuple[str, str]]:
    return [(tag.key, tag.value) for tag in get_run(tx, run).data.tags if tag.key != "mlflow.runName"]


def test_a_param_said_again_is_fine(store_tx: Transaction, run: str) -> None:
    log_batch(store_tx, run, [], [Param("a", "1"), Param("b", "")], [])
    log_batch(store_tx, run, [], [Param("b", ""), Param("c", "3")], [])
    assert params_of(store_tx, run) == [("a", "1"), ("b", ""), ("c", "3")]


def test_a_param_never_changes(store_tx: Transaction, run: str) -> None:
    log_batch(store_tx, run, [], [Param("p", "1")], [])
    with refused(
        store_tx,
        InvalidParameter,
        "Changing param values is not allowed. Param with key='p' was already logged with value='1' for run "
        f"ID='{run}'. Attempted logging new value '2'.",
    ):
        log_batch(store_tx, run, [], [Param("p", "2")], [])


@pytest.mark.parametrize(("old", "new"), [("1", "1.0"), ("a", "A"), ("", " "), ("x", ""), ("é", "e\u0301")])
def test_params_that_look_alike_are_not_the_same(store_tx: Transaction, run: str, old: str, new: str) -> None:
    log_batch(store_tx, run, [], [Param("p", old)], [])
    with refused(store_tx, InvalidParameter, "Changing param values is not allowed"):
        log_batch(store_tx, run, [], [Param("p", new)], [])


def test_a_batch_with_a_changed_param_is_refused_as_a_whole(store_tx: Transaction, run: str) -> None:
    log_batch(store_tx, run, [], [Param("p", "1"), Param("q", "")], [])
    with refused(
        store_tx,
        InvalidParameter,
        r"Params were already logged='\[\{'key': 'q', 'old_value': '', 'new_value': 'zz'\}\]' for run ID='run-1'",
    ):
        log_batch(
            store_tx,
            run,
            [Metric("m", 1.0, 1, 1)],
            [Param("new", "1"), Param("p", "1"), Param("q", "zz")],
            [Tag("t", "1")],
        )


def test_a_batch_with_an_unknown_model_is_refused_as_a_whole(store_tx: Transaction, run: str) -> None:
    with refused(store_tx, NotFound, "Logged model with ID 'm-nope' not found"):
        log_batch(store_tx, run, [Metric("m", 1.0, 1, 1, "m-nope")], [Param("p", "1")], [Tag("t", "1")])


def test_the_same_name_may_be_a_param_a_tag_and_a_metric(store_tx: Transaction, run: str) -> None:
    log_batch(store_tx, run, [Metric("n", 1.0, 1, 1)], [Param("n", "param")], [Tag("n", "tag")])
    data = get_run(store_tx, run).data
    assert [metric.key for metric in data.metrics] == ["n"]
    assert (data.params, tags_of(store_tx, run)) == ([Param("n", "param")], [("n", "tag")])


def test_names_differ_by_case(store_tx: Transaction, run: str) -> None:
    log_batch(store_tx, run, [], [Param("a", "1"), Param("A", "2")], [Tag("é", "1"), Tag("É", "2")])
    assert params_of(store_tx, run) == [("A", "2"), ("a", "1")]
    assert tags_of(store_tx, run) == [("É", "2"), ("é", "1")]


def test_a_tag_is_overwritten_and_of_two_the_last_counts(store_tx: Transaction, run: str) -> None:
    log_batch(store_tx, run, [], [], [Tag("t", "1"), Tag("u", "1"), Tag("t", "2")])
    assert tags_of(store_tx, run) == [("t", "2"), ("u", "1")]
    log_batch(store_tx, run, [], [], [Tag("t", "")])
    assert tags_of(store_tx, run) == [("t", ""), ("u", "1")]


def test_a_deleted_tag_is_gone_and_can_be_set_again(store_tx: Transaction, run: str) -> None:
    other = make_run(store_tx, "1", "other")
    for one in (run, other):
        log_batch(store_tx, one, [], [], [Tag("t", "1")])
    delete_tag(store_tx, run, "t")
    assert read_tag(store_tx, run_number(store_tx, run), "t") is None
    assert tags_of(store_tx, other) == [("t", "1")]
    for missing in ("t", "never used anywhere"):
        with refused(store_tx, NotFound, f"No tag with name: {missing} in run with id {run}"):
            delete_tag(store_tx, run, missing)
    log_batch(store_tx, run, [], [], [Tag("t", "2")])
    assert read_tag(store_tx, run_number(store_tx, run), "t") == "2"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(values=st.dictionaries(TEXT, TEXT))
def test_any_text_comes_back_as_it_was(store_tx: Transaction, run: str, values: dict[str, str]) -> None:
    store_tx.execute("SAVEPOINT example")
    log_batch(
        store_tx, run, [], [Param(*pair) for pair in values.items()], [Tag("t" + key, values[key]) for key in values]
    )
    assert dict(params_of(store_tx, run)) == values
    assert dict(tags_of(store_tx, run)) == {"t" + key: value for key, value in values.items()}
    store_tx.execute("ROLLBACK TO example")
    store_tx.execute("RELEASE example")
