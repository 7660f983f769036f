from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.databases import Engine
from trackline.db.transaction import Transaction

# Letters with and without a case beyond ASCII, and everything that LIKE, GLOB or JSON give a meaning.
CHARACTERS = "aAbBzßé%_*?[]^-!\\\"'{}\n😀"
WORDS = st.text(st.sampled_from(CHARACTERS), max_size=6)


@pytest.fixture
def tx(engine: Engine) -> Iterator[Transaction]:
    with engine.transaction() as tx:
        yield tx


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=WORDS, pattern=WORDS, fold_case=st.booleans())
def test_like_means_the_same_as_everywhere(tx: Transaction, text: str, pattern: str, fold_case: bool) -> None:
    condition = tx.dialect.like(":text", "pattern", fold_case=fold_case)

    (found,) = tx.rows(f"SELECT {condition}", {"text": text, "pattern": pattern})[0]

    expression = "".join({"%": ".*", "_": "."}.get(character, re.escape(character)) for character in pattern)
    flags = re.DOTALL | (re.IGNORECASE | re.ASCII if fold_case else 0)
    assert bool(found) == bool(re.fullmatch(expression, text, flags))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(WORDS | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))))
def test_a_list_binds_as_one_value_and_comes_back_as_it_was(tx: Transaction, names: list[str]) -> None:
    assert [name for (name,) in tx.rows(f"SELECT value FROM {tx.dialect.each('names')}", {"names": names})] == names


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(numbers=st.lists(st.integers(-(2**63), 2**63 - 1)), wanted=st.integers(-(2**63), 2**63 - 1))
def test_among_finds_exactly_the_elements(tx: Transaction, numbers: list[int], wanted: int) -> None:
    condition = tx.dialect.among(":wanted", "numbers")
    for number in {*numbers, wanted}:
        (found,) = tx.rows(f"SELECT {condition}", {"wanted": number, "numbers": numbers})[0]
        assert bool(found) == (number in numbers)


def test_a_text_that_looks_like_a_number_is_not_that_number(tx: Transaction) -> None:
    condition = tx.dialect.among(":wanted", "names")
    assert tx.rows(f"SELECT {condition}", {"wanted": "1", "names": ["1.0", "01"]})[0] in [(0,), (False,)]


@pytest.mark.parametrize("names", [["a"], ["a", "b"]])
def test_a_list_may_be_looked_in_and_listed_by_one_query(tx: Transaction, names: list[str]) -> None:
    listed = f"SELECT value FROM {tx.dialect.each('names')} WHERE {tx.dialect.among('value', 'names')}"
    assert tx.rows(listed, {"names": names}) == [(name,) for name in names]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(WORDS | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))))
def test_objects_have_what_the_rows_have(tx: Transaction, names: list[str]) -> None:
    objects = tx.dialect.objects(one="value", two="'x'")
    ((found,),) = tx.rows(f"SELECT {objects} FROM {tx.dialect.each('names')}", {"names": names})
    assert sorted(pair["one"] for pair in json.loads(found)) == sorted(names)
    assert all(pair["two"] == "x" for pair in json.loads(found))
