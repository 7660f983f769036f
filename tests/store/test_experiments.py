from __future__ import annotations

import pytest

from tests.databases import NOW_MS
from tests.store.made import ROOT, get_run, make_experiment, make_run, refused
from trackline.db.transaction import Transaction
from trackline.domain.entities import Experiment, Tag
from trackline.domain.errors import AlreadyExists, InvalidParameter, InvalidState, NotFound
from trackline.domain.filters import ExperimentQuery
from trackline.store.experiments import (
    create_default_experiment,
    create_experiment,
    delete_experiment,
    delete_experiment_tag,
    get_experiment,
    get_experiment_by_name,
    read_experiments,
    rename_experiment,
    restore_experiment,
    set_experiment_tag,
)
from trackline.store.runs import delete_run
from trackline.store.search import ask_experiments


@pytest.fixture
def tx(store_tx: Transaction) -> Transaction:
    create_default_experiment(store_tx, ROOT)
    return store_tx


def test_the_default_experiment_is_number_zero_and_made_once(tx: Transaction) -> None:
    rename_experiment(tx, "0", "renamed")
    create_default_experiment(tx, "elsewhere:/")

    assert get_experiment(tx, "0") == Experiment("0", "renamed", "mlflow-artifacts:/0", "active", NOW_MS, NOW_MS)


def test_the_default_experiment_stays_deleted(tx: Transaction) -> None:
    delete_experiment(tx, "0")
    create_default_experiment(tx, ROOT)
    assert get_experiment(tx, "0").lifecycle_stage == "deleted"


def test_experiments_are_numbered_from_one_and_no_number_comes_twice(tx: Transaction) -> None:
    assert [make_experiment(tx, name) for name in ("a", "b", "c")] == ["1", "2", "3"]
    tx.execute("DELETE FROM experiments WHERE id = 3")
    assert make_experiment(tx, "d") == "4"


def test_a_new_experiment_is_what_was_said_of_it(tx: Transaction) -> None:
    tags = [Tag("z", "last"), Tag("a", "first"), Tag("empty", ""), Tag("ü", "ä"), Tag("a", "again")]
    created = create_experiment(tx, "späße 😀", "s3://bucket/place?x=1", tags, ROOT)

    expected = Experiment(
        created,
        "späße 😀",
        "s3://bucket/place?x=1",
        "active",
        NOW_MS,
        NOW_MS,
        [Tag("a", "again"), Tag("empty", ""), Tag("z", "last"), Tag("ü", "ä")],
    )
    assert get_experiment(tx, created) == expected
    assert get_experiment_by_name(tx, "späße 😀") == expected


def test_artifacts_go_below_the_root_unless_a_place_is_named(tx: Transaction) -> None:
    assert get_experiment(tx, make_experiment(tx, "a")).artifact_location == "mlflow-artifacts:/1"
    other = create_experiment(tx, "b", None, [], "s3://bucket/root/")
    assert get_experiment(tx, other).artifact_location == "s3://bucket/root/2"


def test_a_name_is_taken_once_and_names_differ_by_case(tx: Transaction) -> None:
    make_experiment(tx, "name")
    make_experiment(tx, "Name")
    with refused(tx, AlreadyExists, r"Experiment\(name=name\) already exists"):
        make_experiment(tx, "name")


def test_a_deleted_experiment_keeps_its_name(tx: Transaction) -> None:
    delete_experiment(tx, make_experiment(tx, "name"))
    with refused(tx, AlreadyExists, "restore it"):
        make_experiment(tx, "name")
    assert get_experiment_by_name(tx, "name").lifecycle_stage == "deleted"


def test_what_does_not_exist_is_not_found(tx: Transaction) -> None:
    for work in (get_experiment, delete_experiment, restore_experiment):
        with refused(tx, NotFound, "No Experiment with id=99 exists"):
            work(tx, "99")
    with refused(tx, NotFound, "Could not find experiment with name 'nope'"):
        get_experiment_by_name(tx, "nope")
    with refused(tx, NotFound, "No Experiment with id=99 exists"):
        rename_experiment(tx, "99", "new")
    with refused(tx, NotFound, "No Experiment with id=99 exists"):
        set_experiment_tag(tx, "99", Tag("k", "v"))
    with refused(tx, NotFound, "No Experiment with id=99 exists"):
        make_run(tx, "99")


@pytest.mark.parametrize("wrong", ["x", "1.5", "", " ", "0x1", str(2**63), str(-(2**63) - 1), "9" * 5000])
def test_an_id_is_an_integer(tx: Transaction, wrong: str) -> None:
    with refused(tx, InvalidParameter, "Experiment ID must be a valid integer"):
        get_experiment(tx, wrong)


