"""Filters made at random: each as a tree, and as one of the many texts that mean it."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from trackline.domain.filters import And, Comparison, Field, Not, Or, Tree

NUMBER = ("=", "!=", "<", "<=", ">", ">=")
TEXT = ("=", "!=", "LIKE", "ILIKE")
NULL = ("IS NULL", "IS NOT NULL")
LIST = ("IN", "NOT IN")
PREFIXES = {
    "metric": ("metric", "metrics"),
    "parameter": ("param", "params", "parameter", "parameters"),
    "tag": ("tag", "tags"),
    "attribute": ("attribute", "attributes", "attr", "run"),
    "dataset": ("dataset", "datasets"),
}

keys = st.text("aZ9_é日-/:. `\"'", min_size=1, max_size=6)
values = st.text("aB%_' \"\\`é()\n", max_size=6)


def run_comparisons(free_keys: st.SearchStrategy[str] = keys) -> st.SearchStrategy[Comparison]:
    """Every sort of comparison that the filter of a search for runs can make."""
    floats = st.floats(allow_nan=False, allow_infinity=False)
    times = st.one_of(st.integers(-(2**63), 2**63 - 1), st.sampled_from([0.5, -1.25]))
    free = st.sampled_from(["parameter", "tag"])
    text_attributes = st.sampled_from(["run_id", "run_name", "user_id", "status", "artifact_uri"])
    datasets = st.sampled_from(["name", "digest", "context"])
    lists = st.lists(values, min_size=1, max_size=3).map(tuple)
    build = st.builds
    fields = {
        "metric": build(Field, st.just("metric"), free_keys),
        "free": build(Field, free, free_keys),
        "text": build(Field, st.just("attribute"), text_attributes),
        "time": build(Field, st.just("attribute"), st.sampled_from(["start_time", "end_time"])),
        "dataset": build(Field, st.just("dataset"), datasets),
    }
    listed = st.one_of(st.just(Field("attribute", "run_id")), fields["dataset"])
    texts = st.one_of(fields["free"], fields["text"], fields["dataset"])
    return st.one_of(
        build(Comparison, fields["metric"], st.sampled_from(NUMBER), floats),
        build(Comparison, fields["time"], st.sampled_from(NUMBER), times),
        build(Comparison, texts, st.sampled_from(TEXT), values),
        build(Comparison, fields["free"], st.sampled_from(NULL)),
        build(Comparison, listed, st.sampled_from(LIST), lists),
    )


def trees(leaves: st.SearchStrategy[Comparison]) -> st.SearchStrategy[Tree]:
    """Trees as the parser makes them: an AND never holds an AND, nor an OR an OR, unless in parentheses."""
    return st.recursive(
        leaves,
        lambda parts: st.one_of(
            st.builds(Not, parts),
            st.lists(parts, min_size=2, max_size=3).map(tuple).map(And),
            st.lists(parts, min_size=2, max_size=3).map(tuple).map(Or),
        ),
        max_leaves=6,
    )


def written(tree: Tree, choose: Callable[[list[str]], str]) -> str:
    """A text for `tree`; `choose` picks one of several ways to write a piece of it."""
    space = choose([" ", "  ", "\n", "\t "])
    match tree:
        case And(parts):
            pieces = [_in_parentheses(part, (And, Or), choose) for part in parts]
            return choose([f"{space}AND ", f" and{space}"]).join(pieces)
        case Or(parts):
            pieces = [_in_parentheses(part, (Or,), choose) for part in parts]
            return choose([f"{space}OR ", f" or{space}"]).join(pieces)
        case Not(part):
            return f"{choose(['NOT', 'not'])}{space}{_in_parentheses(part, (And, Or), choose)}"
    field = _field(tree.field, choose)
    operator = choose([tree.operator, tree.operator.lower()])
    if tree.value is None:
        return f"{field} {operator}"
    if isinstance(tree.value, tuple):
        return f"{field} {operator}{space}({f',{space}'.join(_string(value, choose) for value in tree.value)})"
    value = _string(tree.value, choose) if isinstance(tree.value, str) else repr(tree.value)
    if tree.operator in {"LIKE", "ILIKE"}:
        return f"{field} {operator} {value}"
    return f"{field}{choose([space, ''])}{operator}{choose([space, ''])}{value}"


def _in_parentheses(tree: Tree, kinds: tuple[type, ...], choose: Callable[[list[str]], str]) -> str:
    text = written(tree, choose)
    return f"({text})" if isinstance(tree, kinds) or choose(["", "("]) else text


def _field(field: Field, choose: Callable[[list[str]], str]) -> str:
    ways = [f"{quote}{field.key.replace(quote, quote * 2)}{quote}" for quote in "`\"'"]
    if not set(field.key) & set(" `\"'"):
        ways.append(field.key)
    key = choose(ways)
    if field.kind == "attribute" and key[0] not in "\"'" and choose(["", "attribute"]) == "":
        return key
    return f"{choose(list(PREFIXES[field.kind]))}.{key}"


def _string(value: str, choose: Callable[[list[str]], str]) -> str:
    quote = choose(["'", '"'])
    return f"{quote}{value.replace(quote, quote * 2)}{quote}"
