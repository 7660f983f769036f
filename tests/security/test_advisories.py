"""What was found in MLflow's servers, tried here. SECURITY.md lists the advisories and names these tests."""

from __future__ import annotations

import ast
import pickle
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.server.talk import AJAX, API, client_of, request, said_to
from tests.servers import ROOT, Server, running_server
from trackline.domain.access import check_password
from trackline.domain.errors import InvalidParameter

PROXY = "/api/2.0/mlflow-artifacts/artifacts"
SECRET = "what only the machine's owner may read"
ROW = re.compile(r"\| (?P<cves>CVE-[^|]+) \|[^|]+\|[^|]+\| (?P<tests>[^|]+) \|")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("advisories")


@pytest.fixture(scope="module")
def outside(folder: Path) -> Path:
    """A folder of the machine, beside the server's, with a file in it."""
    place = folder / "outside"
    place.mkdir()
    (place / "secret.txt").write_text(SECRET)
    return place


@pytest.fixture(scope="module")
def server(folder: Path, outside: Path) -> Iterator[Server]:
    with running_server(folder / "server") as server:
        yield server
    assert [one.name for one in outside.iterdir()] == ["secret.txt"]
    assert (outside / "secret.txt").read_text() == SECRET


@pytest.fixture(scope="module")
def http(server: Server) -> Iterator[httpx.Client]:
    with client_of(server) as client:
        yield client


@pytest.fixture(scope="module")
def run(http: httpx.Client) -> str:
    answer = http.post(f"{API}/runs/create", json={"experiment_id": "0"}).json()
    return str(answer["run"]["info"]["run_id"])


@pytest.fixture(scope="module")
def model(http: httpx.Client) -> str:
    http.post(f"{API}/registered-models/create", json={"name": "m"}).raise_for_status()
    return "m"


SOURCES = (
    "{outside}",
    "file://{outside}",
    "file:{outside}",
    "FILE://{outside}",
    "//{outside}",
    "///proc/self/root{outside}",
    "mlflow-artifacts:/../../../../../../../../..{outside}",
    "mlflow-artifacts:/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e{outside}",
    "mlflow-artifacts:/%252e%252e/%252e%252e/%252e%252e/%252e%252e/%252e%252e{outside}",
    "mlflow-artifacts:/..\\..\\..\\..\\..\\..{outside}",
    "file:///../..{outside}",
    "http://host/api/2.0/mlflow-artifacts/artifacts/../../../../../..{outside}",
    "http:///#/../../../../../../../../..{outside}",
    "http:///?/../../../../../../../../..{outside}",
    "http:///;/../../../../../../../../..{outside}",
    "dbfs:/x?/../../../../../../..{outside}",
    "s3://bucket/../..{outside}",
    "#{outside}",
)


@pytest.mark.parametrize("prompt", [False, True], ids=["model", "prompt"])
@pytest.mark.parametrize("source", SOURCES)
def test_a_source_outside_the_artifacts_is_never_registered(
    http: httpx.Client, model: str, outside: Path, source: str, prompt: bool
) -> None:
    tags = [{"key": "mlflow.prompt.is_prompt", "value": "true"}] if prompt else []
    body = {"name": model, "source": source.format(outside=outside), "tags": tags}

    answer = http.post(f"{AJAX}/model-versions/create", json=body)

    assert answer.status_code == 400, answer.text
    query = {"name": model, "version": "1", "path": "secret.txt"}
    assert SECRET not in http.get("/model-versions/get-artifact", params=query).text


@pytest.mark.parametrize("location", SOURCES)
def test_an_experiments_location_opens_no_folder_of_the_machine(
    http: httpx.Client, outside: Path, location: str
) -> None:
    body = {"name": f"at {location}", "artifact_location": location.format(outside=outside)}
    made = http.post(f"{AJAX}/experiments/create", json=body)
    if made.status_code != 200:
        assert made.status_code == 400, made.text
        return
    created = http.post(f"{API}/runs/create", json=made.json()).json()["run"]["info"]
    for path in ("secret.txt", "../secret.txt", "../../../secret.txt"):
        query = {"run_id": created["run_id"], "path": path}
        answer = http.get("/get-artifact", params=query)
        assert answer.status_code in (400, 404, 501) and SECRET not in answer.text
        listed = http.get(f"{API}/artifacts/list", params={"run_id": created["run_id"]})
        assert "secret.txt" not in listed.text


UPWARD = (
    "../" * 12,
    "%2e%2e/" * 12,
    "%252e%252e%252f" * 12,
    "%25252e%25252e/" * 12,
    "..%5c" * 12,
    "..\\" * 12,
    "x/../" + "../" * 12,
    "/",
    "//",
    "file://",
)


@pytest.mark.parametrize("up", UPWARD)
def test_no_path_leads_out_of_the_artifacts_to_read(server: Server, run: str, outside: Path, up: str) -> None:
    folder = quote(f"{up}{outside}", safe="/%")
    for target in (
        f"/get-artifact?run_uuid={run}&path={folder}/secret.txt",
        f"{PROXY}/{folder}/secret.txt",
        f"{API}/artifacts/list?run_id={run}&path={folder}",
        f"{PROXY}?path={folder}",
    ):
        (answer,) = said_to(server, request("GET", target))
        assert answer.status in (200, 400, 404)
        assert SECRET.encode() not in answer.body and b"is_dir" not in answer.body


