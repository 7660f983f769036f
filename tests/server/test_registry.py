"""The registry through the door: many at once, its history by API, its files."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.server.talk import API, client_of
from tests.servers import ROOT, Server
from trackline.server.endpoints import TRACKLINE as TRACKLINE_API
from trackline.server.routes import ENDPOINTS

TRACKLINE = "/api/trackline"
CLIENTS = 32


@pytest.fixture
def name(http: httpx.Client) -> str:
    """Of a registered model without versions."""
    name = f"model {uuid4().hex[:8]}"
    said(http, "POST", "registered-models/create", name=name)
    return name


def said(http: httpx.Client, method: str, path: str, **body: Any) -> Any:
    answer = http.request(method, f"{API}/{path}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def asked(http: httpx.Client, path: str, **query: str) -> Any:
    answer = http.get(f"{TRACKLINE}/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def a_run(http: httpx.Client) -> str:
    run: str = said(http, "POST", "runs/create", experiment_id="0")["run"]["info"]["run_id"]
    return run


def register(http: httpx.Client, name: str, run: str) -> Any:
    return said(http, "POST", "model-versions/create", name=name, source=f"runs:/{run}/m", run_id=run)["model_version"]


def test_thirty_two_clients_at_once_get_a_number_each_without_gaps(server: Server, name: str) -> None:
    def registers(_: int) -> list[int]:
        with client_of(server) as client:
            return [int(register(client, name, a_run(client))["version"]) for _ in range(5)]

    with ThreadPoolExecutor(CLIENTS) as pool:
        given = [number for numbers in pool.map(registers, range(CLIENTS)) for number in numbers]
    assert sorted(given) == list(range(1, CLIENTS * 5 + 1))


def test_history_says_who_did_what(http: httpx.Client, name: str) -> None:
    register(http, name, a_run(http))
    body = {"name": name, "version": "1", "stage": "production"}
    http.post(f"{API}/model-versions/transition-stage", json=body, headers={"user-agent": "ann's script"})
    first = asked(http, f"models/{name}/history", max_results="1")
    entry = first["entries"][0]
    assert (entry["actor"], entry["what"], entry["before"], entry["after"], entry["version"]) == (
        *("127.0.0.1 ann's script", "stage", "None", "Production", "1"),
    )
    rest = asked(http, f"models/{name}/history", page_token=first["next_page_token"])
    assert [entry["what"] for entry in rest["entries"]] == ["created", "created"]
    of_version = asked(http, f"models/{name}/versions/1/history")
    assert [entry["what"] for entry in of_version["entries"]] == ["stage", "created"]


def test_what_was_in_production_on_a_day_is_one_call(http: httpx.Client, name: str) -> None:
    for number in ("1", "2"):
        register(http, name, a_run(http))
        body = {"name": name, "version": number, "stage": "Production", "archive_existing_versions": True}
        said(http, "POST", "model-versions/transition-stage", **body)
    changed = [entry["at"] for entry in asked(http, f"models/{name}/history")["entries"] if entry["what"] == "stage"]
    then = asked(http, f"models/{name}/at", time=str(changed[-1]), stage="Production")
    assert [(held["version"], held["since"]) for held in then["versions"]] == [("1", changed[-1])]
    today = asked(http, f"models/{name}/at", time="9998-12-30", stage="production")
    assert [held["version"] for held in today["versions"]] == ["2"]
    assert asked(http, f"models/{name}/at", time="2001-01-01", stage="Production")["versions"] == []


@pytest.mark.parametrize(
    "query", [{}, {"stage": "Staging", "alias": "x"}, {"stage": "Live"}, {"time": "noon", "alias": "x"}]
)
def test_a_question_about_the_past_names_a_time_and_a_stage_or_an_alias(
    http: httpx.Client, name: str, query: dict[str, str]
) -> None:
    answer = http.get(f"{TRACKLINE}/models/{name}/at", params={"time": "2026-01-31", **query})
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_an_alias_is_rolled_back_in_one_call(http: httpx.Client, name: str) -> None:
    for number in ("1", "2"):
        register(http, name, a_run(http))
        said(http, "POST", "registered-models/alias", name=name, alias="champion", version=number)
    back = http.post(f"{TRACKLINE}/models/{name}/aliases/champion/rollback", json={})
    assert (back.json()["model_version"]["version"], back.json()["model_version"]["aliases"]) == ("1", ["champion"])
    then = asked(http, f"models/{name}/at", time="9998-12-30", alias="champion")
    assert [held["version"] for held in then["versions"]] == ["1"]
    refused = http.post(f"{TRACKLINE}/models/{name}/aliases/never/rollback", json={})
    assert (refused.status_code, refused.json()["error_code"]) == (409, "INVALID_STATE")


def test_lineage_goes_both_ways(http: httpx.Client, name: str) -> None:
    run = a_run(http)
    said(http, "POST", "runs/log-parameter", run_id=run, key="p", value="1")
    said(http, "POST", "runs/log-metric", run_id=run, key="loss", value="NaN", timestamp=1)
    version = register(http, name, run)
    found = asked(http, f"models/{name}/versions/1/lineage")
    assert found["model_version"] == version
    assert found["run"]["data"]["params"] == [{"key": "p", "value": "1"}]
    assert found["run"]["data"]["metrics"][0]["value"] == "NaN"
    assert asked(http, f"runs/{run}/model-versions") == {"model_versions": [version]}


def test_a_run_whose_model_is_registered_is_deleted_only_by_force(http: httpx.Client, name: str) -> None:
    run = a_run(http)
    register(http, name, run)
    refused = http.post(f"{API}/runs/delete", json={"run_id": run})
    assert (refused.status_code, refused.json()["error_code"]) == (409, "INVALID_STATE")
    assert f"version 1 of '{name}'" in refused.json()["message"]
    said(http, "POST", "runs/delete", run_id=run, force=True)


def test_an_experiment_or_a_logged_model_that_is_registered_is_deleted_only_by_force(
    http: httpx.Client, name: str
) -> None:
    experiment = said(http, "POST", "experiments/create", name=name)["experiment_id"]
    model = said(http, "POST", "logged-models", experiment_id=experiment)["model"]["info"]["model_id"]
    said(http, "POST", "model-versions/create", name=name, source=f"models:/{model}", model_id=model)
    for method, path, body in (
        ("DELETE", f"logged-models/{model}", {}),
        ("POST", "experiments/delete", {"experiment_id": experiment}),
    ):
        refused = http.request(method, f"{API}/{path}", json=body)
        assert (refused.status_code, refused.json()["error_code"]) == (409, "INVALID_STATE")
        assert f"version 1 of '{name}'" in refused.json()["message"]
        said(http, method, path, **body, force=True)


def test_files_of_a_version_are_served(http: httpx.Client, name: str) -> None:
    run = a_run(http)
    http.put(f"/api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts/m/MLmodel", content=b"flavors: {}")
    register(http, name, run)
    where = "/model-versions/get-artifact"
    answer = http.get(where, params={"name": name, "version": "1", "path": "MLmodel"})
    assert (answer.status_code, answer.content) == (200, b"flavors: {}")
    for query, status in (
        ({"name": name, "version": "2", "path": "MLmodel"}, 404),
        ({"name": name, "version": "1", "path": "never"}, 404),
        ({"name": name, "version": "1", "path": "../MLmodel"}, 400),
        ({"name": name, "version": "1"}, 400),
        ({"version": "1", "path": "MLmodel"}, 400),
    ):
        assert http.get(where, params=query).status_code == status


def test_answers_have_the_fields_that_clients_read(http: httpx.Client, name: str) -> None:
    run = a_run(http)
    version = register(http, name, run)
    assert version == {
        "name": name,
        "version": "1",
        "creation_timestamp": version["creation_timestamp"],
        "last_updated_timestamp": version["creation_timestamp"],
        "current_stage": "None",
        "description": "",
        "source": f"runs:/{run}/m",
        "run_id": run,
        "run_link": "",
        "status": "READY",
    }
    said(http, "POST", "registered-models/alias", name=name, alias="x", version="01")
    model = said(http, "PATCH", "registered-models/update", name=name, description="d")["registered_model"]
    assert (model["description"], model["aliases"]) == ("d", [{"alias": "x", "version": "1"}])
    assert model["latest_versions"] == [version]
    changed = said(http, "PATCH", "model-versions/update", name=name, version="1")["model_version"]
    assert "description" not in changed and changed["aliases"] == ["x"]
    assert said(http, "DELETE", "model-versions/delete", name=name, version="1") == {}
    assert "latest_versions" not in http.get(f"{API}/registered-models/get", params={"name": name}).json()


def test_what_is_wrong_is_said_with_mlflows_codes(http: httpx.Client, name: str) -> None:
    for method, path, body, status, code in (
        ("POST", "registered-models/create", {"name": name}, 400, "RESOURCE_ALREADY_EXISTS"),
        ("POST", "registered-models/create", {"name": "a/b"}, 400, "INVALID_PARAMETER_VALUE"),
        ("POST", "registered-models/create", {"name": "t", "tags": [{"key": ""}]}, 400, "INVALID_PARAMETER_VALUE"),
        ("GET", "registered-models/get", {"name": "never"}, 404, "RESOURCE_DOES_NOT_EXIST"),
        ("GET", "model-versions/get", {"name": name, "version": "7"}, 404, "RESOURCE_DOES_NOT_EXIST"),
        ("GET", "model-versions/get", {"name": name, "version": "x"}, 400, "INVALID_PARAMETER_VALUE"),
        ("GET", "registered-models/alias", {"name": name, "alias": "never"}, 400, "INVALID_PARAMETER_VALUE"),
        ("GET", "registered-models/search", {"max_results": 1001}, 400, "INVALID_PARAMETER_VALUE"),
        ("POST", "model-versions/create", {"name": name, "source": "file:///etc"}, 400, "INVALID_PARAMETER_VALUE"),
        (
            "POST",
            "model-versions/create",
            {"name": "never", "source": "mlflow-artifacts:/x"},
            404,
            "RESOURCE_DOES_NOT_EXIST",
        ),
    ):
        answer = http.request(method, f"{API}/{path}", json=body)
        assert (answer.status_code, answer.json()["error_code"]) == (status, code), (path, body)


def test_each_of_our_own_endpoints_is_described_and_no_other() -> None:
    described = re.findall(
        r"`(GET|POST|PUT|PATCH|DELETE) (/api/trackline/[^\s`]+)`", (ROOT / "docs/api.md").read_text()
    )
    assert set(described) == {
        (endpoint.method, root + endpoint.path.replace(":path", ""))
        for endpoint in ENDPOINTS
        for root in endpoint.api
        if endpoint.api == TRACKLINE_API
    }


def test_the_archive_takes_in_no_others(http: httpx.Client, name: str) -> None:
    body = {"name": name, "version": "1", "stage": "Archived", "archive_existing_versions": True}
    answer = http.post(f"{API}/model-versions/transition-stage", json=body)
    assert answer.status_code == 400 and "is not an Active stage" in answer.json()["message"]
