"""What anybody does with artifacts: the same under every arrangement. It knows the tracking server's address only."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import mlflow
import mlflow.sklearn
import numpy as np
from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts, load_text
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
from sklearn.linear_model import LinearRegression

from tests.contract.arrangements.traffic import Traffic

FILES = {"a.txt": b"a\n", "deep/er/b.bin": bytes(range(256)) * 512, "deep/ü 1.txt": "ü".encode()}
MODEL_PARAMETER = "name" if int(mlflow.__version__.partition(".")[0]) >= 3 else "artifact_path"


def main(url: str) -> dict[str, Any]:
    """The run, where its files are, and the ports that the client spoke to."""
    mlflow.set_tracking_uri(url)
    traffic = Traffic()
    with tempfile.TemporaryDirectory() as folder, mlflow.start_run() as run:
        mlflow.log_text("Grüße\n", "notes/hello.txt")
        for name, content in FILES.items():
            file = Path(folder, name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        mlflow.log_artifacts(folder, "tree")
        log_and_load_a_model()
    check_files(run.info.run_id, run.info.artifact_uri)
    delete_a_folder(run.info.run_id, run.info.artifact_uri)
    ports = sorted({port for port, _ in traffic.requests})
    return {"run_id": run.info.run_id, "artifact_uri": run.info.artifact_uri, "ports": ports}


def log_and_load_a_model() -> None:
    x = np.arange(6.0).reshape(-1, 1)
    model = LinearRegression().fit(x, 3 * x.ravel() + 1)
    # With requirements given it does not start a process to find them out.
    logged = mlflow.sklearn.log_model(model, **{MODEL_PARAMETER: "model"}, pip_requirements=["scikit-learn"])
    assert np.allclose(mlflow.sklearn.load_model(logged.model_uri).predict(x), model.predict(x))


def check_files(run_id: str, uri: str) -> None:
    assert {f"tree/{name}" for name in FILES} <= listed(run_id, "tree")
    assert listed(run_id, "notes") == {"notes/hello.txt"}
    assert load_text(f"{uri}/notes/hello.txt") == "Grüße\n"
    tree = Path(download_artifacts(run_id=run_id, artifact_path="tree"))
    assert {name: (tree / name).read_bytes() for name in FILES} == FILES


def delete_a_folder(run_id: str, uri: str) -> None:
    get_artifact_repository(uri).delete_artifacts("tree/deep")
    assert listed(run_id, "tree") == {"tree/a.txt"}


def listed(run_id: str, folder: str) -> set[str]:
    """Every file below `folder`."""
    found: set[str] = set()
    for entry in MlflowClient().list_artifacts(run_id, folder):
        found |= listed(run_id, entry.path) if entry.is_dir else {entry.path}
    return found
