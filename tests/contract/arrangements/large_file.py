"""A file above the size from which MLflow 3 sends it in parts, logged and fetched back."""

from __future__ import annotations

import tempfile
from pathlib import Path
from random import Random
from typing import Any

import mlflow
from mlflow.artifacts import download_artifacts

from tests.contract.arrangements.traffic import Traffic


def main(url: str, size: str) -> dict[str, Any]:
    """The run, and the requests (port, method) that the upload and the download took."""
    mlflow.set_tracking_uri(url)
    content = Random(1).randbytes(int(size))
    traffic = Traffic()
    with tempfile.TemporaryDirectory() as folder, mlflow.start_run() as run:
        file = Path(folder, "large.bin")
        file.write_bytes(content)
        mlflow.log_artifact(str(file), "big")
    upload = traffic.requests.copy()
    traffic.requests.clear()
    back = Path(download_artifacts(run_id=run.info.run_id, artifact_path="big/large.bin"))
    assert back.read_bytes() == content
    return {"run_id": run.info.run_id, "upload": upload, "download": traffic.requests}
