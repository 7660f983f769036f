"""Filters as SQL conditions on the row of a run, an experiment or a logged model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from trackline.db.dialect import Dialect
from trackline.db.transaction import Transaction
from trackline.domain.entities import DATASET_CONTEXT_TAG, Lifecycle, ViewType
from trackline.domain.filters import MEASURED, And, Comparison, Field, Kind, Not, Or, Tree, comparisons, depth
from trackline.store.keys import find_keys
from trackline.store.search.pages import Parameters

LIFECYCLES: dict[ViewType, list[Lifecycle]] = {
    "ACTIVE_ONLY": ["active"],
    "DELETED_ONLY": ["deleted"],
    "ALL": ["active", "deleted"],
}


class Tables(NamedTuple):
    """Where the fields of what is searched for lie.

    `id`: its id, in SQL. `columns`: its attributes, in SQL. `values`: the tables with columns `key_id` and `value`,
    by kind of field; `owner`: the column in them that holds the id. `numbers`: what makes numbers of the texts that
    some attributes are compared with. `lookups`: attributes that an index holds, each with a query for the ids, to
    which `AND` and a condition on the attribute's column can be added.
    """

    id: str
    columns: Mapping[str, str]
    values: Mapping[Kind, str]
    owner: str
    numbers: Mapping[str, Callable[[str], int]] = {}
    lookups: Mapping[str, str] = {}


class Conditions:
    """Writes conditions; their values go into `parameters`.

    `keys`: the numbers of those names in the filter that were ever used. `metrics_where`: what more must be true of
    the row of a metric, `v`, for it to count.
    """

    def __init__(
        self,
        tables: Tables,
        dialect: Dialect,
        keys: Mapping[str, int],
        parameters: Parameters,
        metrics_where: str = "TRUE",
    ) -> None:
        self._tables = tables
        self._dialect = dialect
        self._keys = keys
        self._parameters = parameters
        self._metrics_where = metrics_where

    def of(self, tree: Tree | None) -> str:
        match tree:
            case None:
                return "TRUE"
            case And(parts):
                return f"({' AND '.join(self._deepest_first(parts))})"
            case Or(parts):
                return f"({' OR '.join(self._deepest_first(parts))})"
            case Not(part):
                inner = self.of(part)
                # What is NULL inside counts as not so.
                return f"(({inner}) IS NOT TRUE)" if isinstance(part, Comparison) else f"({inner} IS NOT TRUE)"
        if tree.field.kind == "attribute":
            return self._of_attribute(tree)
        if tree.field.kind == "dataset":
            return self._of_dataset(tree)
        return self._of_value(tree)

    def _deepest_first(self, parts: Sequence[Tree]) -> list[str]:
        """SQLite's parser keeps in mind what stands before a parenthesis; until version 3.46, 100 things at most."""
        return [self.of(part) for part in sorted(parts, key=depth, reverse=True)]

    def _of_attribute(self, comparison: Comparison) -> str:
        key = comparison.field.key
        value: Any = comparison.value
        if number := self._tables.numbers.get(key):
            value = tuple(number(text) for text in value) if isinstance(value, tuple) else number(str(value))
            comparison = Comparison(comparison.field, comparison.operator, value)
        return self._compared(self._tables.columns[key], comparison)

    def _compared(self, column: str, comparison: Comparison) -> str:
        return compared(column, comparison, self._dialect, self._parameters)

    def _of_value(self, comparison: Comparison) -> str:
        kind, key = comparison.field.kind, comparison.field.key
        if key not in self._keys:
            return "TRUE" if comparison.operator == "IS NULL" else "FALSE"
        row = (
            f"EXISTS (SELECT 1 FROM {self._tables.values[kind]} v WHERE v.{self._tables.owner} = {self._tables.id} "
            f"AND v.key_id = {self._parameters.bind(self._keys[key])}"
        )
        if comparison.operator == "IS NULL":
            return f"NOT {row})"
        if comparison.operator == "IS NOT NULL":
            return f"{row})"
        test = self._compared("v.value", comparison)
        if kind in MEASURED:
            test = f"({test} OR v.value IS NULL)" if comparison.operator == "!=" else test  # NULL is NaN
            test = f"{test} AND {self._metrics_where}"
        return f"{row} AND {test})"

    def _of_dataset(self, comparison: Comparison) -> str:
        if comparison.field.key == "context":
            rows = f"dataset_input_tags i WHERE i.run_id = {self._tables.id} AND i.key = '{DATASET_CONTEXT_TAG}'"
            column = "i.value"
        else:
            rows = f"dataset_inputs i JOIN datasets d ON d.id = i.dataset_id WHERE i.run_id = {self._tables.id}"
            column = f"d.{comparison.field.key}"
        test = self._compared(column, comparison)
        return f"EXISTS (SELECT 1 FROM {rows} AND {test})"


def compared(column: str, comparison: Comparison, dialect: Dialect, parameters: Parameters) -> str:
    """A condition: `column` compares with the value of `comparison` as it says."""
    value = comparison.value
    name = parameters.name(list(value) if isinstance(value, tuple) else value)
    match comparison.operator:
        case "LIKE" | "ILIKE":
            return dialect.like(column, name, fold_case=comparison.operator == "ILIKE")
        case "IN":
            return dialect.among(column, name)
        case "NOT IN":
            return f"NOT {dialect.among(column, name)}"
        case "!=":
            return f"{column} <> :{name}"
    return f"{column} {comparison.operator} :{name}"


def one_of(column: str, values: Sequence[int | str], dialect: Dialect, parameters: Parameters) -> str:
    """A condition: `column` is one of `values`. For a single one it is an equality, which keeps an index in order."""
    if len(values) == 1:
        return f"{column} = {parameters.bind(values[0])}"
    return dialect.among(column, parameters.name(values))


def find_key_numbers(tx: Transaction, tree: Tree | None, others: Iterable[Field] = ()) -> dict[str, int]:
    """The numbers of the names of metrics, params and tags in the filter and in `others`; unused ones have none."""
    fields = [*(comparison.field for comparison in comparisons(tree)), *others]
    names = {field.key for field in fields if field.kind in {*MEASURED, "parameter", "tag"}}
    return find_keys(tx, names) if names else {}
