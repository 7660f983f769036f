"""Searching experiments."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from tests.store.made import make_experiment
from trackline.db.transaction import Transaction
from trackline.domain.entities import Experiment, Tag, ViewType
from trackline.domain.errors import InvalidParameter
from trackline.domain.filters import ExperimentQuery
from trackline.store.editions import Documents
from trackline.store.experiment_documents import ask_experiment_page
from trackline.store.experiments import delete_experiment
from trackline.store.search import ask_experiments

# name: creation time, update time, tags; their ids are 1 to 5, in this order.
EXPERIMENTS: dict[str, tuple[int, int, dict[str, str]]] = {
    "alpha": (30, 300, {"team": "red"}),
    "Beta": (10, 300, {"team": "Red", "a b": "1"}),
    "gamma%": (20, 100, {"team": "it's"}),
    "delta_x": (20, 400, {}),
    "gone": (40, 500, {"team": "red"}),
}


@pytest.fixture
def tx(store_tx: Transaction) -> Transaction:
    for name, (created, updated, tags) in EXPERIMENTS.items():
        number = make_experiment(store_tx, name, [Tag(key, value) for key, value in tags.items()])
        if name == "gone":
            delete_experiment(store_tx, number)
        times = {"id": int(number), "created": created, "updated": updated}
        store_tx.execute("UPDATE experiments SET created_ms = :created, updated_ms = :updated WHERE id = :id", times)
    return store_tx


def _name(experiment: Experiment) -> bytes:
    return experiment.name.encode()


def pages(tx: Transaction, query: ExperimentQuery) -> Iterator[list[str]]:
    while True:
        page, token = ask_experiment_page(tx, Documents(_name), query)()
        yield [name.decode() for name in page]
        if token is None:
            return
        query = msgspec.structs.replace(query, page_token=token)


def found(tx: Transaction, text: str = "", *orders: str) -> list[str]:
    return next(pages(tx, ExperimentQuery(filter=text, order_by=list(orders))))


@pytest.mark.parametrize(
    ("orders", "names"),
    [
        ((), "alpha gamma% delta_x Beta"),
        (("creation_time DESC",), "alpha delta_x gamma% Beta"),
        (("creation_time",), "Beta delta_x gamma% alpha"),
        (("last_update_time DESC",), "delta_x Beta alpha gamma%"),
        (("last_update_time", "creation_time"), "gamma% Beta alpha delta_x"),
        (("name",), "Beta alpha delta_x gamma%"),
        (("attribute.name DESC", "name"), "gamma% delta_x alpha Beta"),
        (("experiment_id DESC",), "delta_x gamma% Beta alpha"),
        (("experiment_id",), "alpha Beta gamma% delta_x"),
    ],
)
def test_experiments_come_in_the_order_asked_for_the_newest_first_by_default(
    tx: Transaction, orders: tuple[str, ...], names: str
) -> None:
    assert found(tx, "", *orders) == names.split()
    for size in (1, 2, 3, 4):
        query = ExperimentQuery(order_by=list(orders), max_results=size)
        assert [name for page in pages(tx, query) for name in page] == names.split()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("name = 'alpha'", "alpha"),
        ("attribute.name != 'alpha'", "gamma% delta_x Beta"),
        ("name LIKE '%a'", "alpha Beta"),
        ("name LIKE 'b%'", ""),
        ("name ILIKE 'b%'", "Beta"),
        ("name LIKE 'delta__'", "delta_x"),
        ("tags.team = 'red'", "alpha"),
        ("tag.team != 'red'", "gamma% Beta"),
        ("tags.team ILIKE 'RED'", "alpha Beta"),
        ("tags.`a b` = '1'", "Beta"),
        ('tags.team = "it\'s"', "gamma%"),
        ("tags.team IS NULL", "delta_x"),
        ("tags.team IS NOT NULL", "alpha gamma% Beta"),
        ("tags.never = '1'", ""),
        ("tags.never IS NULL AND creation_time > 10", "alpha gamma% delta_x"),
        ("creation_time <= 20 AND last_update_time >= 300", "delta_x Beta"),
        ("experiment_id = '2'", "Beta"),
        ("experiment_id != '2'", "alpha gamma% delta_x"),
        ("experiment_id IN ('1', '3', '77')", "alpha gamma%"),
        ("experiment_id NOT IN ('1', '3')", "delta_x Beta"),
        ("name = 'alpha' OR tags.team = 'Red'", "alpha Beta"),
        ("NOT (tags.team = 'red' OR creation_time = 20)", "Beta"),
    ],
)
def test_experiments_are_filtered_by_attributes_and_tags(tx: Transaction, text: str, names: str) -> None:
    assert found(tx, text) == names.split()


def test_deleted_experiments_are_found_where_they_are_asked_for(tx: Transaction) -> None:
    views: list[tuple[ViewType, str]] = [("DELETED_ONLY", "5"), ("ALL", "51342")]
    for view, ids in views:
        page, _ = ask_experiments(tx, ExperimentQuery(view=view))()
        assert "".join(str(number) for number, _ in page) == ids


def test_an_experiment_id_is_a_number(tx: Transaction) -> None:
    for text in ("experiment_id = 'x'", "experiment_id IN ('1', '')", f"experiment_id = '{'9' * 30}'"):
        with pytest.raises(InvalidParameter, match="Invalid experiment ID"):
            found(tx, text)
