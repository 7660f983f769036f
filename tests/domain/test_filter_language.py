"""The filter language: what is understood, what is refused and in which words, and that nothing breaks it."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.domain.filter_texts import run_comparisons, trees, written
from trackline.domain.errors import InvalidParameter
from trackline.domain.filters import (
    EXPERIMENTS,
    LOGGED_MODELS,
    RUNS,
    And,
    Comparison,
    Field,
    Kind,
    Not,
    Operator,
    Or,
    Tree,
    parse_filter,
)


def compared(
    kind: Kind, key: str, operator: Operator, value: float | str | tuple[str, ...] | None = None
) -> Comparison:
    return Comparison(Field(kind, key), operator, value)


A, B, C = (compared("tag", key, "=", "1") for key in "abc")


@settings(max_examples=150)
@given(trees(run_comparisons()), st.data())
def test_every_filter_is_read_as_it_is_meant_however_it_is_written(tree: Tree, data: st.DataObject) -> None:
    text = written(tree, lambda ways: data.draw(st.sampled_from(ways)))
    assert parse_filter(text, RUNS) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", None),
        ("metrics.acc > .5", compared("metric", "acc", ">", 0.5)),
        ("metrics.acc>=-1e-3", compared("metric", "acc", ">=", -0.001)),
        ("metrics.acc != +5.", compared("metric", "acc", "!=", 5.0)),
        ("metrics.acc < 1e400", compared("metric", "acc", "<", float("inf"))),
        ("metrics.a.b/c-d:e = 1", compared("metric", "a.b/c-d:e", "=", 1.0)),
        ("metrics.in = 1", compared("metric", "in", "=", 1.0)),
        ("params.1 = '1'", compared("parameter", "1", "=", "1")),
        ("`params`.`a b` = 'x'", compared("parameter", "a b", "=", "x")),
        ("params.x = 'it''s'", compared("parameter", "x", "=", "it's")),
        ('params.x = "it\'s"', compared("parameter", "x", "=", "it's")),
        ("params.x = 'a'AND tags.a='1'", And((compared("parameter", "x", "=", "a"), A))),
        ("created > 5", compared("attribute", "start_time", ">", 5)),
        ("end_time < 99999999999999999999", compared("attribute", "end_time", "<", 1e20)),
        ("`Run Name` = 'x'", compared("attribute", "run_name", "=", "x")),
        ("\"run name\" = 'x'", compared("attribute", "run_name", "=", "x")),
        ("run_id IN ('a',)", compared("attribute", "run_id", "IN", ("a",))),
        ("params.x is  not\nnull", compared("parameter", "x", "IS NOT NULL")),
    ],
)
def test_runs_are_filtered_in_mlflows_language(text: str, tree: Tree | None) -> None:
    assert parse_filter(text, RUNS) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("tags.a='1' OR tags.b='1' AND tags.c='1'", Or((A, And((B, C))))),
        ("(tags.a='1' OR tags.b='1') AND tags.c='1'", And((Or((A, B)), C))),
        ("NOT tags.a='1' AND tags.b='1'", And((Not(A), B))),
        ("NOT (tags.a='1' AND tags.b='1')", Not(And((A, B)))),
        ("not not(tags.a='1')", Not(Not(A))),
        ("((tags.a='1'))", A),
    ],
)
def test_not_binds_closer_than_and_which_binds_closer_than_or(text: str, tree: Tree) -> None:
    assert parse_filter(text, RUNS) == tree
    assert parse_filter(text, EXPERIMENTS) == tree
    assert parse_filter(text, LOGGED_MODELS) == tree


def test_experiments_have_fields_of_their_own() -> None:
    text = "attribute.name LIKE 'a%' AND experiment_id IN ('1', '2') AND last_update_time > 5 AND tag.x IS NULL"
    assert parse_filter(text, EXPERIMENTS) == And(
        (
            compared("attribute", "name", "LIKE", "a%"),
            compared("attribute", "experiment_id", "IN", ("1", "2")),
            compared("attribute", "last_update_time", ">", 5),
            compared("tag", "x", "IS NULL"),
        )
    )


def test_logged_models_have_fields_of_their_own_and_need_no_quotes() -> None:
    text = "creation_time > 5 AND params.depth = 3 AND tags.x IN ('a', 'b') AND model_type = tree AND status = READY"
    assert parse_filter(text, LOGGED_MODELS) == And(
        (
            compared("attribute", "creation_timestamp", ">", 5),
            compared("parameter", "depth", "=", "3"),
            compared("tag", "x", "IN", ("a", "b")),
            compared("attribute", "model_type", "=", "tree"),
            compared("attribute", "status", "=", "READY"),
        )
    )


# MLflow's words where it has any: clients and their tests look for them.
REFUSED_FOR_RUNS = {
    " ": "Invalid clause(s) in filter string: expected a comparison, found nothing more. See the end of ' '.",
    "metrics.acc": "expected a comparison operator, found nothing more",
    "metrics.acc >": "expected a value, found nothing more",
    "metrics.acc > abc": "Expected numeric value type for metric. Found abc. See character 15: 'abc'.",
    "metrics.acc > 1_000": "Expected numeric value type for metric. Found 1_000",
    "metrics.acc > - 1": "Expected numeric value type for metric. Found -",
    "metrics.acc = 1;": "Expected numeric value type for metric. Found 1;",
    "metrics.acc == 1": "Invalid comparator '==' for metric 'acc', not one of =, !=, <, <=, >, >=. See character 13",
    "metrics.acc LIKE '1'": "Invalid comparator 'LIKE'",
    "metrics.acc BETWEEN 1 AND 2": "Invalid comparator 'BETWEEN'",
    "metrics.acc IS NULL": "IS NULL / IS NOT NULL is only supported for parameters and tags, not for metric 'acc'",
    "params.lr = 0.1": "Expected a quoted string value for parameter (e.g. 'my-value'). Got value 0.1",
    "params.lr = abc": "Parameter value is either not quoted or unidentified quote types used for string value abc.",
    "params.lr = `abc`": "unidentified quote types used for string value `abc`",
    "params.lr = \u201cabc\u201d": "unidentified quote types used for string value \u201cabc\u201d",
    "params.lr > '1'": "Invalid comparator '>' for parameter 'lr'",
    "params.lr NOT LIKE '1'": "Invalid comparator 'NOT LIKE'",
    "params.lr IN ('1')": "Invalid comparator 'IN'",
    "params.lr IS 5": "expected NULL, found '5'",
    "params.lr = 'open": 'Invalid clause(s) in filter string: this quote is never closed. See character 13: "\'open".',
    "params.`lr = '1'": "this quote is never closed. See character 8",
    "params.l r = '1'": "Invalid comparator 'r' for parameter 'l'",
    "start_time = '5'": "Expected numeric value type for numeric attribute: start_time. Found '5'",
    "status IN ('FINISHED')": "Only ['run_id'] attributes support comparison with a list of quoted string values",
    "run_id IN ()": "expected a non-empty list of quoted string values, found ')'. See character 12",
    "run_id IN ('a' 'b')": "expected ')', found",
    "run_id IN 'a'": "expected '(', found",
    "experiment_id = '1'": "Invalid attribute key 'experiment_id' specified. Valid keys are 'run_id', 'run_name'",
    "metrics. > 1": "Invalid attribute key 'metrics.'",
    "nope.a = 1": "Invalid entity type 'nope'. Valid values are ['metric', 'parameter', 'tag', 'attribute', 'dataset', "
    "'minimum', 'maximum']",
    "Params.lr = '1'": "Invalid entity type 'Params'",
    "datasets.source = 'x'": "Invalid dataset key 'source' specified. Valid keys are 'name', 'digest', 'context'",
    "dataset.name > 'x'": "Invalid comparator '>' for dataset 'name'",
    "dataset.name = 5": "Expected a quoted string value for dataset attributes. Got value 5",
    "1 < metrics.acc": "expected a field such as metrics.loss, found '1'",
    "'a' = params.x": "expected a field such as metrics.loss, found \"'a'\"",
    "tags.a='1' tags.b='1'": "Invalid clause(s) in filter string: expected AND or OR, found 'tags.b'. See character 12",
    "tags.a='1', tags.b='1'": "expected AND or OR, found ','",
    "tags.a='1' AND": "expected a comparison, found nothing more",
    "AND tags.a='1'": "expected a comparison, found 'AND'",
    "tags.a='1' OR AND tags.b='1'": "expected a comparison, found 'AND'",
    "(tags.a='1'": "expected ')', found nothing more",
    "tags.a='1')": "expected AND or OR, found ')'",
    "()": "expected a comparison, found ')'",
    "NOT": "expected a comparison, found nothing more",
    "tags.a ! = '1'": "this has no meaning here. See character 8",
    "tags.a = '\0'": "it holds a NUL",
    "tags.a = '\ud800'": "half of a surrogate pair",
}


@pytest.mark.parametrize("text", REFUSED_FOR_RUNS)
def test_what_makes_no_sense_is_refused_with_the_place_and_the_reason(text: str) -> None:
    with pytest.raises(InvalidParameter) as refusal:
        parse_filter(text, RUNS)
    assert REFUSED_FOR_RUNS[text] in refusal.value.message


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("params.a = 'b'", "Invalid entity type 'params'. Valid values are ['attribute', 'tag']"),
        ("attributes.name = 'a'", "Invalid entity type 'attributes'"),
        ("name IN ('a')", "Only ['experiment_id'] attributes support comparison with a list"),
        ("name IS NULL", "IS NULL / IS NOT NULL is only supported for tags, not for attribute 'name'"),
        ("experiment_id > '1'", "Invalid comparator '>'"),
        ("creation_time > 1.5", "Invalid value for numeric attribute 'creation_time': 1.5"),
        ("creation_time > 9223372036854775808", "Invalid value for numeric attribute 'creation_time'"),
    ],
)
def test_experiments_have_refusals_of_their_own(text: str, reason: str) -> None:
    with pytest.raises(InvalidParameter) as refusal:
        parse_filter(text, EXPERIMENTS)
    assert reason in refusal.value.message


def test_comparisons_depth_and_lengths_have_bounds() -> None:
    for at_most, too_much, reason in (
        (" OR ".join(["tags.a='1'"] * 200), " OR ".join(["tags.a='1'"] * 201), "more than 200 comparisons"),
        ("(" * 30 + "tags.a='1'" + ")" * 30, "(" * 31 + "tags.a='1'" + ")" * 31, "more than 30 levels deep"),
        ("NOT " * 30 + "tags.a='1'", "NOT " * 31 + "tags.a='1'", "more than 30 levels deep"),
        (
            "run_id IN ('a'" + ",'a'" * 9_999 + ")",
            "run_id IN ('a'" + ",'a'" * 10_000 + ")",
            "at most 10000 values in a list",
        ),
        (f"tags.a LIKE '{'%' * 4000}'", f"tags.a LIKE '{'%' * 4001}'", "Invalid pattern: it has 4001 characters"),
        (f"tags.a='{'x' * 499_990}'", f"tags.a='{'x' * 500_000}'", "at most 500000 are read"),
    ):
        assert parse_filter(at_most, RUNS) is not None
        with pytest.raises(InvalidParameter, match=reason):
            parse_filter(too_much, RUNS)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 10_000,
        "(" * 10_000 + "tags.a='1'" + ")" * 10_000,
        "NOT " * 10_000,
        "NOT(" * 10_000,
        "tags.a='1' AND (" * 10_000,
        "tags.a" * 80_000,
        "tags.'" * 80_000,
        "'" * 499_999,
        "`.`" * 150_000 + "`",
        "1" * 499_999,
        "run_id IN ('a'" + ",'a'" * 100_000,
        "tags.a = '" + "''" * 200_000,
        "a " * 200_000,
        "=" * 499_999,
        "\u2028\u00a0\u3000",
        "x" * 1_000_000,
    ],
    ids=lambda text: text[:20],
)
def test_hostile_text_is_refused_and_the_refusal_is_short(text: str) -> None:
    with pytest.raises(InvalidParameter) as refusal:
        parse_filter(text, RUNS)
    assert len(refusal.value.message) < 500


def test_a_number_of_any_length_is_a_number() -> None:
    endless = float("inf")
    assert parse_filter(f"start_time > {'9' * 400_000}", RUNS) == compared("attribute", "start_time", ">", endless)
    assert parse_filter(f"metrics.a < 1e{'9' * 400_000}", RUNS) == compared("metric", "a", "<", endless)
    assert parse_filter(f"start_time > {'0' * 400_000}7", RUNS) == compared("attribute", "start_time", ">", 7)


FIELDS = ["metrics.a", "params.`b`", "tags", ".", "run_id", "'x'", '"y"', "1", "-1.5e3"]
WORDS = [
    "AND",
    "OR",
    "NOT",
    "IN",
    "IS",
    "NULL",
    "LIKE",
    "=",
    "!=",
    "<",
    ">",
    "(",
    ")",
    ",",
    "'",
    '"',
    "`",
    "\0",
    "\ud800",
]
pieces = st.sampled_from(FIELDS + WORDS)


@settings(max_examples=300)
@given(st.one_of(st.text(max_size=40), st.lists(pieces, max_size=12).map(" ".join), st.lists(pieces).map("".join)))
@example("metrics.a>1'")
def test_any_text_is_a_filter_or_refused(text: str) -> None:
    for vocabulary in (RUNS, EXPERIMENTS, LOGGED_MODELS):
        try:
            parse_filter(text, vocabulary)
        except InvalidParameter as refusal:
            assert refusal.message
