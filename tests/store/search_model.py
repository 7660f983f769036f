"""What a search for runs must find, told by plain Python over a handful of runs."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from hypothesis import strategies as st

from tests.domain.filter_texts import run_comparisons, trees
from tests.store.made import insert_run, update_run
from trackline.db.transaction import Transaction
from trackline.domain.entities import (
    DATASET_CONTEXT_TAG,
    Dataset,
    DatasetInput,
    Lifecycle,
    Metric,
    Param,
    RunStatus,
    Tag,
    ViewType,
)
from trackline.domain.filters import And, Comparison, Field, Not, Or, Order, RunQuery, Tree
from trackline.store.datasets import log_inputs
from trackline.store.logging import log_batch
from trackline.store.runs import NewRun, RunChange, delete_run, run_number

KEYS = ("a", "b c", "x/y")
WORDS = ("", "a", "A", "ab", "aB", "a_b", "a%b", "é", "É", "[a]*?", "10", "9", "a" * 64, "a" * 65, "a" * 64 + "b")
NUMBERS = (0.0, -0.0, 1.0, -2.5, 1e308, math.inf, -math.inf, math.nan, math.nan)
TIMES = (0, 1000, 2000)


class KnownRun(NamedTuple):
    """A run, and everything that a filter can ask about it."""

    uuid: str
    experiment: int
    name: str
    user: str
    status: RunStatus
    start: int
    end: int | None
    lifecycle: Lifecycle
    metrics: dict[str, float]
    params: dict[str, str]
    tags: dict[str, str]
    datasets: list[tuple[str, str, str | None]]  # name, digest, context


def known_runs(experiments: list[int], keys: tuple[str, ...] = KEYS) -> st.SearchStrategy[list[KnownRun]]:
    words = st.sampled_from(WORDS)
    texts = st.dictionaries(st.sampled_from(keys), words)
    dataset = st.tuples(st.sampled_from(["d", "D"]), st.sampled_from(["1", "2"]), st.sampled_from([None, "a", "ab"]))
    run = st.builds(
        KnownRun,
        uuid=st.uuids().map(lambda uuid: uuid.hex),
        experiment=st.sampled_from(experiments),
        name=words.filter(bool),
        user=words,
        status=st.sampled_from(["RUNNING", "FINISHED", "FAILED"]),
        start=st.sampled_from(TIMES),
        end=st.sampled_from([None, *TIMES]),
        lifecycle=st.sampled_from(["active", "active", "deleted"]),
        metrics=st.dictionaries(st.sampled_from(keys), st.sampled_from(NUMBERS)),
        params=texts,
        tags=texts,
        datasets=st.lists(dataset, max_size=2, unique_by=lambda dataset: dataset[:2]),
    )
    return st.lists(run, max_size=9, unique_by=lambda run: run.uuid)


def filters() -> st.SearchStrategy[Tree]:
    """Filters whose comparisons are likely to be true of some runs and not of others."""
    texts = st.sampled_from([*WORDS, "a%", "%b", "_", "A_%", "%[a]%", "FINISHED", "RUN%", "%1%"])
    numbers = st.sampled_from([number for number in NUMBERS if abs(number) < 100])
    keys = st.sampled_from([*KEYS, "never"])

    def with_likely_value(comparison: Comparison, text: str, number: float) -> Comparison:
        if isinstance(comparison.value, str):
            return Comparison(comparison.field, comparison.operator, text)
        if isinstance(comparison.value, float | int):
            value = number if comparison.field.kind == "metric" else int(number) * 1000
            return Comparison(comparison.field, comparison.operator, value)
        return comparison

    return trees(st.builds(with_likely_value, run_comparisons(keys), texts, numbers))


def orders(of_keys: tuple[str, ...] = KEYS) -> st.SearchStrategy[list[Order]]:
    keys = st.sampled_from([*of_keys, "never"])
    attributes = ["run_id", "run_name", "user_id", "status", "artifact_uri", "start_time", "end_time"]
    field = st.one_of(
        st.builds(Field, st.just("metric"), keys),
        st.builds(Field, st.sampled_from(["metric", "parameter", "tag"]), keys),
        st.builds(Field, st.just("attribute"), st.sampled_from(attributes)),
    )
    return st.lists(st.builds(Order, field, st.booleans()), max_size=3, unique_by=lambda order: order.field)


def store(tx: Transaction, runs: list[KnownRun]) -> dict[int, KnownRun]:
    """Write the runs as the server would; returns them by their numbers."""
    numbers = {}
    for run in runs:
        new = NewRun(run.uuid, str(run.experiment), run.name, run.user, run.start, [])
        insert_run(tx, new)
        numbers[run_number(tx, run.uuid)] = run
        points = [Metric(key, value, 0, 0) for key, value in run.metrics.items()]
        params = [Param(key, value) for key, value in run.params.items()]
        log_batch(tx, run.uuid, points, params, [Tag(key, value) for key, value in run.tags.items()])
        log_inputs(tx, run.uuid, [_dataset_input(*dataset) for dataset in run.datasets], [])
        update_run(tx, run.uuid, RunChange(status=run.status, end_ms=run.end))
        if run.lifecycle == "deleted":
            delete_run(tx, run.uuid)
    return numbers


def expected(runs: list[KnownRun], query: RunQuery, tree: Tree | None, orders: list[Order]) -> list[KnownRun]:
    """The runs that `query` asks for, whose filter is `tree` and whose order is `orders`, all on one page."""
    seen: dict[ViewType, set[Lifecycle]] = {"ACTIVE_ONLY": {"active"}, "DELETED_ONLY": {"deleted"}}
    lifecycles = seen.get(query.view, {"active", "deleted"})
    found = [run for run in runs if run.experiment in query.experiment_ids and run.lifecycle in lifecycles]
    found = [run for run in found if tree is None or holds(tree, run)]
    found.sort(key=lambda run: run.uuid)
    found.sort(key=lambda run: run.start, reverse=True)
    for order in reversed(orders):
        found = _sorted(found, order)
    return found


def holds(tree: Tree, run: KnownRun) -> bool:
    match tree:
        case And(parts):
            return all(holds(part, run) for part in parts)
        case Or(parts):
            return any(holds(part, run) for part in parts)
        case Not(part):
            return not holds(part, run)
    if tree.field.kind == "dataset":
        place = ("name", "digest", "context").index(tree.field.key)
        return any(_compares(dataset[place], tree) for dataset in run.datasets)
    value = value_of(run, tree.field)
    if tree.operator == "IS NULL":
        return value is None
    return value is not None if tree.operator == "IS NOT NULL" else _compares(value, tree)


def value_of(run: KnownRun, field: Field) -> Any:
    """None where the run has no such thing."""
    match field.kind:
        case "metric":
            return run.metrics.get(field.key)
        case "parameter":
            return run.params.get(field.key)
        case "tag":
            return run.tags.get(field.key)
    return {
        "run_id": run.uuid,
        "run_name": run.name,
        "user_id": run.user,
        "status": run.status,
        "artifact_uri": f"mlflow-artifacts:/{run.experiment}/{run.uuid}/artifacts",
        "start_time": run.start,
        "end_time": run.end,
    }[field.key]


def _matches(value: str, pattern: str, flags: int = 0) -> bool:
    regex = "".join({"%": ".*", "_": "."}.get(character, re.escape(character)) for character in pattern)
    return re.fullmatch(regex, value, re.DOTALL | flags) is not None


COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "LIKE": _matches,
    "ILIKE": lambda value, pattern: _matches(value, pattern, re.IGNORECASE | re.ASCII),
    "IN": lambda value, values: value in values,
    "NOT IN": lambda value, values: value not in values,
}


def _compares(value: Any, comparison: Comparison) -> bool:
    return value is not None and COMPARED[comparison.operator](value, comparison.value)


def _sorted(runs: list[KnownRun], order: Order) -> list[KnownRun]:
    """By one field, runs that are equal in it staying as they are."""
    groups: tuple[list[KnownRun], ...] = ([], [], [])  # those with a value, those with NaN, those without any
    for run in runs:
        value = value_of(run, order.field)
        groups[2 if value is None else 1 if isinstance(value, float) and math.isnan(value) else 0].append(run)
    groups[0].sort(key=lambda run: value_of(run, order.field), reverse=not order.ascending)
    return [run for group in groups for run in group]


def _dataset_input(name: str, digest: str, context: str | None) -> DatasetInput:
    tags = [] if context is None else [Tag(DATASET_CONTEXT_TAG, context)]
    return DatasetInput(Dataset(name, digest, "local", "somewhere"), tags)
