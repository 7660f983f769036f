"""Where artifacts of runs and models are found, and which paths are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.server.artifacts.tracker import API, PROXY, Run, Tracker, client_of, error_of
from tests.servers import running_server


def test_listings_of_runs_and_of_the_proxy_show_one_level(run: Run) -> None:
    for path in ("b.txt", "a/c.txt", "a/d/e.txt", "empty"):
        run.put(path, b"" if path == "empty" else path.encode())
    assert (
        run.files()
        == run.files("")
        == [
            {"path": "a", "is_dir": True},
            {"path": "b.txt", "is_dir": False, "file_size": 5},
            {"path": "empty", "is_dir": False, "file_size": 0},
        ]
    )
    assert (
        run.files("a")
        == run.files("a/")
        == [
            {"path": "a/c.txt", "is_dir": False, "file_size": 7},
            {"path": "a/d", "is_dir": True},
        ]
    )
    below = run.tracker.http.get(PROXY, params={"path": f"{run.uri.removeprefix('mlflow-artifacts:/')}/a"}).json()
    assert below == {"files": [{"path": "c.txt", "is_dir": False, "file_size": 7}, {"path": "d", "is_dir": True}]}
    assert {"path": "0", "is_dir": True} in run.tracker.http.get(PROXY).json()["files"]


def test_files_and_what_is_not_there_list_as_nothing(run: Run) -> None:
    assert run.files() == []
    run.put("a/file")
    assert run.files("a/file") == run.files("nope") == []
    assert run.tracker.http.get(PROXY, params={"path": "nope"}).json() == {}


def test_artifacts_of_a_run_are_found_by_either_name_of_its_id(run: Run) -> None:
    run.put("d/file.txt", b"hello")
    for name in ("run_id", "run_uuid"):
        query = {name: run.run_id, "path": "d/file.txt"}
        assert run.tracker.http.get("/get-artifact", params=query).content == b"hello"
        listed = run.tracker.http.get(f"{API}/artifacts/list", params={name: run.run_id}).json()
        assert listed["files"] == [{"path": "d", "is_dir": True}]


def test_artifacts_of_a_logged_model_can_be_listed_and_fetched(tracker: Tracker, model: tuple[str, str]) -> None:
    model_id, uri = model
    url = f"{PROXY}/{uri.removeprefix('mlflow-artifacts:/')}"
    tracker.http.put(f"{url}/MLmodel", content=b"flavors: {}")
    tracker.http.put(f"{url}/code/a.py", content=b"1")
    folders = f"{API}/logged-models/{model_id}/artifacts/directories"
    assert tracker.http.get(folders).json() == {
        "root_uri": uri,
        "files": [{"path": "MLmodel", "is_dir": False, "file_size": 11}, {"path": "code", "is_dir": True}],
    }
    inner = tracker.http.get(folders, params={"artifact_directory_path": "code"}).json()
    assert inner["files"] == [{"path": "code/a.py", "is_dir": False, "file_size": 1}]
    files = f"/ajax-api/2.0/mlflow/logged-models/{model_id}/artifacts/files"
    assert tracker.http.get(files, params={"artifact_file_path": "code/a.py"}).content == b"1"
    assert error_of(tracker.http.get(files)) == (400, "BAD_REQUEST")
    assert error_of(tracker.http.get(files, params={"artifact_file_path": "../x"})) == (400, "INVALID_PARAMETER_VALUE")
    assert error_of(tracker.http.get(folders.replace(model_id, "m-x"))) == (404, "RESOURCE_DOES_NOT_EXIST")


def test_a_location_is_the_same_place_for_clients_and_for_the_server(tracker: Tracker) -> None:
    body = {"name": "at a place of its own", "artifact_location": "mlflow-artifacts:/team a//x%20y"}
    experiment = tracker.http.post(f"{API}/experiments/create", json=body).json()["experiment_id"]
    run = tracker.run(experiment)
    assert tracker.http.put(f"{PROXY}/team a/x%20y/{run.run_id}/artifacts/file", content=b"1").status_code == 200
    assert run.files() == [{"path": "file", "is_dir": False, "file_size": 1}]
    query = {"run_id": run.run_id, "path": "file"}
    assert tracker.http.get("/get-artifact", params=query).content == b"1"


def test_artifacts_that_clients_keep_elsewhere_are_not_served(tracker: Tracker) -> None:
    body = {"name": "elsewhere", "artifact_location": "s3://bucket/folder"}
    run = tracker.run(tracker.http.post(f"{API}/experiments/create", json=body).json()["experiment_id"])
    answer = tracker.http.get(f"{API}/artifacts/list", params={"run_id": run.run_id})
    assert error_of(answer) == (501, "NOT_IMPLEMENTED")
    assert f"s3://bucket/folder/{run.run_id}/artifacts" in answer.json()["message"]


def test_what_is_missing_is_said(tracker: Tracker, run: Run) -> None:
    run.put("d/file")
    get = tracker.http.get
    missing, wrong = (404, "RESOURCE_DOES_NOT_EXIST"), (400, "INVALID_PARAMETER_VALUE")
    assert error_of(run.get("nope")) == missing
    assert error_of(run.get("d/file/deeper")) == missing
    assert error_of(run.get("d")) == wrong
    assert error_of(get("/get-artifact", params={"run_id": run.run_id, "path": "nope"})) == missing
    assert error_of(get("/get-artifact", params={"run_id": run.run_id, "path": "d"})) == wrong
    assert error_of(get("/get-artifact", params={"run_id": "nope", "path": "d/file"})) == missing
    assert error_of(get("/get-artifact", params={"run_id": run.run_id})) == wrong
    assert error_of(get("/get-artifact", params={"path": "d/file"})) == wrong
    assert error_of(get(f"{API}/artifacts/list", params={"run_id": "nope"})) == missing
    assert error_of(get(f"{API}/artifacts/list")) == wrong


@pytest.mark.parametrize(
    "path",
    [
        *("../x", "..%2fx", "a/../../x", "a/%2e%2e/x", "%252e%252e%252fx", "%25252e%25252e/x", "./x", "a//b", "a/"),
        *(
            "/etc/passwd",
            "%2fetc%2fpasswd",
            "..%5cx",
            "a%5cb",
            "a%00b",
            "a%23b",
            "x" * 256,
            "a/" * 600 + "b",
        ),
    ],
)
def test_a_path_that_leads_astray_is_refused_everywhere(run: Run, path: str) -> None:
    targets = [("PUT", f"{run.url}/{path}"), ("GET", f"{run.url}/{path}")]
    if not path.endswith("/"):  # is fine for folders
        targets += [
            ("DELETE", f"{run.url}/{path}"),
            ("GET", f"{PROXY}?path={path}"),
            ("GET", f"{API}/artifacts/list?run_id={run.run_id}&path={path}"),
        ]
    targets += [
        ("GET", f"/get-artifact?run_id={run.run_id}&path={path}"),
        ("POST", f"/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run.run_id}&path={path}"),
    ]
    for method, target in targets:
        status, content = run.tracker.raw(method, target, b"x" if method in ("PUT", "POST") else b"")
        assert (status, b"Invalid path" in content) == (400, True), (method, target, content)
    assert not run.folder.exists()


def test_delete_takes_files_and_folders(run: Run) -> None:
    for path in ("a/1", "a/b/2", "ab"):
        run.put(path)
    delete = run.tracker.http.delete
    for path in ("a/b", "a/nope", "nope", "a/1/deeper"):
        answer = delete(f"{run.url}/{path}")
        assert (answer.status_code, answer.json()) == (200, {})
    assert [file["path"] for file in run.files()] == ["a", "ab"]
    assert delete(f"{run.url}/").status_code == 200
    assert run.files() == []
    assert error_of(delete(f"{PROXY}/")) == (400, "INVALID_PARAMETER_VALUE")


def test_a_server_that_does_not_serve_artifacts_says_so(tmp_path: Path) -> None:
    with running_server(tmp_path, "--no-serve-artifacts") as server, client_of(server) as http:
        for method in ("PUT", "GET", "DELETE"):
            answer = http.request(method, f"{PROXY}/file", content=b"1")
            assert error_of(answer) == (501, "NOT_IMPLEMENTED")
            assert "--serve-artifacts" in answer.json()["message"]
