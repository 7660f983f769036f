"""Searching experiments: they are few, so every search passes them all."""

from __future__ import annotations

from typing import Any

from trackline.db.transaction import Transaction
from trackline.domain.filters import EXPERIMENTS, ExperimentQuery, Order, parse_experiment_order, parse_filter
from trackline.domain.limits import experiment_number
from trackline.domain.page_tokens import read_token
from trackline.store.access.permissions import seen
from trackline.store.search.conditions import LIFECYCLES, Conditions, Tables, find_key_numbers, one_of
from trackline.store.search.pages import Key, Page, Parameters, beyond, columns, page_of, sorted_by

COLUMNS = "e.id, e.name, e.artifact_location, e.lifecycle, e.updated_ms, e.created_ms"
TABLES = Tables(
    id="e.id",
    columns={
        "experiment_id": "e.id",
        "name": "e.name",
        "creation_time": "e.created_ms",
        "last_update_time": "e.updated_ms",
    },
    values={"tag": "experiment_tags"},
    owner="experiment_id",
    numbers={"experiment_id": experiment_number},
)


def search_experiments(tx: Transaction, query: ExperimentQuery) -> tuple[Page, list[Any]]:
    """One page of the experiments that `query` asks for, and their rows (COLUMNS). Raises InvalidParameter."""
    tree = parse_filter(query.filter, EXPERIMENTS)
    keys = _keys(parse_experiment_order(query.order_by))
    after = read_token(query, query.page_token)
    parameters = Parameters()
    conditions = Conditions(TABLES, tx.dialect, find_key_numbers(tx, tree), parameters)
    readable = parameters.adopt(seen(tx, "experiment", "e.id"))
    rows = tx.rows(
        f"SELECT {columns(keys)}, {COLUMNS} FROM experiments e "
        f"WHERE {one_of('e.lifecycle', LIFECYCLES[query.view], tx.dialect, parameters)} "
        f"AND {readable} AND {conditions.of(tree)} AND {beyond(keys, after, parameters)} "
        f"ORDER BY {sorted_by(keys)} LIMIT {query.max_results + 1}",
        parameters.values,
    )
    page = page_of(query, [(row[len(keys)], *row[: len(keys)]) for row in rows])
    return page, [row[len(keys) :] for row in rows[: query.max_results]]


def _keys(orders: list[Order]) -> list[Key]:
    """The newest first unless another order is asked for; then the latest ids first among equals, as in MLflow."""
    if not orders:
        return [Key("e.created_ms", ascending=False), Key("e.id")]
    keys = [Key(TABLES.columns[order.field.key], order.ascending) for order in orders]
    return keys if any(key.sql == "e.id" for key in keys) else [*keys, Key("e.id", ascending=False)]
