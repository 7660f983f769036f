"""Searching logged models."""

from __future__ import annotations

import math
from collections.abc import Iterator

import msgspec
import pytest

from tests.store.made import make_experiment, make_run
from trackline.db.transaction import Transaction
from trackline.domain.entities import Metric, ModelStatus, Param, Tag
from trackline.domain.errors import InvalidParameter
from trackline.domain.filters import DatasetRef, LoggedModelQuery, ModelOrder
from trackline.store.logged_models import (
    NewModel,
    create_logged_model,
    delete_logged_model,
    finalize_logged_model,
)
from trackline.store.logging import log_batch
from trackline.store.search import search_logged_models

READY: ModelStatus = "LOGGED_MODEL_READY"
FAILED: ModelStatus = "LOGGED_MODEL_UPLOAD_FAILED"
# name: creation time, type, status, params, tags, metrics as (key, value, step, dataset name, digest)
MODELS: dict[str, tuple[int, str, ModelStatus | None, dict[str, str], dict[str, str], list[tuple[object, ...]]]] = {
    "alpha": (5, "tree", READY, {"depth": "3"}, {"team": "red"}, [("acc", 0.5, 0, "iris", "1")]),
    "Beta": (
        4,
        "Tree",
        READY,
        {"depth": "10"},
        {"team": "Red"},
        [("acc", 0.9, 0, "iris", "2"), ("acc", 0.1, 1, "mnist", "1")],
    ),
    "gamma": (3, "", None, {}, {"a b": "1"}, [("acc", 0.7, 0, None, None)]),
    "delta": (2, "net", FAILED, {"depth": "3"}, {}, [("acc", -2.5, 0, "iris", "1"), ("a b/c", 1.0, 0, None, None)]),
    "eps": (2, "net", READY, {"x y": "1"}, {"team": "it's"}, [("acc", math.nan, 0, None, None)]),
    "zeta": (1, "net", READY, {}, {}, []),
}


@pytest.fixture
def tx(store_tx: Transaction) -> Transaction:
    experiment = make_experiment(store_tx, "one")
    make_run(store_tx, experiment, "run")
    for name, (created, model_type, status, params, tags, metrics) in MODELS.items():
        store_tx.now_ms = created
        pairs = [Param(*pair) for pair in params.items()], [Tag(*pair) for pair in tags.items()]
        create_logged_model(store_tx, NewModel(f"m-{name}", experiment, name, model_type, "run", *pairs))
        if status:
            finalize_logged_model(store_tx, f"m-{name}", status)
        points = [
            Metric(key, value, step, step, f"m-{name}", dataset, digest)  # type: ignore[arg-type]
            for key, value, step, dataset, digest in metrics
        ]
        log_batch(store_tx, "run", points, [], [])
    return store_tx


def pages(tx: Transaction, query: LoggedModelQuery) -> Iterator[list[str]]:
    names = dict(tx.rows("SELECT id, name FROM logged_models"))
    while True:
        page = search_logged_models(tx, query)
        yield [names[number] for number in page.ids]
        if page.next_page_token is None:
            return
        query = msgspec.structs.replace(query, page_token=page.next_page_token)


def found(tx: Transaction, text: str = "", *datasets: DatasetRef) -> str:
    query = LoggedModelQuery(experiment_ids=[1], filter=text, datasets=list(datasets))
    return " ".join(next(pages(tx, query)))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", "alpha Beta gamma delta eps zeta"),
        ("name = 'alpha'", "alpha"),
        ("attributes.name LIKE '%a' AND name != 'zeta'", "alpha Beta gamma delta"),
        ("name ILIKE 'b%'", "Beta"),
        ("name IN ('alpha', 'gamma')", "alpha gamma"),
        ("name NOT IN ('alpha', 'gamma', 'eps')", "Beta delta zeta"),
        ("model_id = 'm-eps'", "eps"),
        ("model_type = 'net'", "delta eps zeta"),
        ("model_type = ''", "gamma"),
        ("source_run_id = 'run' AND experiment_id = '1' AND creation_timestamp > 4", "alpha"),
        ("creation_time <= 2", "delta eps zeta"),
        ("last_updated_timestamp_ms = 3", "gamma"),
        ("status = 'READY'", "alpha Beta eps zeta"),
        ("status = LOGGED_MODEL_PENDING", "gamma"),
        ("status != 2", "gamma delta"),
        ("status IN ('failed', 'PENDING')", "gamma delta"),
        ("status = 'asleep'", ""),
        ("params.depth = '3'", "alpha delta"),
        ("params.depth = 3", "alpha delta"),
        ("params.depth != '3'", "Beta"),
        ("params.`x y` IN ('1', '2')", "eps"),
        ("tags.team NOT IN ('red')", "Beta eps"),
        ("tags.team ILIKE 'r%'", "alpha Beta"),
        ("metrics.acc > 0.4", "alpha Beta gamma"),
        ("metrics.acc = 0.1", "Beta"),
        ("metrics.acc < 0.2", "Beta delta"),
        ("metrics.acc != 0.5", "Beta gamma delta eps"),
        ("metrics.`a b/c` > 0", "delta"),
        ("metrics.never > 0", ""),
        ("metrics.acc > 0.4 OR params.depth = '3'", "alpha Beta gamma delta"),
        ("NOT (metrics.acc > 0.4 OR params.depth = '3')", "eps zeta"),
    ],
)
def test_models_are_filtered_by_what_is_known_of_them(tx: Transaction, text: str, names: str) -> None:
    assert found(tx, text) == names


