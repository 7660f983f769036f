"""What a filter says, as a tree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

from msgspec import Struct

Kind = Literal["metric", "minimum", "maximum", "parameter", "tag", "attribute", "dataset"]
Operator = Literal[
    "=", "!=", "<", "<=", ">", ">=", "LIKE", "ILIKE", "IN", "NOT IN", "IS NULL", "IS NOT NULL"
]  # fmt: skip
MEASURED: frozenset[Kind] = frozenset({"metric", "minimum", "maximum"})  # of a metric: its latest value, its extremes
Value: TypeAlias = "float | int | str | tuple[str, ...] | None"


class Field(Struct, frozen=True):
    """What is compared or sorted by. `key` is the name of a metric, param or tag, or of a column."""

    kind: Kind
    key: str


class Comparison(Struct, frozen=True):
    """True of what has the field and whose value compares so; of what lacks it, only IS NULL is true.

    NaN compares with no number, which makes `!=` true of it.
    """

    field: Field
    operator: Operator
    value: Value = None


class Not(Struct, frozen=True):
    """True exactly where `part` is not."""

    part: Tree


class And(Struct, frozen=True):
    parts: tuple[Tree, ...]


class Or(Struct, frozen=True):
    parts: tuple[Tree, ...]


Tree: TypeAlias = Comparison | Not | And | Or


def comparisons(tree: Tree | None) -> Iterator[Comparison]:
    """All comparisons of the tree, from left to right."""
    match tree:
        case Comparison():
            yield tree
        case Not(part):
            yield from comparisons(part)
        case And(parts) | Or(parts):
            for part in parts:
                yield from comparisons(part)


def depth(tree: Tree) -> int:
    """How many trees lie within each other, at most."""
    match tree:
        case Comparison():
            return 1
        case Not(part):
            return 1 + depth(part)
        case And(parts) | Or(parts):
            return 1 + max(depth(part) for part in parts)
