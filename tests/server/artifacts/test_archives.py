"""A whole folder in one download."""

from __future__ import annotations

import io
import tarfile

from tests.server.artifacts.tracker import Run, error_of

TAR = "/api/trackline/artifacts.tar"


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
