"""What a search is to be sorted by."""

from __future__ import annotations

from typing import TypeVar

from msgspec import Struct

from trackline.domain.errors import InvalidParameter
from trackline.domain.filters.cursor import Cursor
from trackline.domain.filters.fields import EXPERIMENTS, LOGGED_MODELS, RUNS, Vocabulary
from trackline.domain.filters.queries import ModelOrder
from trackline.domain.filters.tokens import shown
from trackline.domain.filters.tree import Field

MAX_ORDERS = 16  # SQLite joins at most 64 tables


T = TypeVar("T")


class Order(Struct, frozen=True):
    field: Field
    ascending: bool = True


def parse_run_order(clauses: list[str]) -> list[Order]:
    """The fields that runs are to be sorted by, the first counting most. Raises InvalidParameter."""
    orders = [_parse_clause(clause, RUNS) for clause in _few(clauses)]
    for order in orders:
        if order.field.kind == "dataset":
            raise InvalidParameter("Invalid order_by entity: dataset. A run may have read several of them.")
    if len({order.field for order in orders}) < len(orders):
        raise InvalidParameter(f"`order_by` contains duplicate fields: {shown(', '.join(clauses))}")
    return orders


def parse_run_field(text: str) -> Field:
    """The field of runs that `text` names, such as `params.lr`. Raises InvalidParameter."""
    cursor = Cursor(text)
    token = cursor.take("a field")
    if cursor.next is not None:
        raise cursor.missing("nothing after the field")
    return RUNS.field(token, text)


def parse_experiment_order(clauses: list[str]) -> list[Order]:
    """The attributes that experiments are to be sorted by. Raises InvalidParameter."""
    return _parse_attributes(clauses, EXPERIMENTS)


def parse_registry_order(clauses: list[str], vocabulary: Vocabulary) -> list[Order]:
    """The attributes that registered models or their versions are to be sorted by. Raises InvalidParameter."""
    orders = _parse_attributes(clauses, vocabulary)
    if len({order.field for order in orders}) < len(orders):
        raise InvalidParameter(f"`order_by` contains duplicate fields: {shown(', '.join(clauses))}")
    return orders


def _parse_attributes(clauses: list[str], vocabulary: Vocabulary) -> list[Order]:
    orders = [_parse_clause(clause, vocabulary) for clause in _few(clauses)]
    for order in orders:
        if order.field.kind != "attribute":
            raise InvalidParameter(f"Invalid order_by entity: {order.field.kind}. It can only be an attribute.")
    return orders


def parse_model_order(orders: list[ModelOrder]) -> list[Order]:
    """The fields that logged models are to be sorted by. Raises InvalidParameter."""
    return [Order(_model_field(order.field_name), order.ascending) for order in _few(orders)]


def _model_field(name: str) -> Field:
    prefix, dot, key = name.partition(".")
    if not dot:
        attribute = LOGGED_MODELS.aliases.get(name, name)
        if attribute in LOGGED_MODELS.fixed["attribute"]:
            return Field("attribute", attribute)
        raise InvalidParameter(f"Invalid order by field name: {shown(name)}.")
    if prefix != "metrics":
        raise InvalidParameter(f"Invalid order by field name: {shown(name)}. Only metrics are supported.")
    return Field("metric", key)


def _few(orders: list[T]) -> list[T]:
    if len(orders) > MAX_ORDERS:
        raise InvalidParameter(f"Invalid order_by: it names {len(orders)} fields, at most {MAX_ORDERS} are allowed.")
    return orders


def _parse_clause(clause: str, vocabulary: Vocabulary) -> Order:
    try:
        cursor = Cursor(clause)
        field = cursor.take("a field")
        direction = cursor.take("ASC or DESC") if cursor.next else None
    except InvalidParameter:
        raise _unreadable(clause) from None
    if cursor.next is not None:
        raise _unreadable(clause)
    if direction is not None and not direction.is_word("ASC", "DESC"):
        raise InvalidParameter(f"Invalid ordering key in order_by clause {shown(clause)}: it can be ASC or DESC.")
    return Order(vocabulary.field(field, clause), direction is None or direction.is_word("ASC"))


def _unreadable(clause: str) -> InvalidParameter:
    return InvalidParameter(f"Invalid order_by clause {shown(clause)}. Could not be parsed: say `field [ASC | DESC]`.")