@pytest.mark.parametrize("up", UPWARD)
def test_no_path_leads_out_of_the_artifacts_to_write(server: Server, run: str, outside: Path, up: str) -> None:
    file = quote(f"{up}{outside}/planted.txt", safe="/%")
    for method, target in (
        ("PUT", f"{PROXY}/{file}"),
        ("POST", f"{AJAX}/upload-artifact?run_uuid={run}&path={file}"),
    ):
        (answer,) = said_to(server, request(method, target, b"planted"))
        assert answer.status in (200, 400, 404)  # 200: stored inside, under just that name
    assert not (outside / "planted.txt").exists()


@pytest.mark.parametrize("up", UPWARD)
def test_no_path_leads_out_of_the_artifacts_to_delete(server: Server, outside: Path, up: str) -> None:
    (answer,) = said_to(server, request("DELETE", f"{PROXY}/{quote(f'{up}{outside}', safe='/%')}"))

    assert answer.status in (200, 400, 404)
    assert (outside / "secret.txt").exists()


def test_a_content_type_is_not_repeated_as_a_page(http: httpx.Client) -> None:
    script = "<script>alert(1)</script>"
    for path in (f"{API}/users/create", f"{API}/runs/create"):
        answer = http.post(path, content=b"{}", headers={"content-type": script})
        assert answer.headers["content-type"] == "application/json"
        assert script not in answer.text


@pytest.mark.parametrize("scheme", ["http", "https", "ftp"])
def test_no_source_makes_the_server_fetch(http: httpx.Client, model: str, scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as internal:
        address = f"{scheme}://127.0.0.1:{internal.getsockname()[1]}/x"
        made = http.post(f"{API}/experiments/create", json={"name": address, "artifact_location": address})
        version = http.post(f"{API}/model-versions/create", json={"name": model, "source": address})
        assert (made.status_code, version.status_code) == (400, 400)
        internal.setblocking(False)
        with pytest.raises(BlockingIOError):
            internal.accept()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/graphql"),
        ("POST", f"{AJAX}/graphql"),
        ("GET", f"{AJAX}/gateway-proxy?gateway_path=http://127.0.0.1/"),
        ("POST", f"{AJAX}/gateway-proxy"),
        ("POST", "/ajax-api/3.0/jobs"),
        ("GET", "/ajax-api/3.0/jobs/1"),
        ("POST", "/ajax-api/3.0/jobs/search"),
        ("POST", "/v1/traces"),
        ("POST", "/api/3.0/mlflow/traces"),
        ("POST", "/api/3.0/mlflow/traces/1/assessments"),
        ("GET", "/signup"),
    ],
)
def test_what_is_not_offered_cannot_be_attacked(http: httpx.Client, method: str, path: str) -> None:
    answer = http.request(method, path, json={} if method == "POST" else None)

    assert answer.status_code == 404
    assert answer.json()["error_code"] == "ENDPOINT_NOT_FOUND"


def test_names_and_locations_of_experiments_have_an_end(http: httpx.Client) -> None:
    for body in (
        {"name": "9" * 100_000},
        {"name": "n", "artifact_location": f"mlflow-artifacts:/{'x' * 100_000}"},
    ):
        assert http.post(f"{API}/experiments/create", json=body).status_code == 400
    renamed = http.post(f"{API}/experiments/update", json={"experiment_id": "0", "new_name": "9" * 100_000})
    assert renamed.status_code == 400


def test_a_name_with_escapes_in_it_is_another_name_everywhere(http: httpx.Client) -> None:
    for name in ("a b", "a%20b"):
        http.post(f"{API}/registered-models/create", json={"name": name, "description": name}).raise_for_status()
    for name in ("a b", "a%20b"):
        found = http.get(f"{API}/registered-models/get", params={"name": name}).json()["registered_model"]
        assert (found["name"], found["description"]) == (name, name)


def test_nothing_that_was_uploaded_is_loaded(http: httpx.Client, run: str, folder: Path) -> None:
    mark = folder / "loaded"

    class Hostile:
        def __reduce__(self) -> Any:
            return (Path.touch, (mark,))

    for name, content in (("model.pkl", pickle.dumps(Hostile())), ("MLmodel", b"!!python/object/apply:os.getcwd []")):
        upload = {"run_uuid": run, "path": f"model/{name}"}
        http.post(f"{AJAX}/upload-artifact", params=upload, content=content).raise_for_status()
        assert http.get("/get-artifact", params=upload).content == content
    http.post(f"{API}/registered-models/create", json={"name": "loaded"}).raise_for_status()
    body = {"name": "loaded", "source": f"runs:/{run}/model", "run_id": run}
    http.post(f"{API}/model-versions/create", json=body).raise_for_status()
    http.get("/api/trackline/models/loaded/1.tar").raise_for_status()
    assert not mark.exists()


@pytest.mark.parametrize("password", ["", " ", "password", "1234", "x" * 11])
def test_no_password_is_empty_or_short(password: str) -> None:
    with pytest.raises(InvalidParameter):
        check_password(password)


def test_each_advisory_names_tests_that_exist() -> None:
    rows = list(ROW.finditer((ROOT / "SECURITY.md").read_text()))
    named = {name for row in rows for name in re.findall(r"`(test_\w+)`", row["tests"])}

    assert len(rows) > 20
    assert [row["cves"] for row in rows if "`test_" not in row["tests"]] == []
    assert named - set(_tests()) == set()


def _tests() -> Iterator[str]:
    for file in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node.name
