from __future__ import annotations

import contextlib
import json
import math
from typing import Annotated, Any, Literal
from urllib.parse import parse_qs, quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Meta, Struct

from trackline.domain.entities import Int64
from trackline.domain.errors import BadRequest, InvalidParameter, RequestError
from trackline.wire.decode import Shape
from trackline.wire.requests import Text

HINT = "See the API docs for more information about request parameters."


class Item(Struct):
    key: Text
    number: Int64 = 0


class Sample(Struct):
    """A field of each kind that requests have."""

    name: Text
    value: float | None = None
    at: Int64 | None = None
    wanted: bool | None = None
    names: list[str] | None = None
    items: list[Item] | None = None
    some: Annotated[list[str], Meta(min_length=1)] | None = None
    view: Literal["ALL", "NONE", 1, 2] | None = None


SAMPLE = Shape(Sample)


def decoded(body: str | bytes) -> Any:
    return SAMPLE.from_body(body.encode() if isinstance(body, str) else body)


def with_field(field: str, spelled: str) -> bytes:
    return f'{{"name": "n", "{field}": {spelled}}}'.encode()


@pytest.mark.parametrize(
    ("field", "spelled", "value"),
    [
        ("at", "12", 12),
        ("at", '"12"', 12),
        ("at", '"-12"', -12),
        ("at", "12.0", 12),
        ("at", "1e3", 1000),
        ("at", '"1e3"', 1000),
        ("at", "-0", 0),
        ("at", str(2**63 - 1), 2**63 - 1),
        ("at", f'"{2**63 - 1}"', 2**63 - 1),
        ("at", str(-(2**63)), -(2**63)),
        ("value", "1", 1.0),
        ("value", '"1.5"', 1.5),
        ("value", str(2**70), float(2**70)),
        ("value", "5e-324", 5e-324),
        ("value", '"Infinity"', math.inf),
        ("value", '"-Infinity"', -math.inf),
        ("value", "1.7976931348623157e308", 1.7976931348623157e308),
        ("view", '"ALL"', "ALL"),
        ("view", "2", 2),
        ("view", '"2"', 2),
        ("wanted", "true", True),
        ("names", "[]", []),
        ("names", '["a", ""]', ["a", ""]),
        ("items", '[{"key": "k", "number": "7", "unknown": 1}]', [Item("k", 7)]),
        ("items", '[{"key": "k", "number": null}]', [Item("k", 0)]),
        *((field, "null", None) for field in ("value", "at", "wanted", "names", "items", "some", "view")),
    ],
)
def test_a_value_may_be_spelled_in_each_of_the_ways_clients_use(field: str, spelled: str, value: object) -> None:
    assert getattr(decoded(with_field(field, spelled)), field) == value


@pytest.mark.parametrize("spelled", ['"NaN"', '"nan"'])
def test_not_a_number_is_a_word(spelled: str) -> None:
    assert math.isnan(decoded(with_field("value", spelled)).value)


@pytest.mark.parametrize(
    ("field", "spelled"),
    [
        *(("name", wrong) for wrong in ("5", "1.5", "true", "[]", "{}")),
        *(("value", wrong) for wrong in ('"x"', '""', "true", "[]", "{}", "1e400", '"1e400"', "-1e400", "9" * 5000)),
        *(("at", wrong) for wrong in ('"x"', '""', "1.5", "true", "[]", "{}", "1e30", "1e400", str(2**63))),
        *(("at", wrong) for wrong in (str(-(2**63) - 1), str(2**64), str(2**70), "9" * 5000, f'"{"9" * 5000}"')),
        *(("wanted", wrong) for wrong in ('"maybe"', "7", "[]", "{}")),
        *(("names", wrong) for wrong in ('"a"', "1", "{}", "true")),
        *(("items", wrong) for wrong in ('"a"', "1", "{}", '{"key": "k"}')),
        *(("view", wrong) for wrong in ('"SOME"', "0", "3", "true", "[]", "1.5")),
    ],
)
def test_a_value_of_another_kind_is_refused_by_its_name(field: str, spelled: str) -> None:
    with pytest.raises(InvalidParameter) as refusal:
        decoded(with_field(field, spelled))

    assert refusal.value.message.startswith(f"Invalid value for parameter '{field}' supplied: ")
    assert refusal.value.message.endswith(HINT)


