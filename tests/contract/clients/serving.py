"""Serving stays the client's job: it takes a registered model from the server and answers requests with it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import mlflow
import numpy as np
from mlflow import MlflowClient

from tests.contract.clients.harness import scenario
from tests.contract.clients.models import X
from tests.contract.clients.registry import fitted, own_name, registered

START_SECONDS = 90.0
STOP_SECONDS = 10.0
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@contextmanager
def served(uri: str) -> Iterator[str]:
    """The address of `mlflow models serve`, once it is ready."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{probe.getsockname()[1]}"
    command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", uri, "--env-manager", "local"]
    # The command starts its web server by name.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    log = Path("serve.log")
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [*command, "--port", address.rpartition(":")[2], "--workers", "1"],
            env={**os.environ, "MLFLOW_TRACKING_URI": mlflow.get_tracking_uri(), "PATH": path},
            stdout=sink,
            stderr=sink,
            start_new_session=True,
        )
    try:
        wait_until_ready(address, process, log)
        yield address
    finally:
        # Its workers are in the process group that was made for it, and may outlive it.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_until_ready(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, f"serving ended\n{log.read_text(errors='replace')}"
        try:
            with DIRECT.open(f"{address}/ping", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise AssertionError(f"nothing is served after {START_SECONDS:.0f} s\n{log.read_text(errors='replace')}")


@scenario("2.3", slow=True)
def the_model_in_production_is_served(experiment_id: str) -> None:
    name = own_name()
    registered(name)
    MlflowClient().transition_model_version_stage(name, "1", "Production")
    frame = X.to_dict(orient="split")
    body = {"dataframe_split": {"columns": frame["columns"], "data": frame["data"]}}
    with served(f"models:/{name}/production") as address:
        request = urllib.request.Request(f"{address}/invocations", json.dumps(body).encode())  # noqa: S310 (http)
        request.add_header("content-type", "application/json")
        with DIRECT.open(request, timeout=30) as answer:
            predicted = json.load(answer)["predictions"]
    assert np.allclose(predicted, fitted().predict(X))
