"""Files of a run, through the server's artifact proxy."""

from __future__ import annotations

import json
from pathlib import Path

import matplotlib.pyplot as plt
import mlflow
import numpy as np
import pandas as pd
from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts, load_dict, load_image, load_text
from mlflow.exceptions import MlflowException
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
from PIL import Image

from tests.contract.clients.harness import environment, scenario

PNG = b"\x89PNG\r\n"


def tree(run_id: str, path: str | None = None) -> dict[str, int | None]:
    """Every file and folder below `path` with its size, which is None for folders."""
    found: dict[str, int | None] = {}
    for info in MlflowClient().list_artifacts(run_id, path):
        # MLflow leaves the size of an empty file out of its answer.
        found[info.path] = None if info.is_dir else info.file_size or 0
        if info.is_dir:
            found |= tree(run_id, info.path)
    return found


@scenario("2.3")
def texts_and_dicts(experiment_id: str) -> None:
    with mlflow.start_run() as run:
        mlflow.log_text("Grüße ✓\n", "notes/hello.txt")
        mlflow.log_text("", "empty.txt")
        mlflow.log_text("<b>bold</b>", "page.html")
        mlflow.log_dict({"a": [1, None, "ü"]}, "config.json")
        mlflow.log_dict({"b": {"c": 1.5}}, "deep/er/config.yaml")
        mlflow.log_dict({"d": 1}, "no extension")
    root = run.info.artifact_uri
    assert load_text(f"{root}/notes/hello.txt") == "Grüße ✓\n"
    assert load_text(f"{root}/empty.txt") == ""
    assert load_text(f"{root}/page.html") == "<b>bold</b>"
    assert load_dict(f"{root}/config.json") == {"a": [1, None, "ü"]}
    assert "c: 1.5" in load_text(f"{root}/deep/er/config.yaml")
    assert json.loads(load_text(f"{root}/no extension")) == {"d": 1}


@scenario("2.3")
def figures_and_images(experiment_id: str) -> None:
    figure, axes = plt.subplots()
    axes.plot([1, 2, 3])
    pixels = np.zeros((8, 6, 3), dtype=np.uint8)
    pixels[2, 3] = (255, 128, 0)
    with mlflow.start_run() as run:
        mlflow.log_figure(figure, "plots/line.png")
        mlflow.log_figure(figure, "plots/line.svg")
        mlflow.log_image(pixels, "pixels.png")
        mlflow.log_image(Image.fromarray(pixels), "pillow.png")
    plt.close(figure)
    root = run.info.artifact_uri
    assert Path(download_artifacts(f"{root}/plots/line.png")).read_bytes().startswith(PNG)
    assert "<svg" in load_text(f"{root}/plots/line.svg")
    for name in ("pixels.png", "pillow.png"):
        assert (np.asarray(load_image(f"{root}/{name}")) == pixels).all()


@scenario("2.22")
def images_with_steps(experiment_id: str) -> None:
    with mlflow.start_run() as run:
        for step in range(2):
            mlflow.log_image(np.full((4, 4), step * 255, dtype=np.uint8), key="a dog", step=step)
        mlflow.flush_artifact_async_logging()
    stored = [path for path, size in tree(run.info.run_id, "images").items() if size]
    full_size = sorted(path for path in stored if path.endswith(".png"))
    assert len(full_size) == 2 and all("a dog" in path for path in full_size), stored
    assert Path(download_artifacts(run_id=run.info.run_id, artifact_path=full_size[0])).read_bytes()[:6] == PNG


@scenario("2.22")
def tables_grow_and_are_loaded(experiment_id: str) -> None:
    first = {"question": ["a", "b"], "score": [0.5, 1.0]}
    with mlflow.start_run() as run:
        mlflow.log_table(first, "eval/table.json")
        mlflow.log_table(pd.DataFrame({"question": ["ü"], "score": [-1.0]}), "eval/table.json")
    table = mlflow.load_table("eval/table.json", run_ids=[run.info.run_id])
    assert list(table["question"]) == ["a", "b", "ü"] and list(table["score"]) == [0.5, 1.0, -1.0]
    extra = mlflow.load_table("eval/table.json", extra_columns=["run_id"])
    assert set(extra["run_id"]) == {run.info.run_id}
    logged = json.loads(mlflow.get_run(run.info.run_id).data.tags["mlflow.loggedArtifacts"])
    assert logged == [{"path": "eval/table.json", "type": "table"}]


