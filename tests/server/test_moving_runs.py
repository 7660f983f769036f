"""Runs are moved and copied over the wire, and their files are found afterwards by those who may."""

from __future__ import annotations

import httpx

from tests.server.talk import API, error_of
from tests.server.ui_made import OURS, made_experiment, made_run

FILES = "/api/2.0/mlflow-artifacts/artifacts"


def uri_of(http: httpx.Client, run: str) -> str:
    info = http.get(f"{API}/runs/get", params={"run_id": run}).json()["run"]["info"]
    return str(info["artifact_uri"]).removeprefix("mlflow-artifacts:/")


def test_a_moved_run_keeps_its_files_and_takes_more(http: httpx.Client) -> None:
    first, second = made_experiment(http, "moving/1"), made_experiment(http, "moving/2")
    run = made_run(http, first, "run")
    http.put(f"{FILES}/{uri_of(http, run)}/a.txt", content=b"before").raise_for_status()

    answer = http.post(f"{OURS}/runs/move", json={"run_ids": [run, run], "experiment_id": second})
    http.put(f"{FILES}/{uri_of(http, run)}/b.txt", content=b"after").raise_for_status()

    assert answer.json() == {"moved": 1}
    listed = http.get(f"{API}/artifacts/list", params={"run_id": run}).json()
    assert [file["path"] for file in listed["files"]] == ["a.txt", "b.txt"]
    assert http.get("/get-artifact", params={"run_id": run, "path": "a.txt"}).content == b"before"


def test_a_copy_has_the_files_and_keeps_them_apart(http: httpx.Client) -> None:
    first, second = made_experiment(http, "copying/1"), made_experiment(http, "copying/2")
    runs = [made_run(http, first, f"run {n}") for n in range(2)]
    http.put(f"{FILES}/{uri_of(http, runs[0])}/deep/a.txt", content=b"a").raise_for_status()

    made = http.post(f"{OURS}/runs/copy", json={"run_ids": runs, "experiment_id": second}).json()["runs"]
    http.delete(f"{FILES}/{uri_of(http, runs[0])}/deep/a.txt").raise_for_status()
    bare = http.post(f"{OURS}/runs/copy", json={"run_ids": runs, "experiment_id": second, "artifacts": False}).json()

    assert [one["from"] for one in made] == runs
    copy = {"run_id": made[0]["to"], "path": "deep/a.txt"}
    assert http.get("/get-artifact", params=copy).content == b"a"
    assert "files" not in http.get(f"{API}/artifacts/list", params={"run_id": bare["runs"][0]["to"]}).json()


def test_files_that_do_not_go_through_the_server_are_not_copied_by_it(http: httpx.Client) -> None:
    body = {"name": "copying/elsewhere", "artifact_location": "s3://not-ours/place"}
    elsewhere = http.post(f"{API}/experiments/create", json=body).json()["experiment_id"]
    run = made_run(http, elsewhere, "run")

    refused = http.post(f"{OURS}/runs/copy", json={"run_ids": [run], "experiment_id": "0"})

    assert 400 <= refused.status_code < 600 and "without this server" in error_of(refused.content)[1]
    copied = http.post(f"{OURS}/runs/copy", json={"run_ids": [run], "experiment_id": "0", "artifacts": False})
    assert copied.status_code == 200


def test_too_many_runs_and_none_are_refused(http: httpx.Client) -> None:
    for path, count in (("move", 1001), ("copy", 101), ("move", 0), ("copy", 0)):
        body = {"run_ids": [f"{n:032x}" for n in range(count)], "experiment_id": "0"}
        assert http.post(f"{OURS}/runs/{path}", json=body).status_code == 400
