"""MLflow's client for users and permissions, AuthServiceClient, finds what it expects."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.servers import ROOT, clean_environment, running_server

PASSWORD = "correct horse battery"
LIMIT_SECONDS = 300


@pytest.mark.slow
@pytest.mark.parametrize("generation", ["3.17", "2.22"])
def test_mlflows_client_for_users_manages_them(
    generation: str, mlflow_python: Callable[[str], Path], tmp_path: Path
) -> None:
    python = mlflow_python(generation)
    make_administrator(tmp_path)
    environment = clean_environment(
        PYTHONPATH=str(ROOT),
        PYTHONWARNINGS="ignore",
        MLFLOW_DISABLE_TELEMETRY="true",
        MLFLOW_TRACKING_USERNAME="ann",
        MLFLOW_TRACKING_PASSWORD=PASSWORD,
    )
    with running_server(tmp_path) as server:
        done = subprocess.run(
            [str(python), "-m", "tests.contract.clients.users", server.url],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=LIMIT_SECONDS,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr


def make_administrator(folder: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "trackline", "user", "create", "ann", "--admin", "--password-file", "-"],
        cwd=folder,
        env=clean_environment(PYTHONPATH=str(ROOT)),
        input=PASSWORD,
        text=True,
        timeout=LIMIT_SECONDS,
        check=True,
    )
