"""A whole folder in one download."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import pytest

from tests.server.artifacts.tracker import API, OWN, Run, error_of
from trackline.server.archives import KNOWN

TAR = "/api/trackline/artifacts.tar"
VERSIONS = "/api/trackline/models"


def members(content: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return {one.name: (archive.extractfile(one) or io.BytesIO()).read() for one in archive.getmembers()}


def test_a_folder_comes_as_one_tar_with_every_file_below_it(run: Run) -> None:
    files = {"a": b"1", "sub/empty": b"", "sub/größe 漢.bin": b"x" * 70_000, "sub/deep/" + "n" * 200: b"long name"}
    for path, content in files.items():
        run.put(f"model/{path}", content)
    run.put("beside", b"not in it")

    answer = run.tracker.http.get(TAR, params={"run_id": run.run_id, "path": "model"})

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/x-tar"
    assert answer.headers["content-disposition"] == f'attachment; filename="{run.run_id}.tar"'
    assert members(answer.content) == {f"model/{path}": content for path, content in files.items()}


def test_without_a_path_it_is_all_of_the_run(run: Run) -> None:
    run.put("a/b", b"1")
    answer = run.tracker.http.get(TAR, params={"run_id": run.run_id})
    assert members(answer.content) == {"artifacts/a/b": b"1"}


def test_a_model_s_files_come_the_same_way(run: Run, model: tuple[str, str]) -> None:
    model_id, uri = model
    run.tracker.http.put(
        f"/api/2.0/mlflow-artifacts/artifacts/{uri.removeprefix('mlflow-artifacts:/')}/MLmodel", content=b"m"
    )
    assert members(run.tracker.http.get(TAR, params={"model_id": model_id}).content) == {"artifacts/MLmodel": b"m"}


def test_what_is_not_there_or_not_named_is_said(run: Run) -> None:
    http = run.tracker.http
    assert error_of(http.get(TAR, params={"run_id": run.run_id, "path": "nothing"})) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert error_of(http.get(TAR, params={"run_id": "no-such-run"})) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert error_of(http.get(TAR)) == (400, "INVALID_PARAMETER_VALUE")
    assert error_of(http.get(TAR, params={"run_id": run.run_id, "path": "../x"})) == (400, "INVALID_PARAMETER_VALUE")


@pytest.fixture
def name(run: Run) -> str:
    """Of a model with one version, which has the alias `champion` and is in production."""
    run.put("model/MLmodel", b"flavors")
    run.put("model/data/größe.bin", b"x" * 70_000)
    return registered(run, f"modelo {uuid4().hex[:8]}")


def registered(run: Run, name: str) -> str:
    http = run.tracker.http
    for method, path, body in (
        ("POST", "registered-models/create", {"name": name}),
        ("POST", "model-versions/create", {"name": name, "source": f"runs:/{run.run_id}/model"}),
        ("POST", "model-versions/transition-stage", {"name": name, "version": "1", "stage": "Production"}),
        ("POST", "registered-models/alias", {"name": name, "alias": "champion", "version": "1"}),
    ):
        answer = http.request(method, f"{API}/{path}", json=body)
        assert answer.status_code == 200, answer.text
    return name


@pytest.mark.parametrize("which", ["@champion", "@latest", "/1", "/Production", "/production", "/latest"])
def test_a_version_comes_as_a_tar_by_any_of_its_names(run: Run, name: str, which: str) -> None:
    answer = run.tracker.http.get(f"{VERSIONS}/{name}{which}.tar")

    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-tar"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}-1.tar"'
    assert answer.headers["content-location"] == f"{VERSIONS}/{quote(name)}/1.tar"
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert members(answer.content) == {f"{name}/MLmodel": b"flavors", f"{name}/data/größe.bin": b"x" * 70_000}


@pytest.mark.parametrize("odd", ["größe 漢", "a@b", "a?b#c", "100%", 'quo"te', "x.tar", "a[b]"])
def test_the_name_of_a_model_may_be_unusual(run: Run, odd: str) -> None:
    run.put("model/MLmodel", b"m")
    name = registered(run, f"{odd} {uuid4().hex[:8]}")

    answer = run.tracker.http.get(f"{VERSIONS}/{quote(name)}@champion.tar")

    assert members(answer.content) == {f"{name}/MLmodel": b"m"}
    assert f"filename*=UTF-8''{quote(name, safe='')}-1.tar" in answer.headers["content-disposition"] or name.isascii()


def test_curl_saves_it_under_the_name_in_the_address(run: Run, name: str, tmp_path: Path) -> None:
    url = f"{run.tracker.server.url}{VERSIONS}/{quote(name)}@champion.tar"
    subprocess.run(["curl", "--noproxy", "*", "-sfO", url], cwd=tmp_path, check=True, timeout=60)
    (saved,) = tmp_path.iterdir()
    assert saved.name == f"{quote(name)}@champion.tar"
    assert f"{name}/MLmodel" in members(saved.read_bytes())


def test_who_has_the_archive_already_is_told_so_until_a_file_changes(run: Run, name: str) -> None:
    http, url = run.tracker.http, f"{VERSIONS}/{name}@champion.tar"
    tag = http.get(url).headers["etag"]
    assert http.get(f"{VERSIONS}/{name}/1.tar").headers["etag"] == tag

    again = http.get(url, headers={"if-none-match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)

    run.put("model/MLmodel", b"FLAVORS")
    changed = http.get(url, headers={"if-none-match": tag})
    assert changed.status_code == 200 and changed.headers["etag"] != tag


def test_head_says_how_large_it_is(run: Run, name: str) -> None:
    url = f"{VERSIONS}/{name}/1.tar"
    head, whole = run.tracker.http.head(url), run.tracker.http.get(url)
    assert (head.status_code, head.content) == (200, b"")
    assert {**head.headers, **OWN} == {**whole.headers, **OWN}


def test_an_archive_of_very_many_files_is_sent_as_it_is_read(run: Run) -> None:
    names = {f"f{number}" for number in range(KNOWN + 3)}
    (run.folder / "many").mkdir(parents=True)
    for one in names:
        (run.folder / "many" / one).touch()

    answer = run.tracker.http.get(TAR, params={"run_id": run.run_id, "path": "many"})

    assert "etag" not in answer.headers and "content-length" not in answer.headers
    assert set(members(answer.content)) == {f"many/{one}" for one in names}


@pytest.mark.parametrize("which", ["@challenger", "/7", "/Staging", "/nonsense"])
def test_a_version_that_is_not_there_is_refused_with_what_there_is(run: Run, name: str, which: str) -> None:
    answer = run.tracker.http.get(f"{VERSIONS}/{name}{which}.tar")

    assert error_of(answer) == (404, "RESOURCE_DOES_NOT_EXIST")
    there = f"Model '{name}' has the aliases @champion (version 1) and the stages Production (version 1)."
    assert answer.json()["message"].endswith(there)


def test_what_names_no_version_is_refused(run: Run, name: str) -> None:
    http = run.tracker.http
    assert error_of(http.get(f"{VERSIONS}/never@champion.tar")) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert f"Ask for {name}@ALIAS.tar" in http.get(f"{VERSIONS}/{name}.tar").json()["message"]
    for path in (f"{name}.tar", f"{name}/1/MLmodel.tar", "%2e%2e/1.tar/..%2f.tar"):
        assert run.tracker.raw("GET", f"{VERSIONS}/{quote(path, safe='/%')}")[0] in (400, 404)
