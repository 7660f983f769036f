"""Searching experiments: the newest stand first in an index; they are few, so every other search passes them all."""

from __future__ import annotations

from collections.abc import Callable

from trackline.db.transaction import Transaction
from trackline.domain.filters import EXPERIMENTS, ExperimentQuery, Order, parse_experiment_order, parse_filter
from trackline.domain.limits import experiment_number
from trackline.domain.page_tokens import read_token
from trackline.store.access.permissions import seen
from trackline.store.editions import Edition
from trackline.store.search.conditions import LIFECYCLES, Conditions, Tables, find_key_numbers, one_of
from trackline.store.search.pages import Key, Parameters, beyond, columns, sorted_by, token_of_next

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


def ask_experiments(tx: Transaction, query: ExperimentQuery) -> Callable[[], tuple[list[Edition], str | None]]:
    """One page of the experiments that `query` asks for, and the token of the next, which come by calling what this
    returns (`tx.ask`). Raises InvalidParameter.
    """
    tree = parse_filter(query.filter, EXPERIMENTS)
    keys = _keys(parse_experiment_order(query.order_by))
    after = read_token(query, query.page_token)
    parameters = Parameters()
    conditions = Conditions(TABLES, tx.dialect, find_key_numbers(tx, tree), parameters)
    readable = parameters.adopt(seen(tx, "experiment", "e.id"))
    found = tx.ask(
        f"SELECT e.id, e.edition, {columns(keys)} FROM experiments e "
        f"WHERE {one_of('e.lifecycle', LIFECYCLES[query.view], tx.dialect, parameters)} "
        f"AND {readable} AND {conditions.of(tree)} AND {beyond(keys, after, parameters)} "
        f"ORDER BY {sorted_by(keys)} LIMIT {query.max_results + 1}",
        parameters.values,
    )

    def page() -> tuple[list[Edition], str | None]:
        rows = found()
        return [row[:2] for row in rows[: query.max_results]], token_of_next(query, rows, 2)

    return page


def _keys(orders: list[Order]) -> list[Key]:
    """The newest first unless another order is asked for; then the latest ids first among equals, as in MLflow."""
    if not orders:
        return [Key("e.created_ms", ascending=False), Key("e.id")]
    keys = [Key(TABLES.columns[order.field.key], order.ascending) for order in orders]
    return keys if any(key.sql == "e.id" for key in keys) else [*keys, Key("e.id", ascending=False)]
