"""What the tests of arrangements are made of: the documented commands, a bucket, and a client beside them."""

from __future__ import annotations

import asyncio
import json
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE
from typing import Any, NamedTuple, Self

import httpx

from tests.object_stores import S3Server
from tests.servers import ROOT, STOP_SECONDS, Server, clean_environment, free_port, started
from trackline.blobs import StoreOptions, create_bucket

# Each stands in docs/artifacts.md exactly so; a test runs it with its own port, folder and bucket.
BUCKET = "mlflows3"
FOLDER = "/srv/trackline"
ARTIFACT_SERVER = "127.0.0.1:5001"
LOCAL = "trackline server"
LOCAL_FOLDER = f"trackline server --artifacts-destination {FOLDER}/artifacts"
PROXIED = f"trackline server --artifacts-destination s3://{BUCKET}/artifacts"
DIRECT = (
    f"trackline server --backend-store-uri sqlite:///{FOLDER}/mlflow.db "
    f"--default-artifact-root s3://{BUCKET}/artifacts --host 0.0.0.0 --serve-artifacts"
)
DIRECT_NOT_SERVED = f"trackline server --default-artifact-root s3://{BUCKET}/artifacts --no-serve-artifacts"
ARTIFACTS_ONLY = f"trackline server --artifacts-only --artifacts-destination s3://{BUCKET}/artifacts --port 5001"
TRACKING_BESIDE = f"trackline server --default-artifact-root mlflow-artifacts://{ARTIFACT_SERVER}/ --no-serve-artifacts"
PRESIGNED = f"trackline server --artifacts-destination s3://{BUCKET}/artifacts --presigned-urls"
COMMANDS = (
    *(LOCAL, LOCAL_FOLDER, PROXIED, DIRECT, DIRECT_NOT_SERVED),
    *(ARTIFACTS_ONLY, TRACKING_BESIDE, PRESIGNED),
)


class Bucket(NamedTuple):
    """A bucket of a running store."""

    store: S3Server
    name: str


def make_bucket(store: S3Server, name: str) -> Bucket:
    options = StoreOptions(endpoint_url=store.url, access_key=store.access_key, secret_key=store.secret_key)
    asyncio.run(create_bucket(f"s3://{name}", options))
    return Bucket(store, name)


@contextmanager
def running(
    command: str,
    folder: Path,
    env: Mapping[str, str] | None = None,
    *,
    bucket: str = BUCKET,
    artifact_server: str = ARTIFACT_SERVER,
) -> Iterator[Server]:
    """The server of a documented command, started in `folder`, on a port of its own."""
    port = free_port()
    line = command.replace(FOLDER, str(folder)).replace(BUCKET, bucket).replace(ARTIFACT_SERVER, artifact_server)
    words = [sys.executable, "-m", *shlex.split(line), "--port", str(port)]
    # A line that listens on every network needs to be told that nobody has to sign in; this one is for all lines.
    environment = {"TRACKLINE_ALLOW_ANONYMOUS": "true", **(env or {})}
    with started(words, f"http://127.0.0.1:{port}", folder, environment) as server:
        yield server


class Client:
    """A process in a client's environment that runs the programs of this folder."""

    def __init__(self, python: Path, log: Path) -> None:
        command = [str(python), "-m", "tests.contract.arrangements.worker"]
        with log.open("wb") as sink:
            self._process = subprocess.Popen(
                command, cwd=log.parent, env=_environment(log.parent), stdin=PIPE, stdout=PIPE, stderr=sink, text=True
            )
        self._log = log

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=STOP_SECONDS)  # the end of its input ends it

    def run(self, folder: Path, program: str, *arguments: str, env: Mapping[str, str] | None = None) -> Any:
        """What the program returns. It has no keys but those in `env`."""
        folder.mkdir(parents=True, exist_ok=True)
        environment = {**_environment(folder), **(env or {})}
        job = {"program": program, "arguments": arguments, "environment": environment, "folder": str(folder)}
        assert self._process.stdin is not None and self._process.stdout is not None
        print(json.dumps(job), file=self._process.stdin, flush=True)
        code = self._process.stdout.readline().strip()
        assert code, f"the client ended\n{self._log.read_text()}"
        assert code == "0", f"{program} ended with exit code {code}\n{(folder / 'output.txt').read_text()}"
        return json.loads((folder / "result.json").read_text())


def _environment(home: Path) -> dict[str, str]:
    return clean_environment(
        HOME=str(home),
        PYTHONPATH=str(ROOT),
        PYTHONWARNINGS="ignore",
        MLFLOW_HTTP_REQUEST_MAX_RETRIES="1",
        MLFLOW_DISABLE_TELEMETRY="true",
        DO_NOT_TRACK="true",
        GIT_PYTHON_REFRESH="quiet",
    )


def browser(server: Server) -> httpx.Client:
    return httpx.Client(base_url=server.url, trust_env=False, timeout=60)
