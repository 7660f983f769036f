"""Searching logged models: an experiment has few of them, so every search passes them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import get_args

from trackline.db.transaction import Transaction
from trackline.domain.entities import ModelStatus
from trackline.domain.errors import InvalidParameter
from trackline.domain.filters import (
    LOGGED_MODELS,
    DatasetRef,
    LoggedModelQuery,
    ModelOrder,
    comparisons,
    parse_filter,
    parse_model_order,
)
from trackline.domain.limits import experiment_number
from trackline.domain.page_tokens import read_token
from trackline.store.access.permissions import seen
from trackline.store.search.conditions import Conditions, Tables, find_key_numbers, one_of
from trackline.store.search.pages import Key, Page, Parameters, beyond, columns, page_of, sorted_by

_STATUSES = {name.removeprefix("LOGGED_MODEL_"): number for number, name in enumerate(get_args(ModelStatus))}
_STATUSES |= {"FAILED": _STATUSES["UPLOAD_FAILED"]}
_STATUSES |= {str(number): number for number in _STATUSES.values()}


def _status_number(status: str) -> int:
    """The number of a status: named as on the wire or as in MLflow's client, or its number; -1 is none."""
    return _STATUSES.get(status.upper().removeprefix("LOGGED_MODEL_"), -1)


TABLES = Tables(
    id="m.id",
    columns={
        "name": "m.name",
        "model_id": "m.model_id",
        "model_type": "m.model_type",
        "status": "m.status",
        "status_message": "m.status_message",
        "source_run_id": "m.source_run_id",
        "experiment_id": "m.experiment_id",
        "creation_timestamp": "m.created_ms",
        "last_updated_timestamp": "m.updated_ms",
    },
    values={"metric": "logged_model_metrics", "parameter": "logged_model_params", "tag": "logged_model_tags"},
    owner="model_id",
    numbers={"experiment_id": experiment_number, "status": _status_number},
)
MAX_DATASETS = 100
_MAY_BE_NULL = frozenset({"m.model_type", "m.source_run_id", "m.status_message"})


def search_logged_models(tx: Transaction, query: LoggedModelQuery) -> Page:
    """One page of the models that `query` asks for; deleted ones are never found. Raises InvalidParameter."""
    tree = parse_filter(query.filter, LOGGED_MODELS)
    fields = [order.field for order in parse_model_order(query.order_by)]
    after = read_token(query, query.page_token)
    parameters = Parameters()
    numbers = find_key_numbers(tx, tree, fields)
    measured = _measured_on(query.datasets, parameters)
    condition = Conditions(TABLES, tx.dialect, numbers, parameters, measured).of(tree)
    if query.datasets and not any(comparison.field.kind == "metric" for comparison in comparisons(tree)):
        any_metric = f"EXISTS (SELECT 1 FROM logged_model_metrics v WHERE v.model_id = m.id AND {measured})"
        condition = f"{condition} AND {any_metric}"
    keys = _keys(query, numbers, parameters)
    readable = parameters.adopt(seen(tx, "experiment", "m.experiment_id"))
    rows = tx.rows(
        f"SELECT m.id, {columns(keys)} FROM logged_models m "
        f"WHERE {one_of('m.experiment_id', query.experiment_ids, tx.dialect, parameters)} "
        f"AND m.lifecycle = 'active' AND {readable} AND {condition} AND {beyond(keys, after, parameters)} "
        f"ORDER BY {sorted_by(keys)} LIMIT {query.max_results + 1}",
        parameters.values,
    )
    return page_of(query, rows)


def _measured_on(datasets: Sequence[DatasetRef], parameters: Parameters) -> str:
    """A condition: the metric `v` was measured on one of the datasets, if any are named."""
    if not all(dataset.dataset_name for dataset in datasets):
        raise InvalidParameter("`dataset_name` in the `datasets` clause must be specified.")
    if len(datasets) > MAX_DATASETS:
        raise InvalidParameter(f"Invalid datasets: {len(datasets)} are given, at most {MAX_DATASETS} are allowed.")
    return f"({' OR '.join(_on(dataset, parameters) for dataset in datasets)})" if datasets else "TRUE"


def _on(dataset: DatasetRef | ModelOrder, parameters: Parameters) -> str:
    named = f"v.dataset_name = {parameters.bind(dataset.dataset_name)}" if dataset.dataset_name else "TRUE"
    if not dataset.dataset_digest:
        return named
    return f"({named} AND v.dataset_digest = {parameters.bind(dataset.dataset_digest)})"


def _keys(query: LoggedModelQuery, numbers: Mapping[str, int], parameters: Parameters) -> list[Key]:
    """What was asked for, nothing and NaN last; then the newest first, then the model ids."""
    keys: list[Key] = []
    for order, given in zip(parse_model_order(query.order_by), query.order_by, strict=True):
        if order.field.kind == "attribute":
            column = TABLES.columns[order.field.key]
        else:
            column = _latest(numbers.get(order.field.key, 0), _on(given, parameters), parameters)
        if order.field.kind == "metric" or column in _MAY_BE_NULL:
            keys.append(Key(f"CASE WHEN {column} IS NULL THEN 1 ELSE 0 END"))
        keys.append(Key(column, order.ascending))
    given_columns = {key.sql for key in keys}
    tail = [Key("m.created_ms", ascending=False), Key("m.model_id")]
    return keys + [key for key in tail if key.sql not in given_columns]


def _latest(key: int, condition: str, parameters: Parameters) -> str:
    return (
        "(SELECT v.value FROM logged_model_metrics v "
        f"WHERE v.model_id = m.id AND v.key_id = {parameters.bind(key)} AND {condition} "
        "ORDER BY v.timestamp_ms DESC, v.step DESC, v.run_uuid, v.value DESC LIMIT 1)"
    )