@pytest.mark.parametrize(
    ("body", "parameter"),
    [
        (b"", "name"),
        (b"{}", "name"),
        (b'{"name": null}', "name"),
        (b'{"name": ""}', "name"),
        (b'{"name": "n", "items": [{"number": 1}]}', "items[0].key"),
        (b'{"name": "n", "items": [{"key": "k"}, {"key": ""}]}', "items[1].key"),
        (b'{"name": "n", "items": [{"key": null}]}', "items[0].key"),
        (b'{"name": "n", "names": ["a", null]}', "names[1]"),
        (b'{"name": "n", "some": []}', "some"),
    ],
)
def test_what_must_be_given_is_missed_by_its_name(body: bytes, parameter: str) -> None:
    with pytest.raises(InvalidParameter) as refusal:
        decoded(body)

    assert refusal.value.message == f"Missing value for required parameter '{parameter}'. {HINT}"


def test_unknown_fields_do_no_harm_whatever_they_hold() -> None:
    assert decoded('{"a": {"b": [1e5, null, "x"]}, "name": "n", "nAmE": 5, "": ""}') == Sample("n")


def test_of_a_field_that_is_given_twice_the_last_counts() -> None:
    assert decoded('{"name": "first", "name": "last"}').name == "last"


def test_a_body_that_was_encoded_twice_is_read_as_if_once() -> None:
    assert decoded(json.dumps(json.dumps({"name": 'a "quoted" ü \n\\'}))).name == 'a "quoted" ü \n\\'


def test_a_body_may_begin_with_blanks() -> None:
    assert decoded(' \r\n\t{ "name" : "n" }\n').name == "n"


@pytest.mark.parametrize("body", ["null", "[]", "5", "true", "1.5", '[{"name": "n"}]', '"5"', '"[]"'])
def test_a_body_that_is_no_object_is_refused(body: str) -> None:
    with pytest.raises(InvalidParameter, match="Expected `object`"):
        decoded(body)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"name": "n"',
        b'{"name": "n",}',
        b'{"name": "n"}{',
        b'{"name": "n"} garbage',
        b"{'name': 'n'}",
        b'{"name": n}',
        b"name=n",
        b"\xef\xbb\xbf{}",
        b"\xff\xfe{\x00}\x00",
        b"\x00",
        b'{"name": "a\x00b"}',
        b'{"name": "a\nb"}',
        b'{"name": "\xff"}',
        b'{"name": "\xc0\x80"}',
        b'{"name": "\xed\xa0\x80"}',
        b'{"name": "\\ud800"}',
        b'{"name": "\\ud800\\u0041"}',
        b'{"name": "\\udc00"}',
        b'{"name": "\\x41"}',
        b'{"name": "n", "at": 012}',
        b'{"name": "n", "at": +1}',
        b'{"name": "n", "value": .5}',
        b'"',
        b'"abc"',
        b'"\xff"',
        b'"\\ud800"',
    ],
)
def test_what_is_not_json_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequest, match="not valid JSON"):
        decoded(body)


@pytest.mark.parametrize("depth", [100, 100_000, 1_000_000])
@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ('{"name": "n", "deep": ', "}"),
        ('{"deep": ', ', "name": "n"}'),
        ('{"name": "n", "items": [{"key": "k", "deep": ', "}]}"),
    ],
)
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_deep_nesting_is_read_or_refused(depth: int, begin: str, end: str, opening: str, closing: str) -> None:
    body = begin + opening * depth + "1" + closing * depth + end
    if depth == 100:
        assert decoded(body).name == "n"
    else:
        with pytest.raises(BadRequest, match="nested too deeply"):
            decoded(body)


@pytest.mark.parametrize(
    "body",
    [
        rb'{"name": "a\u0000b"}',
        rb'{"name": "\u0000"}',
        rb'{"name": "\\\u0000"}',
        rb'{"name": "n", "unknown": ["\u0000"]}',
        rb'{"\u0000": 1, "name": "n"}',
        json.dumps(r'{"name": "\u0000"}').encode(),
        json.dumps(json.dumps({"name": "a\0b"})).encode(),
    ],
)
def test_a_nul_character_is_refused_wherever_it_stands(body: bytes) -> None:
    with pytest.raises(InvalidParameter, match="NUL"):
        decoded(body)