@scenario("2.3")
def a_directory_tree(experiment_id: str) -> None:
    sizes = {"top.txt": 3, "sub/one.bin": 1_000, "sub/deep/er/two.bin": 70_000, "sub/none.bin": 0}
    for path, size in sizes.items():
        target = Path("tree", path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(bytes(range(256)) * (size // 256) + b"x" * (size % 256))
    with mlflow.start_run() as run:
        mlflow.log_artifacts("tree")
        mlflow.log_artifacts("tree/sub", "copy/of")
        mlflow.log_artifact("tree/top.txt", "single")
        mlflow.log_artifact("tree/sub", "whole")
    run_id = run.info.run_id
    files = {path: size for path, size in tree(run_id).items() if size is not None}
    assert files == sizes | {
        "copy/of/one.bin": 1_000,
        "copy/of/deep/er/two.bin": 70_000,
        "copy/of/none.bin": 0,
        "single/top.txt": 3,
        "whole/sub/one.bin": 1_000,
        "whole/sub/deep/er/two.bin": 70_000,
        "whole/sub/none.bin": 0,
    }
    listed = MlflowClient().list_artifacts(run_id)
    assert [info.path for info in listed] == ["copy", "single", "sub", "top.txt", "whole"]
    assert [info.is_dir for info in listed] == [True, True, True, False, True]
    assert MlflowClient().list_artifacts(run_id, "sub/one.bin") == []
    assert MlflowClient().list_artifacts(run_id, "nowhere") == []
    folder = Path(download_artifacts(run_id=run_id, artifact_path="sub", dst_path="back"))
    for path in ("one.bin", "deep/er/two.bin", "none.bin"):
        assert (folder / path).read_bytes() == Path("tree/sub", path).read_bytes()
    everything = Path(download_artifacts(run.info.artifact_uri))
    assert sum(path.is_file() for path in everything.rglob("*")) == len(files)


@scenario("2.3")
def names_with_odd_characters(experiment_id: str) -> None:
    odd = ["a b.txt", "ü✓漢.txt", "100%.txt", "a%zz.txt", "p+q.txt", "a&b=c.txt", "semi;colon,.txt"]
    odd += ["quote'\".txt", "br[0]{1}.txt", "tilde~@$!.txt", "colon:x.txt", "star*.txt", ".hidden"]
    with mlflow.start_run() as run:
        for name in odd:
            mlflow.log_text(f"content of {name}", name)
            mlflow.log_text(f"content of {name}", f"d ir/é {name[:4]}/{name}")
        # The client sends these undisguised, so that the rest reaches the server as fragment and query.
        mlflow.log_text("fragment", "cut#1.txt")
        mlflow.log_text("query", "asked?x.txt")
    run_id = run.info.run_id
    files = {path for path, size in tree(run_id).items() if size is not None}
    assert files == {*odd, *(f"d ir/é {name[:4]}/{name}" for name in odd), "cut", "asked"}
    for name in odd:
        for path in (name, f"d ir/é {name[:4]}/{name}"):
            local = download_artifacts(run_id=run_id, artifact_path=path)
            assert Path(local).read_text(encoding="utf-8") == f"content of {name}"


@scenario("2.3")
def a_file_is_replaced(experiment_id: str) -> None:
    with mlflow.start_run() as run:
        mlflow.log_text("long" * 1_000, "state.txt")
        mlflow.log_text("short", "state.txt")
    assert load_text(f"{run.info.artifact_uri}/state.txt") == "short"
    assert tree(run.info.run_id) == {"state.txt": 5}


@scenario("2.3")
def a_big_file_comes_back_unchanged(experiment_id: str) -> None:
    content = np.random.default_rng(7).bytes(12_000_000)
    Path("weights.bin").write_bytes(content)
    with mlflow.start_run() as run:
        mlflow.log_artifact("weights.bin", "model")
    local = download_artifacts(run_id=run.info.run_id, artifact_path="model/weights.bin")
    assert Path(local).read_bytes() == content


@scenario("2.22")
def multipart_transfer_falls_back_where_storage_has_none(experiment_id: str) -> None:
    Path("weights.bin").write_bytes(b"w" * 3_000_000)
    with environment(
        MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD="true",
        MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD="true",
        MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE="1000000",
        MLFLOW_MULTIPART_DOWNLOAD_MINIMUM_FILE_SIZE="1000000",
    ):
        with mlflow.start_run() as run:
            mlflow.log_artifact("weights.bin")
        local = download_artifacts(run_id=run.info.run_id, artifact_path="weights.bin")
    assert Path(local).stat().st_size == 3_000_000


@scenario("2.3")
def what_is_missing_is_an_error(experiment_id: str) -> None:
    with mlflow.start_run() as run:
        mlflow.log_text("x", "there.txt")
    for path in ("not there.txt", "there.txt/below", "no/where"):
        try:
            download_artifacts(run_id=run.info.run_id, artifact_path=path)
        except (MlflowException, OSError):
            continue
        raise AssertionError(f"{path} was downloaded")


@scenario("2.3")
def files_and_folders_are_deleted(experiment_id: str) -> None:
    with mlflow.start_run() as run:
        for path in ("keep.txt", "drop.txt", "folder/a.txt", "folder/sub/b.txt"):
            mlflow.log_text("x", path)
    repository = get_artifact_repository(run.info.artifact_uri)
    repository.delete_artifacts("drop.txt")
    repository.delete_artifacts("folder")
    assert tree(run.info.run_id) == {"keep.txt": 1}
    repository.delete_artifacts()
    assert tree(run.info.run_id) == {}


@scenario("3.17")
def a_stream_is_logged(experiment_id: str) -> None:
    with Path("source.bin").open("wb+") as stream, mlflow.start_run() as run:
        stream.write(b"streamed" * 100)
        stream.seek(0)
        mlflow.log_stream(stream, "streams/out.bin")
    local = download_artifacts(run_id=run.info.run_id, artifact_path="streams/out.bin")
    assert Path(local).read_bytes() == b"streamed" * 100
