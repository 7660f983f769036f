"""Searching runs: every filter, order and page against what plain Python says of the same runs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.domain.filter_texts import written
from tests.store.made import make_experiment, update_run
from tests.store.search_model import KnownRun, expected, filters, known_runs, orders, store
from trackline.db.transaction import Transaction
from trackline.domain.entities import Metric, Param, Tag
from trackline.domain.errors import InvalidParameter
from trackline.domain.filters import Order, RunQuery, Tree
from trackline.store.logging import log_batch
from trackline.store.runs import RunChange
from trackline.store.search import candidates, search_runs

EXPERIMENTS = [1, 2]
# Each example undoes what it wrote, so that all of them can share the database of one test.
shared = settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def tx(store_tx: Transaction) -> Transaction:
    """Experiments 1 and 2, without runs."""
    assert [make_experiment(store_tx, name) for name in ("one", "two")] == [str(number) for number in EXPERIMENTS]
    return store_tx


@contextmanager
def stored(tx: Transaction, runs: list[KnownRun]) -> Iterator[dict[int, str]]:
    """The runs' uuids by their numbers, for as long as the runs are there."""
    tx.execute("SAVEPOINT example")
    try:
        yield {number: run.uuid for number, run in store(tx, runs).items()}
    finally:
        tx.execute("ROLLBACK TO example")
        tx.execute("RELEASE example")


def pages(tx: Transaction, query: RunQuery) -> Iterator[list[int]]:
    while True:
        page = search_runs(tx, query)
        yield page.ids
        if page.next_page_token is None:
            return
        query = msgspec.structs.replace(query, page_token=page.next_page_token)


def order_texts(orders: list[Order]) -> list[str]:
    ways = {True: "ASC", False: "DESC"}
    return [f"{order.field.kind}.`{order.field.key}` {ways[order.ascending]}" for order in orders]


queries = st.builds(
    RunQuery,
    experiment_ids=st.lists(st.sampled_from([*EXPERIMENTS, 99]), min_size=1, max_size=3),
    view=st.sampled_from(["ACTIVE_ONLY", "DELETED_ONLY", "ALL"]),
    max_results=st.integers(1, 10),
)


@shared
@given(known_runs(EXPERIMENTS), queries, st.lists(filters(), min_size=1, max_size=5), st.data())
def test_a_filter_finds_what_it_says(
    tx: Transaction, runs: list[KnownRun], query: RunQuery, trees: list[Tree], data: st.DataObject
) -> None:
    with stored(tx, runs) as uuids:
        for tree in trees:
            text = written(tree, lambda ways: data.draw(st.sampled_from(ways)))
            wanted = msgspec.structs.replace(query, filter=text, max_results=100)
            found = [uuids[number] for page in pages(tx, wanted) for number in page]
            assert found == [run.uuid for run in expected(runs, wanted, tree, [])], text


@shared
@given(
    known_runs(EXPERIMENTS, keys=("a",)),
    queries,
    st.none() | filters(),
    st.lists(orders(("a",)), min_size=1, max_size=5),
    st.data(),
)
def test_pages_of_any_size_make_up_the_whole_order(
    tx: Transaction,
    runs: list[KnownRun],
    query: RunQuery,
    tree: Tree | None,
    all_orders: list[list[Order]],
    data: st.DataObject,
) -> None:
    text = written(tree, lambda ways: ways[0]) if tree else ""
    with stored(tx, runs) as uuids, pytest.MonkeyPatch.context() as patch:
        for given_orders in all_orders:
            wanted = msgspec.structs.replace(query, filter=text, order_by=order_texts(given_orders))
            found = []
            for page in pages(tx, wanted):
                assert len(page) <= query.max_results
                found += [uuids[number] for number in page]
                # The way to the next page may be another one: what counts as few runs decides.
                patch.setattr(candidates, "FEW", data.draw(st.sampled_from([0, 2, 2000])))
            assert found == [run.uuid for run in expected(runs, wanted, tree, given_orders)], wanted


def make_runs(tx: Transaction, *uuids: str, start: int = 1000) -> dict[str, int]:
    """The numbers of new runs in experiment 1, by uuid."""
    runs = [KnownRun(uuid, 1, uuid, "", "RUNNING", start, None, "active", {}, {}, {}, []) for uuid in uuids]
    return {run.uuid: number for number, run in store(tx, runs).items()}