def test_text_that_only_looks_like_an_escaped_nul_is_text() -> None:
    assert decoded(rb'{"name": "\\u0000 and C:\\\\u0000"}').name == r"\u0000 and C:\\u0000"


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_text_comes_through_as_it_was(name: str) -> None:
    assert decoded(json.dumps({"name": name})).name == name
    assert decoded(json.dumps({"name": name}, ensure_ascii=False)).name == name
    assert decoded(json.dumps(json.dumps({"name": name}))).name == name
    assert SAMPLE.from_query(f"name={quote(name)}").name == name


@settings(max_examples=500)
@given(st.binary() | st.binary().map(lambda noise: b'{"name": "n", "items": [' + noise + b"]}"))
def test_noise_is_refused_in_an_orderly_way(body: bytes) -> None:
    with contextlib.suppress(RequestError):
        assert isinstance(decoded(body), Sample)


def test_parts_of_the_path_are_fields_and_win_over_the_body() -> None:
    assert SAMPLE.from_body(b'{"name": "body", "at": 5}', {"name": "path"}) == Sample("path", at=5)
    assert SAMPLE.from_body(b"", {"name": "path"}) == Sample("path")
    assert SAMPLE.from_body(b'"{\\"at\\": 5}"', {"name": "path"}) == Sample("path", at=5)
    assert SAMPLE.from_query("name=query&at=5", {"name": "path"}) == Sample("path", at=5)


@pytest.mark.parametrize(
    "body",
    [b"[]", b"5", b"null", b"{", b'{"at": "x"}', b'{"at": 1e400}', rb'{"a": "\u0000"}', b'{"a":' * 100_000, b"\xff"],
)
def test_a_body_beside_a_path_is_checked_just_as_well(body: bytes) -> None:
    with pytest.raises(RequestError):
        SAMPLE.from_body(body, {"name": "path"})


def test_a_nul_character_in_the_path_is_refused() -> None:
    with pytest.raises(InvalidParameter, match="NUL"):
        SAMPLE.from_body(b"{}", {"name": "a\0b"})
    with pytest.raises(InvalidParameter, match="NUL"):
        SAMPLE.from_query("", {"name": "a\0b"})


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("name=n", Sample("n")),
        ("name=n&unknown=5&Name=m", Sample("n")),
        ("name=first&name=second", Sample("first")),
        ("name=n&names=a&names=b&names=", Sample("n", names=["a", "b", ""])),
        ("name=n&at=12&value=1.5&wanted=true", Sample("n", at=12, value=1.5, wanted=True)),
        ("name=n&at=1.0&value=-Infinity&wanted=false", Sample("n", at=1, value=-math.inf, wanted=False)),
        ("name=n&view=2", Sample("n", view=2)),
        ("name=a%20b%2Fc+d%C3%BC", Sample("a b/c dü")),
        ("name=%FF", Sample("\N{REPLACEMENT CHARACTER}")),
    ],
)
def test_a_query_is_read_by_the_names_of_the_fields(query: str, expected: Sample) -> None:
    assert SAMPLE.from_query(query) == expected


@given(st.lists(st.sampled_from(["names", "=", "&", ";", "a", "é", "+", "%20", "%"])).map("".join))
def test_a_query_holds_what_the_standard_library_finds_in_it(query: str) -> None:
    found = parse_qs(f"name=n&{query}", keep_blank_values=True)
    assert SAMPLE.from_query(f"name=n&{query}").names == found.get("names")


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("", "Missing value for required parameter 'name'"),
        ("name=", "Missing value for required parameter 'name'"),
        ("name=n&at=x", "Invalid value for parameter 'at'"),
        ("name=n&at=1.5", "Invalid value for parameter 'at'"),
        (f"name=n&at={2**63}", "Invalid value for parameter 'at'"),
        (f"name=n&at={'9' * 5000}", "Invalid value for parameter 'at'"),
        ("name=n&value=1e400", "Invalid value for parameter 'value'"),
        ("name=n&wanted=perhaps", "Invalid value for parameter 'wanted'"),
        ("name=n&view=SOME", "Invalid value for parameter 'view'"),
        ("name=n&items=x", "Invalid value for parameter 'items"),
        ("name=a%00b", "NUL"),
        ("name=n&names=a&names=%00", "NUL"),
    ],
)
def test_a_query_that_is_wrong_is_refused_with_the_reason(query: str, reason: str) -> None:
    with pytest.raises(InvalidParameter, match=reason):
        SAMPLE.from_query(query)
