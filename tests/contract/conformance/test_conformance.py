"""Trackline answers as MLflow does, request by request."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.contract.conformance.compare import changes, differences
from tests.contract.conformance.differences import DIFFERENCES
from tests.contract.conformance.record import client_of, recorded, running_mlflow
from tests.contract.conformance.talk import all_cases, converse
from tests.servers import Server

CASES = sorted(all_cases())


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def trackline(request: pytest.FixtureRequest, server_on: Callable[[str], Server]) -> Iterator[httpx.Client]:
    with client_of(server_on(request.param)) as client:
        yield client


@pytest.fixture(scope="module")
def mlflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with running_mlflow(tmp_path_factory.mktemp("mlflow")) as server, client_of(server) as client:
        yield client


@pytest.mark.parametrize("name", CASES)
def test_trackline_answers_as_mlflow_was_recorded(name: str, trackline: httpx.Client) -> None:
    found = differences(recorded(name), converse(name, trackline))
    assert not found, f"\n{found}"


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_trackline_answers_as_mlflow_beside_it(name: str, trackline: httpx.Client, mlflow: httpx.Client) -> None:
    now = converse(name, mlflow)
    changed = changes(recorded(name), now)
    assert not changed, f"The recording is not true; python -m tests.contract.conformance.record\n{changed}"
    found = differences(now, converse(name, trackline))
    assert not found, f"\n{found}"


@pytest.mark.parametrize("name", CASES)
def test_a_recorded_case_came_to_its_end(name: str) -> None:
    assert recorded(name), "not recorded"
    assert "stopped" not in recorded(name)[-1]


@pytest.mark.parametrize("name", sorted(DIFFERENCES))
def test_a_difference_is_one(name: str) -> None:
    marked = [one for case in CASES for one in recorded(case) if one.get("differs") == name]
    assert marked, "no case uses it"
    alike = [one["send"] for one in marked if DIFFERENCES[name].accepts(one, one)]
    assert DIFFERENCES[name].mlflow_too or not alike, "MLflow itself answers as is asked of Trackline"