def found(tx: Transaction, text: str = "", **more: object) -> list[str]:
    """The uuids that the filter finds in experiment 1, in order."""
    fields = {"experiment_ids": [1], "filter": text, **more}
    ids = search_runs(tx, RunQuery(**fields)).ids  # type: ignore[arg-type]
    uuids = dict(tx.rows("SELECT id, uuid FROM runs"))
    return [uuids[number] for number in ids]


def test_a_run_without_the_param_is_found_by_is_null_and_by_not_but_by_no_comparison(tx: Transaction) -> None:
    make_runs(tx, "with", "without")
    log_batch(tx, "with", [], [Param("lr", "1")], [])
    assert found(tx, "params.lr != '2'") == ["with"]
    assert found(tx, "params.lr IS NULL") == ["without"]
    assert found(tx, "NOT params.lr = '2'") == ["with", "without"]
    assert found(tx, "NOT params.never = '2'") == ["with", "without"]
    assert found(tx, "NOT end_time > 5") == ["with", "without"]


def test_nan_differs_from_every_number_and_is_neither_above_nor_below_one(tx: Transaction) -> None:
    make_runs(tx, "nan", "one")
    log_batch(tx, "nan", [Metric("m", math.nan, 0, 0)], [], [])
    log_batch(tx, "one", [Metric("m", 1.0, 0, 0)], [], [])
    assert found(tx, "metrics.m != 1") == ["nan"]
    assert found(tx, "metrics.m = 0") == found(tx, "metrics.m <= 1 AND metrics.m < 1") == []
    assert found(tx, "metrics.m >= -1e308") == ["one"]


def test_the_latest_value_of_a_metric_counts(tx: Transaction) -> None:
    make_runs(tx, "run")
    log_batch(tx, "run", [Metric("m", 1.0, 0, step) for step in (0, 1)] + [Metric("m", 5.0, 0, 2)], [], [])
    assert found(tx, "metrics.m = 5") == ["run"]
    assert found(tx, "metrics.m = 1") == []


@pytest.mark.parametrize("few", [0, 2000])
@pytest.mark.parametrize(
    ("order", "wanted"),
    [
        (["metrics.m"], "-inf one two inf nan2 nan1 none"),
        (["metrics.m DESC"], "inf two one -inf nan2 nan1 none"),
        (["metrics.m", "start_time"], "-inf one two inf nan1 nan2 none"),
        (["metrics.m DESC", "end_time DESC"], "inf two one -inf nan1 nan2 none"),
        (["end_time"], "nan1 none nan2 inf two one -inf"),
        (["end_time DESC"], "none nan1 nan2 inf two one -inf"),
        (["params.p"], "two nan1 none nan2 inf one -inf"),
        (["params.p DESC"], "none nan1 two nan2 inf one -inf"),
    ],
)
def test_numbers_come_first_then_nan_then_nothing_whichever_way_they_go(
    tx: Transaction, monkeypatch: pytest.MonkeyPatch, order: list[str], wanted: str, few: int
) -> None:
    monkeypatch.setattr(candidates, "FEW", few)
    values = {"-inf": -math.inf, "one": 1.0, "two": 2.0, "inf": math.inf, "nan1": math.nan, "nan2": math.nan}
    for start, (uuid, value) in enumerate(values.items()):
        make_runs(tx, uuid, start=start)
        log_batch(tx, uuid, [Metric("m", value, 0, 0)], [], [])
    make_runs(tx, "none", start=0)
    for uuid, param, end in (("two", "10", None), ("nan1", "9", 1), ("none", "é", 2)):
        log_batch(tx, uuid, [], [Param("p", param)], [])
        update_run(tx, uuid, RunChange(end_ms=end))
    for size in (1, 2, 3, 10):
        query = RunQuery(experiment_ids=[1], order_by=order, max_results=size)
        uuids = dict(tx.rows("SELECT id, uuid FROM runs"))
        assert " ".join(uuids[number] for page in pages(tx, query) for number in page) == wanted


def test_long_values_are_told_apart_beyond_what_the_index_holds(tx: Transaction) -> None:
    make_runs(tx, "longer", "other")
    log_batch(tx, "longer", [], [Param("p", "x" * 200)], [Tag("t", "é" * 64)])
    log_batch(tx, "other", [], [Param("p", "x" * 199 + "y")], [Tag("t", "é" * 65)])
    assert found(tx, f"params.p = '{'x' * 200}'") == ["longer"]
    assert found(tx, f"tags.t = '{'é' * 64}'") == ["longer"]
    assert found(tx, f"tags.t = '{'é' * 65}'") == ["other"]
    assert found(tx, f"params.p = '{'x' * 64}'") == []


