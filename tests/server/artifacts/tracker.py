"""A running server and runs in it, as tests of artifacts use them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.servers import Server
from trackline.blobs.local import STAGING

MIB = 1024 * 1024
API = "/api/2.0/mlflow"
PROXY = "/api/2.0/mlflow-artifacts/artifacts"
OWN = {"date": "", "x-request-id": ""}  # headers that differ from answer to answer


@dataclass(frozen=True)
class Tracker:
    """A running server, a client of it, and the folder of its artifacts."""

    server: Server
    http: httpx.Client
    folder: Path

    def run(self, experiment_id: str = "0") -> Run:
        answer = self.http.post(f"{API}/runs/create", json={"experiment_id": experiment_id}).json()
        return Run(self, answer["run"]["info"]["run_id"], answer["run"]["info"]["artifact_uri"])

    def staged(self) -> list[str]:
        return [file.name for file in (self.folder / STAGING).iterdir()]

    def raw(self, method: str, target: str, body: bytes = b"") -> tuple[int, bytes]:
        """A request whose target goes out as it is written here."""
        address = urlsplit(self.server.url)
        connection = HTTPConnection(str(address.hostname), address.port or 0, timeout=30)
        connection.request(method, target, body)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, content


@dataclass(frozen=True)
class Run:
    tracker: Tracker
    run_id: str
    uri: str

    @property
    def url(self) -> str:
        return f"{PROXY}/{self.uri.removeprefix('mlflow-artifacts:/')}"

    @property
    def folder(self) -> Path:
        return self.tracker.folder / self.uri.removeprefix("mlflow-artifacts:/")

    def put(self, path: str, content: Any = b"x") -> httpx.Response:
        return self.tracker.http.put(f"{self.url}/{path}", content=content)

    def get(self, path: str, **headers: str) -> httpx.Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.tracker.http.get(f"{self.url}/{path}", headers=sent)

    def files(self, path: str | None = None) -> list[dict[str, Any]]:
        query = {"run_id": self.run_id} | ({} if path is None else {"path": path})
        answer = self.tracker.http.get(f"{API}/artifacts/list", params=query).json()
        assert answer["root_uri"] == self.uri
        return list(answer.get("files", []))


def client_of(server: Server) -> httpx.Client:
    return httpx.Client(base_url=server.url, timeout=60, trust_env=False)


def error_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error_code"]


def soon(holds: Callable[[], bool]) -> bool:
    """Whether it comes true before long."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.02)
    return False