def test_a_renamed_experiment_is_found_by_its_new_name_only(store_tx: Transaction) -> None:
    number = make_experiment(store_tx, "old")
    store_tx.now_ms += 5

    rename_experiment(store_tx, number, "new")

    assert get_experiment_by_name(store_tx, "new").experiment_id == number
    assert get_experiment(store_tx, number).last_update_time == NOW_MS + 5
    assert get_experiment(store_tx, number).creation_time == NOW_MS
    with refused(store_tx, NotFound, "'old'"):
        get_experiment_by_name(store_tx, "old")


def test_renaming_takes_no_name_that_is_taken(tx: Transaction) -> None:
    first, second = make_experiment(tx, "first"), make_experiment(tx, "second")
    rename_experiment(tx, first, "first")
    with refused(tx, AlreadyExists, r"Experiment\(name=second\) already exists"):
        rename_experiment(tx, first, "second")
    delete_experiment(tx, second)
    with refused(tx, AlreadyExists, r"Experiment\(name=second\) already exists"):
        rename_experiment(tx, first, "second")
    with refused(tx, InvalidState, "non-active"):
        rename_experiment(tx, second, "third")


def test_the_trash_takes_an_experiment_with_its_runs_and_gives_them_back(tx: Transaction) -> None:
    number, other = make_experiment(tx, "in the trash"), make_experiment(tx, "beside it")
    runs = [make_run(tx, number, f"run-{n}") for n in range(3)]
    bystander = make_run(tx, other, "bystander")
    tx.now_ms += 5

    delete_experiment(tx, number)

    assert get_experiment(tx, number).lifecycle_stage == "deleted"
    assert get_experiment(tx, number).last_update_time == NOW_MS + 5
    assert {get_run(tx, run).info.lifecycle_stage for run in runs} == {"deleted"}
    assert get_run(tx, bystander).info.lifecycle_stage == "active"

    restore_experiment(tx, number)

    assert get_experiment(tx, number).lifecycle_stage == "active"
    assert {get_run(tx, run).info.lifecycle_stage for run in runs} == {"active"}


def test_a_run_that_was_deleted_before_its_experiment_comes_back_with_it_as_in_mlflow(tx: Transaction) -> None:
    number = make_experiment(tx, "n")
    run = make_run(tx, number)
    delete_run(tx, run)
    delete_experiment(tx, number)
    restore_experiment(tx, number)
    assert get_run(tx, run).info.lifecycle_stage == "active"


def test_only_the_living_can_be_deleted_and_only_the_deleted_restored(tx: Transaction) -> None:
    number = make_experiment(tx, "n")
    with refused(tx, NotFound, f"No Experiment with id={number} exists"):
        restore_experiment(tx, number)
    delete_experiment(tx, number)
    with refused(tx, NotFound, f"No Experiment with id={number} exists"):
        delete_experiment(tx, number)


def test_nothing_new_goes_into_a_deleted_experiment(tx: Transaction) -> None:
    number = make_experiment(tx, "n", [Tag("k", "v")])
    delete_experiment(tx, number)
    for work in (
        lambda: make_run(tx, number),
        lambda: set_experiment_tag(tx, number, Tag("k", "w")),
        lambda: delete_experiment_tag(tx, number, "k"),
    ):
        with refused(tx, InvalidParameter, "must be in the 'active' state"):
            work()


def test_tags_are_set_overwritten_and_deleted(tx: Transaction) -> None:
    number, other = make_experiment(tx, "n", [Tag("k", "old"), Tag("stays", "1")]), make_experiment(tx, "o")
    set_experiment_tag(tx, number, Tag("k", "new"))
    set_experiment_tag(tx, number, Tag("gone", ""))
    set_experiment_tag(tx, other, Tag("gone", "other"))

    delete_experiment_tag(tx, number, "gone")

    assert get_experiment(tx, number).tags == [Tag("k", "new"), Tag("stays", "1")]
    assert get_experiment(tx, other).tags == [Tag("gone", "other")]
    for missing in ("gone", "never used anywhere"):
        with refused(tx, NotFound, f"No tag with name: {missing} in experiment with id {number}"):
            delete_experiment_tag(tx, number, missing)


def test_many_are_read_in_the_order_asked_for(tx: Transaction) -> None:
    numbers = [int(make_experiment(tx, name, [Tag("name", name)])) for name in "abcd"]
    wanted = [numbers[2], numbers[0], 99, numbers[3]]
    found = read_experiments(tx, wanted)
    assert [(one.name, one.tags) for one in found] == [(name, [Tag("name", name)]) for name in "cad"]


def test_a_search_brings_page_after_page_and_each_experiment_once(tx: Transaction) -> None:
    made = [make_experiment(tx, f"{number:02}") for number in range(25)]
    found: list[str] = []
    token: str | None = None
    for size in (10, 10, 6):
        page, token = ask_experiments(tx, ExperimentQuery(max_results=10, page_token=token))()
        assert len(page) == size
        found += [str(number) for number, _ in page]
    assert token is None
    assert sorted(found, key=int) == ["0", *made]
