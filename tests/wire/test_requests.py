"""Properties that every shape of request must have, and what single ones make of what they are given."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from msgspec import Struct

from tests.wire.shapes import full
from trackline.domain.entities import Dataset, DatasetInput, Tag
from trackline.domain.errors import InvalidParameter
from trackline.wire import requests
from trackline.wire.decode import Shape

SHAPES = [
    kind
    for kind in vars(requests).values()
    if isinstance(kind, type) and issubclass(kind, Struct) and kind.__module__ == requests.__name__
]
FIELDS = [(shape, field) for shape in SHAPES for field in msgspec.structs.fields(shape)]


def decoded(shape: type[Struct], given: dict[str, Any]) -> Any:
    return Shape(shape).from_body(json.dumps(given).encode())


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_takes_all_its_fields_and_ignores_others(shape: type[Struct]) -> None:
    given = full(shape)
    assert decoded(shape, {**given, "unknown": {"deep": [1, None]}}) == decoded(shape, given)


@pytest.mark.parametrize(("shape", "field"), FIELDS)
def test_every_field_names_itself_when_it_is_of_another_kind(
    shape: type[Struct], field: msgspec.structs.FieldInfo
) -> None:
    with pytest.raises(InvalidParameter, match=rf"parameter '{field.encode_name}[\[\d\]]*'"):
        decoded(shape, {**full(shape), field.encode_name: {"neither": "this nor that"}})


@pytest.mark.parametrize(("shape", "field"), [one for one in FIELDS if not one[1].required])
def test_null_is_the_same_as_not_given(shape: type[Struct], field: msgspec.structs.FieldInfo) -> None:
    given = full(shape)
    without = {name: value for name, value in given.items() if name != field.encode_name}
    assert decoded(shape, {**given, field.encode_name: None}) == decoded(shape, without)


@pytest.mark.parametrize(("shape", "field"), [one for one in FIELDS if one[1].required])
@pytest.mark.parametrize("missing", ["absent", "null"])
def test_a_required_field_is_missed(shape: type[Struct], field: msgspec.structs.FieldInfo, missing: str) -> None:
    given = full(shape)
    given[field.encode_name] = None
    if missing == "absent":
        del given[field.encode_name]
    with pytest.raises(InvalidParameter, match=f"Missing value for required parameter '{field.encode_name}'"):
        decoded(shape, given)


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if issubclass(shape, requests.OfRun)])
def test_a_run_may_be_named_in_the_old_way(shape: type[Struct]) -> None:
    given = full(shape)
    for new, old, meant in ((None, "old", "old"), ("", "old", "old"), ("new", "old", "new"), ("new", None, "new")):
        assert decoded(shape, {**given, "run_id": new, "run_uuid": old}).run == meant
    for nothing in (None, ""):
        with pytest.raises(InvalidParameter, match="Missing value for required parameter 'run_id'"):
            decoded(shape, {**given, "run_id": nothing, "run_uuid": nothing})


def test_a_view_may_be_given_by_name_or_number_or_not_at_all() -> None:
    spelled = (None, "ACTIVE_ONLY", "DELETED_ONLY", "ALL", 1, 2, 3, "1", "3")
    meant = [requests.view_type(decoded(requests.SearchRuns, {"run_view_type": one}).run_view_type) for one in spelled]
    assert meant == [
        "ACTIVE_ONLY",
        *("ACTIVE_ONLY", "DELETED_ONLY", "ALL"),
        *("ACTIVE_ONLY", "DELETED_ONLY", "ALL"),
        *("ACTIVE_ONLY", "ALL"),
    ]


def test_an_experiment_search_reads_lists_from_a_query() -> None:
    query = "max_results=5&order_by=name&order_by=creation_time%20DESC&view_type=ALL"
    found = Shape(requests.SearchExperiments).from_query(query)
    assert (found.max_results, found.order_by, found.view_type) == (5, ["name", "creation_time DESC"], "ALL")


def test_dataset_inputs_are_read_straight_into_values() -> None:
    dataset = {"name": "n", "digest": "d", "source_type": "local", "source": "s", "unknown": 1}
    given = {"run_id": "r", "datasets": [{"dataset": dataset, "tags": [{"key": "k", "value": "v"}]}]}
    assert decoded(requests.LogInputs, given).datasets == [
        DatasetInput(Dataset("n", "d", "local", "s"), [Tag("k", "v")])
    ]