def test_a_tag_that_was_changed_is_found_by_its_new_value_only(tx: Transaction) -> None:
    make_runs(tx, "run")
    log_batch(tx, "run", [], [], [Tag("stage", "dev")])
    log_batch(tx, "run", [], [], [Tag("stage", "prod")])
    assert found(tx, "tags.stage = 'prod'") == ["run"]
    assert found(tx, "tags.stage = 'dev'") == []


def test_no_experiments_hold_no_runs(tx: Transaction) -> None:
    make_runs(tx, "run")
    assert found(tx, experiment_ids=[]) == []


def nested(levels: int, innermost: str) -> str:
    """As true as `innermost`, where the tag t holds a v."""
    text = innermost
    for level in range(levels):
        text = f"(tags.t LIKE '%v%' AND {text})" if level % 2 else f"(tags.t LIKE 'w%' OR {text})"
    return text


def bushy(levels: int) -> str:
    both = bushy(levels - 1) if levels else ""
    return f"({both} {'AND' if levels % 2 else 'OR'} {both})" if levels else "tags.t LIKE '%v%'"


@pytest.mark.parametrize(
    "text",
    [
        nested(30, "tags.t LIKE '%v%'"),
        nested(23, bushy(7)),
        "tags.t LIKE '%v%' AND "
        + "NOT (tags.t LIKE '%v%' AND NOT (tags.t LIKE 'w%' OR " * 7
        + "tags.t = 'v'"
        + "))" * 7,
        "NOT " * 30 + "tags.t = 'v'",
        " AND ".join(["tags.t LIKE '%v%'"] * 200),
        " OR ".join(["tags.t ILIKE 'w'"] * 199 + ["run_id IN ('07'" + ",'x'" * 9_999 + ")"]),
        f"tags.t LIKE '{'%' * 3999}v'",
        f"tags.t ILIKE '{'%' * 3999}V' AND NOT tags.t LIKE '{'[' * 4000}'",
    ],
    ids=["deep", "deep and bushy", "deep with NOT", "NOT", "AND", "OR", "LIKE", "ILIKE"],
)
def test_the_largest_filters_that_are_read_can_be_answered(tx: Transaction, text: str) -> None:
    make_runs(tx, "06", "07", "08")
    log_batch(tx, "07", [], [], [Tag("t", "v")])
    log_batch(tx, "08", [], [], [Tag("t", "x")])
    assert found(tx, text) == ["07"]


def test_the_longest_orders_that_are_read_can_be_answered(tx: Transaction) -> None:
    make_runs(tx, *(f"{number:02}" for number in range(20)))
    tags = [Tag(f"t{number}", "v") for number in range(16)]
    for uuid in ("03", "07", "11"):
        log_batch(tx, uuid, [], [], tags)
    query = RunQuery(experiment_ids=[1], order_by=[f"tags.{tag.key} DESC" for tag in tags], max_results=2)
    assert [len(page) for page in pages(tx, query)] == [2] * 10


@pytest.mark.parametrize("change", ["a run that comes before", "a run that comes after", "the last run goes"])
@pytest.mark.parametrize("order", ["start_time DESC", "metrics.m", "params.p DESC", "run_name"])
def test_pages_neither_repeat_nor_lose_runs_when_others_come_and_go(tx: Transaction, order: str, change: str) -> None:
    uuids = make_runs(tx, "b", "d", "f", "h")
    for uuid in ("b", "d"):
        log_batch(tx, uuid, [Metric("m", ord(uuid), 0, 0)], [Param("p", uuid)], [])
    query = RunQuery(experiment_ids=[1], order_by=[order], max_results=2)
    whole = [number for page in pages(tx, query) for number in page]
    first = search_runs(tx, query)
    if change == "the last run goes":
        tx.execute("DELETE FROM runs WHERE id = :id", {"id": first.ids[-1]})
    else:
        new = "a" if change == "a run that comes before" else "zz"
        make_runs(tx, new, start=9000 if new == "a" else 0)
    second = msgspec.structs.replace(query, page_token=first.next_page_token, max_results=10)
    rest = [number for number in search_runs(tx, second).ids if number in uuids.values()]
    assert rest == whole[2:]


def test_refusals_come_before_anything_is_read(tx: Transaction) -> None:
    for fields in (
        {"filter": "metrics.acc"},
        {"order_by": ["nope"]},
        {"order_by": ["start_time", "Created"]},
        {"page_token": "no token"},
    ):
        before = tx.statements
        with pytest.raises(InvalidParameter):
            search_runs(tx, RunQuery(experiment_ids=[1], **fields))
        assert tx.statements == before
