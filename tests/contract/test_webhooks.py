"""What a webhook is told is what MLflow's own would be told."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.servers import ROOT, clean_environment, running_server

LIMIT_SECONDS = 120
PRIVATE = ("--webhook-allow-private-ips", "--webhook-allowed-schemes", "http")


def test_a_stock_client_is_told_with_mlflows_signature_and_fields(
    tmp_path: Path, mlflow_python: Callable[[str], Path]
) -> None:
    environment = clean_environment(
        HOME=str(tmp_path), PYTHONPATH=str(ROOT), MLFLOW_DISABLE_TELEMETRY="true", GIT_PYTHON_REFRESH="quiet"
    )
    with running_server(tmp_path, *PRIVATE) as server:
        command = [str(mlflow_python("3.17")), "-m", "tests.contract.hooked", server.url]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False
        )
    assert done.returncode == 0, done.stderr
