"""What searches can be sorted by."""

from __future__ import annotations

import pytest

from trackline.domain.errors import InvalidParameter
from trackline.domain.filters import (
    Field,
    Kind,
    ModelOrder,
    Order,
    parse_experiment_order,
    parse_model_order,
    parse_run_order,
)


@pytest.mark.parametrize(
    ("clause", "kind", "key", "ascending"),
    [
        ("metrics.acc", "metric", "acc", True),
        ("metrics.acc DESC", "metric", "acc", False),
        ("metric.`a b`  asc", "metric", "a b", True),
        ('params."a/b" desc', "parameter", "a/b", False),
        ("tags.mlflow.runName", "tag", "mlflow.runName", True),
        ("start_time DESC", "attribute", "start_time", False),
        ("attributes.Created", "attribute", "start_time", True),
        ("`Run name`", "attribute", "run_name", True),
    ],
)
def test_runs_are_sorted_by_any_field_either_way(clause: str, kind: Kind, key: str, ascending: bool) -> None:
    assert parse_run_order([clause]) == [Order(Field(kind, key), ascending)]


@pytest.mark.parametrize(
    ("clauses", "reason"),
    [
        ([""], "Invalid order_by clause ''. Could not be parsed"),
        (["metrics.acc DESC, params.x"], "Could not be parsed"),
        (["(metrics.acc)"], "Could not be parsed"),
        (["metrics.acc NULLS LAST"], "Could not be parsed"),
        (["metrics.`acc"], "Could not be parsed"),
        (["metrics.acc UP"], "Invalid ordering key in order_by clause 'metrics.acc UP'"),
        (["metrics.acc > 1"], "Could not be parsed"),
        (["nope.acc"], "Invalid entity type 'nope'"),
        (["nope"], "Invalid attribute key 'nope' specified"),
        (["5"], "expected a field such as metrics.loss, found '5'"),
        (["dataset.name"], "Invalid order_by entity: dataset"),
        (["start_time", "Created DESC"], "`order_by` contains duplicate fields"),
        (["metrics.acc"] * 100, "Invalid order_by: it names 100 fields, at most 16 are allowed"),
        (["x" * 1_000_000], "Could not be parsed"),
    ],
)
def test_orders_of_runs_that_make_no_sense_are_refused(clauses: list[str], reason: str) -> None:
    with pytest.raises(InvalidParameter) as refusal:
        parse_run_order(clauses)
    assert reason in refusal.value.message
    assert len(refusal.value.message) < 500


def test_experiments_are_sorted_by_their_attributes_only() -> None:
    assert parse_experiment_order(["name", "attribute.creation_time DESC"]) == [
        Order(Field("attribute", "name")),
        Order(Field("attribute", "creation_time"), ascending=False),
    ]
    with pytest.raises(InvalidParameter, match="Invalid order_by entity: tag"):
        parse_experiment_order(["tags.team"])


def test_logged_models_are_sorted_by_attributes_and_metrics_with_any_key() -> None:
    assert parse_model_order([ModelOrder("creation_time"), ModelOrder("metrics.a b.c", ascending=False)]) == [
        Order(Field("attribute", "creation_timestamp")),
        Order(Field("metric", "a b.c"), ascending=False),
    ]
    with pytest.raises(InvalidParameter, match="Invalid order by field name: 'nope'"):
        parse_model_order([ModelOrder("nope")])
    with pytest.raises(InvalidParameter, match=r"'params.x'. Only metrics are supported"):
        parse_model_order([ModelOrder("params.x")])
