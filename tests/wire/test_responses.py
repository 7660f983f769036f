from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackline.domain.entities import (
    Experiment,
    LoggedModel,
    LoggedModelData,
    LoggedModelInfo,
    Metric,
    Param,
    Run,
    RunData,
    RunInfo,
    RunInputs,
    RunOutputs,
    Tag,
)
from trackline.domain.points import Series
from trackline.wire import responses

INFO = RunInfo("r", "r", "name", "1", "user", "RUNNING", "mlflow-artifacts:/1/r/artifacts", "active")
SPELLED = [(math.nan, "NaN"), (math.inf, "Infinity"), (-math.inf, "-Infinity"), (1.0, 1.0), (-0.0, -0.0)]


def as_json(value: Any) -> Any:
    """What a strict reader finds: no NaN without quotes, no doubled keys."""

    def refuse(word: str) -> float:
        raise AssertionError(f"{word} is no JSON")

    return json.loads(responses.encode(value), parse_constant=refuse)


@pytest.mark.parametrize(("value", "spelled"), SPELLED)
def test_a_number_json_does_not_know_is_spelled_out(value: float, spelled: float | str) -> None:
    metrics = [Metric("before", 0.5, 1, 0), Metric("odd", value, 1, -2), Metric("after", 1.5, 1, 0)]
    run = Run(INFO, RunData(metrics, [Param("p", "NaN")]), RunInputs(), RunOutputs())
    model = LoggedModel(
        LoggedModelInfo("m-1", "1", "model", 1, 2, "uri", "LOGGED_MODEL_READY"), LoggedModelData([], metrics)
    )
    series = Series(np.array([1, 2]), np.array([3, 4]), np.array([value, 0.5]))

    written = as_json({"run": responses.run(run), "model": responses.logged_model(model)})

    for data in (written["run"]["data"], written["model"]["data"]):
        assert data["metrics"] == [
            {"key": "before", "value": 0.5, "timestamp": 1, "step": 0},
            {"key": "odd", "value": spelled, "timestamp": 1, "step": -2},
            {"key": "after", "value": 1.5, "timestamp": 1, "step": 0},
        ]
    assert written["run"]["data"]["params"] == [{"key": "p", "value": "NaN"}]
    assert as_json(responses.points("m", series)) == [
        {"key": "m", "value": spelled, "timestamp": 3, "step": 1},
        {"key": "m", "value": 0.5, "timestamp": 4, "step": 2},
    ]


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(-(2**63), 2**63 - 1))
def test_numbers_come_through_exactly(value: float, integer: int) -> None:
    series = Series(np.array([integer]), np.array([integer]), np.array([value]))
    (point,) = as_json(responses.points("m", series, "r"))
    assert point == {"key": "m", "value": value, "timestamp": integer, "step": integer, "run_id": "r"}
    assert math.copysign(1, point["value"]) == math.copysign(1, value)


def test_a_run_shows_what_it_has_and_leaves_out_what_it_has_not() -> None:
    bare = as_json(responses.run(Run(INFO, RunData(), RunInputs(), RunOutputs())))
    assert bare == {
        "info": {
            "run_id": "r",
            "run_uuid": "r",
            "run_name": "name",
            "experiment_id": "1",
            "user_id": "user",
            "status": "RUNNING",
            "artifact_uri": "mlflow-artifacts:/1/r/artifacts",
            "lifecycle_stage": "active",
        },
        "data": {},
        "inputs": {},
        "outputs": {},
    }


def test_an_experiment_belongs_to_the_default_workspace() -> None:
    experiment = Experiment("7", "n", "mlflow-artifacts:/7", "active", 2, 1, [Tag("k", "ü")])
    assert json.loads(responses.encoded_experiment(experiment)) == {
        "experiment_id": "7",
        "name": "n",
        "artifact_location": "mlflow-artifacts:/7",
        "lifecycle_stage": "active",
        "last_update_time": 2,
        "creation_time": 1,
        "tags": [{"key": "k", "value": "ü"}],
        "workspace": "default",
    }


@pytest.mark.parametrize(
    ("items", "token", "page"),
    [
        ([], None, {}),
        ([1], None, {"runs": [1]}),
        ([1], "next", {"runs": [1], "next_page_token": "next"}),
        ([1], "", {"runs": [1]}),
    ],
)
def test_a_page_leaves_out_what_is_empty(items: list[int], token: str | None, page: dict[str, Any]) -> None:
    assert responses.page("runs", items, token) == page