IRIS, IRIS_1, MNIST_1 = DatasetRef("iris"), DatasetRef("iris", "1"), DatasetRef("mnist", "1")


@pytest.mark.parametrize(
    ("text", "datasets", "names"),
    [
        ("", [IRIS], "alpha Beta delta"),
        ("", [IRIS_1], "alpha delta"),
        ("", [MNIST_1], "Beta"),
        ("", [IRIS_1, MNIST_1], "alpha Beta delta"),
        ("", [DatasetRef("none")], ""),
        ("metrics.acc > 0.4", [IRIS], "alpha Beta"),
        ("metrics.acc > 0.4", [IRIS_1], "alpha"),
        ("metrics.acc > 0.4", [MNIST_1], ""),
        ("metrics.acc < 0.4", [IRIS_1, MNIST_1], "Beta delta"),
        ("params.depth = '3'", [MNIST_1], ""),
        ("name = 'gamma' OR metrics.acc > 0.4", [IRIS_1], "alpha gamma"),
    ],
)
def test_metrics_count_on_the_datasets_named_only(
    tx: Transaction, text: str, datasets: list[DatasetRef], names: str
) -> None:
    assert found(tx, text, *datasets) == names


@pytest.mark.parametrize(
    ("order", "names"),
    [
        (ModelOrder("name"), "Beta alpha delta eps gamma zeta"),
        (ModelOrder("name", ascending=False), "zeta gamma eps delta alpha Beta"),
        (ModelOrder("creation_timestamp"), "zeta delta eps gamma Beta alpha"),
        (ModelOrder("model_id", ascending=False), "m-zeta m-gamma m-eps m-delta m-alpha m-Beta".replace("m-", "")),
        (ModelOrder("status"), "gamma alpha Beta eps zeta delta"),
        (ModelOrder("status_message"), "alpha Beta gamma delta eps zeta"),
        (ModelOrder("metrics.acc"), "delta Beta alpha gamma eps zeta"),
        (ModelOrder("metrics.acc", ascending=False), "gamma alpha Beta delta eps zeta"),
        (ModelOrder("metrics.acc", ascending=False, dataset_name="iris"), "Beta alpha delta gamma eps zeta"),
        (ModelOrder("metrics.acc", dataset_name="iris", dataset_digest="1"), "delta alpha Beta gamma eps zeta"),
        (ModelOrder("metrics.never"), "alpha Beta gamma delta eps zeta"),
    ],
)
def test_models_come_in_the_order_asked_for_those_without_a_value_last(
    tx: Transaction, order: ModelOrder, names: str
) -> None:
    for size in (1, 2, 4, 6):
        query = LoggedModelQuery(experiment_ids=[1], order_by=[order], max_results=size)
        assert " ".join(name for page in pages(tx, query) for name in page) == names


def test_models_are_sorted_by_the_latest_point_by_time_then_step(tx: Transaction) -> None:
    for model, value, timestamp, step in (
        ("zeta", 1.0, 9, 1),
        ("zeta", 7.0, 8, 5),
        ("eps", 9.0, 9, 1),
        ("eps", 2.0, 9, 2),
        ("alpha", 3.0, 9, 0),
    ):
        log_batch(tx, "run", [Metric("late", value, timestamp, step, f"m-{model}")], [], [])
    query = LoggedModelQuery(experiment_ids=[1], order_by=[ModelOrder("metrics.late")])
    assert " ".join(next(pages(tx, query))) == "zeta eps alpha Beta gamma delta"


def test_equal_models_come_in_the_next_order_then_the_newest_first(tx: Transaction) -> None:
    query = LoggedModelQuery(experiment_ids=[1], order_by=[ModelOrder("model_type"), ModelOrder("metrics.acc")])
    assert " ".join(next(pages(tx, query))) == "gamma Beta delta eps zeta alpha"


def test_deleted_models_and_those_of_other_experiments_are_not_found(tx: Transaction) -> None:
    delete_logged_model(tx, "m-gamma")
    assert found(tx) == "alpha Beta delta eps zeta"
    assert search_logged_models(tx, LoggedModelQuery(experiment_ids=[2])).ids == []
    assert search_logged_models(tx, LoggedModelQuery(experiment_ids=[])).ids == []


def test_searches_of_models_that_make_no_sense_are_refused(tx: Transaction) -> None:
    for text, reason in (
        ("metrics.acc LIKE '1'", "Invalid comparator 'LIKE'"),
        ("params.depth IS NULL", "Invalid comparator 'IS NULL' for parameter 'depth'"),
        ("nope = 'a'", "Invalid attribute key 'nope'"),
        ("experiment_id = 'x'", "Invalid experiment ID"),
    ):
        with pytest.raises(InvalidParameter, match=reason):
            found(tx, text)
    with pytest.raises(InvalidParameter, match="`dataset_name` in the `datasets` clause must be specified"):
        found(tx, "", DatasetRef("", "1"))
    with pytest.raises(InvalidParameter, match="Invalid datasets: 101 are given, at most 100 are allowed"):
        found(tx, "", *[IRIS] * 101)
    assert found(tx, "", *[IRIS] * 100) == "alpha Beta delta"
