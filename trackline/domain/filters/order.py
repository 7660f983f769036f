"""What a search is to be sorted by."""

from __future__ import annotations

from msgspec import Struct

from trackline.domain.errors import InvalidParameter
from trackline.domain.filters.cursor import Cursor
from trackline.domain.filters.fields import LOGGED_MODELS, Vocabulary
from trackline.domain.filters.queries import ModelOrder
from trackline.domain.filters.tokens import Token, shown
from trackline.domain.filters.tree import Field, Kind

MAX_ORDERS = 16  # SQLite joins at most 64 tables


class Order(Struct, frozen=True):
    field: Field
    ascending: bool = True


def parse_order(clauses: list[str], vocabulary: Vocabulary, kinds: tuple[Kind, ...]) -> list[Order]:
    """The order that the clauses (`field [ASC | DESC]`) ask for, the first counting most; by these `kinds` only.

    Raises InvalidParameter.
    """
    _check_number(len(clauses))
    orders = [_parse_clause(clause, vocabulary) for clause in clauses]
    for order in orders:
        if order.field.kind not in kinds:
            raise InvalidParameter(f"Invalid order_by entity: {order.field.kind}. It can be {' or '.join(kinds)}.")
    if len({order.field for order in orders}) < len(orders):
        raise InvalidParameter(f"`order_by` contains duplicate fields: {shown(str(clauses))}")
    return orders


def parse_model_order(orders: list[ModelOrder]) -> list[Order]:
    """The fields that logged models are to be sorted by. Raises InvalidParameter."""
    _check_number(len(orders))
    return [Order(_model_field(order.field_name), order.ascending) for order in orders]


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


def _check_number(number: int) -> None:
    if number > MAX_ORDERS:
        raise InvalidParameter(f"Invalid order_by: it names {number} fields, at most {MAX_ORDERS} are allowed.")


def _parse_clause(clause: str, vocabulary: Vocabulary) -> Order:
    try:
        cursor = Cursor(clause)
        field = cursor.take("a field")
        direction: Token | None = cursor.next
        if direction is not None:
            cursor.take("ASC or DESC")
    except InvalidParameter:
        raise _unreadable(clause) from None
    if cursor.next is not None:
        raise _unreadable(clause)
    if direction is not None and not direction.is_word("ASC", "DESC"):
        raise InvalidParameter(f"Invalid ordering key in order_by clause {shown(clause)}: it can be ASC or DESC.")
    return Order(vocabulary.field(field, clause), direction is None or direction.is_word("ASC"))


def _unreadable(clause: str) -> InvalidParameter:
    return InvalidParameter(f"Invalid order_by clause {shown(clause)}. Could not be parsed: say `field [ASC | DESC]`.")
