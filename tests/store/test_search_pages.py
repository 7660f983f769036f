"""Page tokens: what they carry, and which of them are refused."""

from __future__ import annotations

import base64
import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackline.domain.errors import InvalidParameter
from trackline.domain.filters import ExperimentQuery, LoggedModelQuery, ModelOrder, RunQuery
from trackline.domain.page_tokens import SortValue, make_token, read_token

QUERY = RunQuery(experiment_ids=[1, 2], filter="metrics.m > 0", order_by=["metrics.m"], max_results=5)
VALUES: list[SortValue] = [0, 1.5, None, "run"]

sort_values = st.one_of(
    st.none(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), st.text(st.characters(codec="utf-8"))
)


@given(st.lists(sort_values, max_size=5))
def test_a_token_gives_back_exactly_the_values_it_was_made_of(values: list[SortValue]) -> None:
    back = read_token(QUERY, make_token(QUERY, values)) or []
    assert [(type(value), value) for value in back] == [(type(value), value) for value in values]
    assert [math.copysign(1, value) for value in back if isinstance(value, float)] == [
        math.copysign(1, value) for value in values if isinstance(value, float)
    ]


def test_a_token_can_stand_in_a_url_as_it_is() -> None:
    for number in range(200):
        token = make_token(QUERY, [number, "ÿ?&=+/" * number])
        assert token.replace("-", "").replace("_", "").isalnum()
        assert token.isascii()


def test_no_token_means_the_first_page() -> None:
    assert read_token(QUERY, None) is None
    assert read_token(QUERY, "") is None


def test_the_size_of_pages_may_change_from_one_to_the_next() -> None:
    assert read_token(msgspec.structs.replace(QUERY, max_results=50), make_token(QUERY, VALUES)) == VALUES


@pytest.mark.parametrize(
    "change",
    [
        {"experiment_ids": [2, 1]},
        {"filter": "metrics.m > 1"},
        {"order_by": ["metrics.m DESC"]},
        {"order_by": []},
        {"view": "ALL"},
    ],
)
def test_a_token_is_good_for_its_own_search_only(change: dict[str, object]) -> None:
    token = make_token(QUERY, VALUES)
    with pytest.raises(InvalidParameter, match="Invalid page token: it was not made for this search"):
        read_token(msgspec.structs.replace(QUERY, **change), token)


def test_a_token_is_good_for_one_sort_of_search_only() -> None:
    token = make_token(ExperimentQuery(), VALUES)
    models = LoggedModelQuery(experiment_ids=[1])
    for query in (models, RunQuery(experiment_ids=[1])):
        with pytest.raises(InvalidParameter, match="Invalid page token"):
            read_token(query, token)
    ordered = msgspec.structs.replace(models, order_by=[ModelOrder("metrics.m", dataset_name="d")])
    with pytest.raises(InvalidParameter, match="Invalid page token"):
        read_token(msgspec.structs.replace(models, order_by=[ModelOrder("metrics.m")]), make_token(ordered, VALUES))


TOKEN = make_token(QUERY, VALUES)


@pytest.mark.parametrize(
    "token",
    [
        "no token",
        "x",
        "====",
        "é",
        "\0",
        "\ud800",
        TOKEN[:-1],
        TOKEN[1:],
        TOKEN + "A",
        TOKEN + "====",
        base64.b64encode(b'{"offset": 3}').decode(),
        base64.urlsafe_b64encode(msgspec.msgpack.encode([b"digest", [2**64 - 1]])).decode(),
        base64.urlsafe_b64encode(msgspec.msgpack.encode([b"digest", [[1]]])).decode(),
        base64.urlsafe_b64encode(b"\x91" * 100_000).decode(),
        "A" * 1_000_000,
    ],
    ids=lambda token: ascii(token[:20]),
)
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(InvalidParameter) as refusal:
        read_token(QUERY, token)
    assert refusal.value.message.startswith("Invalid page token")
    assert len(refusal.value.message) < 200


@given(st.integers(0, len(TOKEN) - 1), st.sampled_from("ABCxyz019-_"))
def test_a_token_with_another_character_is_refused(place: int, character: str) -> None:
    changed = TOKEN[:place] + character + TOKEN[place + 1 :]
    try:
        assert read_token(QUERY, changed) == VALUES  # the bits that pad the last character say nothing
    except InvalidParameter as refusal:
        assert refusal.message.startswith("Invalid page token")
