"""Searching experiments: they are few, so every search passes them all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trackline.db.transaction import Transaction
from trackline.domain.filters import EXPERIMENTS, ExperimentQuery, Order, parse_experiment_order, parse_filter
from trackline.domain.limits import experiment_number
from trackline.domain.page_tokens import read_token
from trackline.store.access.permissions import seen
from trackline.store.search.conditions import LIFECYCLES, Conditions, Tables, find_key_numbers, one_of
from trackline.store.search.pages import Key, Parameters, beyond, columns, page_of, sorted_by

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


def ask_experiments(tx: Transaction, query: ExperimentQuery) -> Callable[[], tuple[list[Any], str | None]]:
    """One page of the experiments that `query` asks for, rows of `columns_of`, and the token of the next, which come by
    calling what this returns (`tx.ask`). Raises InvalidParameter.
    """
    tree = parse_filter(query.filter, EXPERIMENTS)
    keys = _keys(parse_experiment_order(query.order_by))
    after = read_token(query, query.page_token)
    parameters = Parameters()
    conditions = Conditions(TABLES, tx.dialect, find_key_numbers(tx, tree), parameters)
    readable = parameters.adopt(seen(tx, "experiment", "e.id"))
    places = [Key(str(place), key.ascending) for place, key in enumerate(keys, start=1)]
    found = tx.ask(
        # Tags of those on the page, and not of all that were sorted.
        f"SELECT page.*, {tags_of(tx, 'page.experiment')} FROM ("
        f"SELECT {columns(keys)}, e.id AS experiment, {COLUMNS} FROM experiments e "
        f"WHERE {one_of('e.lifecycle', LIFECYCLES[query.view], tx.dialect, parameters)} "
        f"AND {readable} AND {conditions.of(tree)} AND {beyond(keys, after, parameters)} "
        f"ORDER BY {sorted_by(keys)} LIMIT {query.max_results + 1}"
        f") page ORDER BY {sorted_by(places)}",
        parameters.values,
    )

    def page() -> tuple[list[Any], str | None]:
        rows = found()
        token = page_of(query, [(row[len(keys)], *row[: len(keys)]) for row in rows]).next_page_token
        return [row[len(keys) + 1 :] for row in rows[: query.max_results]], token

    return page


def columns_of(tx: Transaction) -> str:
    return f"{COLUMNS}, {tags_of(tx, 'e.id')}"


def tags_of(tx: Transaction, experiment: str) -> str:
    """An expression: the JSON of the tags of one."""
    tags = tx.dialect.objects(key="k.name", value="t.value")
    return f"(SELECT {tags} FROM experiment_tags t JOIN keys k ON k.id = t.key_id WHERE t.experiment_id = {experiment})"


def _keys(orders: list[Order]) -> list[Key]:
    """The newest first unless another order is asked for; then the latest ids first among equals, as in MLflow."""
    if not orders:
        return [Key("e.created_ms", ascending=False), Key("e.id")]
    keys = [Key(TABLES.columns[order.field.key], order.ascending) for order in orders]
    return keys if any(key.sql == "e.id" for key in keys) else [*keys, Key("e.id", ascending=False)]
