"""Which runs stay by the rule of their experiment, and which go to the trash."""

from __future__ import annotations

import math

import pytest

from tests.store.made import (
    get_run,
    make_experiment,
    make_registered,
    make_run,
    make_version,
    refused,
    text_of_all_tables,
    update_run,
)
from trackline.db.transaction import Transaction
from trackline.domain.entities import PARENT_TAG, Metric, Run, Tag
from trackline.domain.errors import InvalidParameter, NotFound
from trackline.domain.retention import Goal, Retention
from trackline.store.editions import Documents
from trackline.store.experiments import delete_experiment
from trackline.store.logged_models import NewModel, create_logged_model
from trackline.store.logging import log_batch
from trackline.store.retention import (
    look_at_losers,
    read_retention,
    remove_retention,
    retire_runs,
    set_retention,
    with_retention,
)
from trackline.store.run_documents import ask_document
from trackline.store.runs import RunChange, restore_run


@pytest.fixture
def tx(store_tx: Transaction) -> Transaction:
    """With experiment 1."""
    make_experiment(store_tx, "e")
    return store_tx


def ended(tx: Transaction, uuid: str, loss: float | None, parent: str = "") -> None:
    make_run(tx, "1", uuid, [Tag(PARENT_TAG, parent)] if parent else [])
    if loss is not None:
        log_batch(tx, uuid, [Metric("loss", 1e9, 0, 0), Metric("loss", loss, 1, 1)], [], [])
    update_run(tx, uuid, RunChange("FINISHED", 2))


def keep(tx: Transaction, best: int, goal: Goal = "min") -> None:
    set_retention(tx, "1", Retention(best, "loss", goal))


def applied(tx: Transaction) -> str:
    """What stays, after all went that is to go."""
    losers = look_at_losers(tx, 1).runs
    assert retire_runs(tx, 1, losers) == len(losers)
    return " ".join(uuid for (uuid,) in tx.rows("SELECT uuid FROM runs WHERE lifecycle = 'active' ORDER BY uuid"))


def test_the_best_stay_by_their_last_value_and_equals_share_a_place(tx: Transaction) -> None:
    for uuid, loss in {"a": 1.0, "b": 2.0, "c": 2.0, "d": 3.0, "e": -math.inf}.items():
        ended(tx, uuid, loss)
    keep(tx, 3)
    assert applied(tx) == "a b c e"
    keep(tx, 1, "max")
    assert applied(tx) == "b c"


@pytest.mark.parametrize("goal", ["min", "max"])
def test_nan_is_worse_than_anything_and_runs_without_the_metric_stay(tx: Transaction, goal: Goal) -> None:
    for uuid, loss in {"a": math.nan, "b": math.inf, "c": -math.inf, "d": None}.items():
        ended(tx, uuid, loss)
    keep(tx, 3, goal)
    assert applied(tx) == "a b c d"
    keep(tx, 2, goal)
    assert applied(tx) == "b c d"


def test_what_goes_on_and_that_of_which_a_model_is_registered_stays(tx: Transaction) -> None:
    for number, uuid in enumerate(("best", "by-run", "by-model", "goes", "goes on")):
        ended(tx, uuid, float(number))
    update_run(tx, "goes on", RunChange("RUNNING"))
    create_logged_model(tx, NewModel("m-of", "1", "model", "", "by-model", [], []))
    make_registered(tx, "registered")
    make_version(tx, "registered", source="runs:/by-run/model")
    make_version(tx, "registered", source="models:/m-of")
    keep(tx, 1)
    assert applied(tx) == "best by-model by-run goes on"


def test_parents_of_what_stays_stay_and_others_go_with_their_children(tx: Transaction) -> None:
    ended(tx, "best", 0.0, parent="parent")
    ended(tx, "parent", 9.0, parent="grandparent")
    ended(tx, "grandparent", 9.5)
    ended(tx, "goes", 8.0, parent="goes too")
    ended(tx, "goes too", 8.5)
    ended(tx, "itself", 8.7, parent="itself")
    keep(tx, 1)
    assert applied(tx) == "best grandparent parent"


def test_what_is_restored_stays_and_its_document_is_made_anew(tx: Transaction) -> None:
    documents: Documents[Run] = Documents(lambda run: run.info.lifecycle_stage.encode())
    ended(tx, "best", 1.0)
    ended(tx, "goes", 2.0)
    shown = [ask_document(tx, documents, "goes")()]
    keep(tx, 1)
    assert applied(tx) == "best"
    shown.append(ask_document(tx, documents, "goes")())
    restore_run(tx, "goes")
    assert applied(tx) == "best goes"
    assert [get_run(tx, "goes").data.metrics[0].value, *shown] == [2.0, b"active", b"deleted"]


def test_a_look_tells_what_would_go_and_changes_nothing(tx: Transaction) -> None:
    for number in range(7):
        ended(tx, f"run {number}", float(number))
    tx.execute("UPDATE runs SET artifact_bytes = 1000 WHERE uuid = 'run 6'")
    keep(tx, 4)
    before = text_of_all_tables(tx)
    found = look_at_losers(tx, 1)
    assert (len(found.runs), text_of_all_tables(tx)) == (3, before)
    assert found.bytes == 1000 + 3 * 2 * 28


def test_it_goes_on_where_it_was_stopped_and_ends(tx: Transaction) -> None:
    for number in range(7):
        ended(tx, f"run {number}", float(number))
    keep(tx, 2)
    losers = look_at_losers(tx, 1).runs
    assert [retire_runs(tx, 1, losers[:3]), retire_runs(tx, 1, losers), retire_runs(tx, 1, losers)] == [3, 2, 0]
    assert applied(tx) == "run 0 run 1"


def test_rules_are_of_an_experiment_until_they_are_removed(tx: Transaction) -> None:
    assert read_retention(tx, "1") == Retention()
    keep(tx, 3)
    keep(tx, 4, "max")
    assert read_retention(tx, "1") == Retention(4, "loss", "max")
    assert with_retention(tx) == [1]
    delete_experiment(tx, "1")
    assert with_retention(tx) == []
    with refused(tx, InvalidParameter, "must be in the 'active' state"):
        keep(tx, 3)
    remove_retention(tx, "1")
    assert read_retention(tx, "1") == Retention()
    with refused(tx, NotFound, "7"):
        read_retention(tx, "7")


def test_what_is_taken_up_or_registered_meanwhile_stays_and_so_does_all_without_a_rule(tx: Transaction) -> None:
    for number, uuid in enumerate(("best", "registered", "taken-up", "goes")):
        ended(tx, uuid, float(number))
    keep(tx, 1)
    losers = look_at_losers(tx, 1).runs
    make_registered(tx, "registered")
    make_version(tx, "registered", source="runs:/registered/model")
    update_run(tx, "taken-up", RunChange("RUNNING"))
    remove_retention(tx, "1")
    assert (len(losers), retire_runs(tx, 1, losers)) == (3, 0)
    keep(tx, 1)
    assert retire_runs(tx, 1, losers) == 1
    assert applied(tx) == "best registered taken-up"
