"""By what runs are sorted: numbers before NaN before nothing at all, whichever way the numbers go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from trackline.domain.filters import Field, Order
from trackline.store.search.conditions import Tables
from trackline.store.search.pages import Key, Parameters

RANKS = NUMBER, NOT_A_NUMBER, MISSING = range(3)  # of a value
START_TIME = Field("attribute", "start_time")
END_TIME = Field("attribute", "end_time")


class Sorting(NamedTuple):
    joins: str
    keys: list[Key]


def sorting(orders: Sequence[Order], tables: Tables, keys: Mapping[str, int], parameters: Parameters) -> Sorting:
    """What to join to `r`, and the keys: those of `orders`, then the newest first, then the run ids."""
    joins: list[str] = []
    sort: list[Key] = []
    for order in orders:
        if order.field.kind == "attribute":
            if order.field == END_TIME:
                sort.append(Key("CASE WHEN r.end_ms IS NULL THEN 1 ELSE 0 END"))
            sort.append(Key(tables.columns[order.field.key], order.ascending))
        else:
            row = f"o{len(joins)}"
            key = parameters.bind(key_number(order, keys))
            joins.append(
                f"LEFT JOIN {tables.values[order.field.kind]} {row} ON {row}.run_id = r.id AND {row}.key_id = {key}"
            )
            sort += [Key(_rank(row)), Key(f"{row}.value", order.ascending)]
    if START_TIME not in {order.field for order in orders}:
        sort.append(Key("r.start_ms", ascending=False))
    return Sorting(" ".join(joins), [*sort, Key("r.uuid")])


def _rank(row: str) -> str:
    missing, not_a_number = f"{row}.run_id IS NULL", f"{row}.value IS NULL"
    return f"CASE WHEN {missing} THEN {MISSING} WHEN {not_a_number} THEN {NOT_A_NUMBER} ELSE {NUMBER} END"


def key_number(order: Order, keys: Mapping[str, int]) -> int:
    """The number of the name to sort by; one that nothing has where the name was never used."""
    return keys.get(order.field.key, 0)
