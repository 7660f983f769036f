"""`kill -9` at any moment: what was acknowledged is there afterwards, and nothing is there in part."""

from __future__ import annotations

import sqlite3
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from tests.databases import Engine, Sqlite
from tests.server.talk import API, client_of, connected, request
from tests.servers import Server, running_server

WRITERS = 6
PROXY = "/api/2.0/mlflow-artifacts/artifacts"


@dataclass
class Said:
    """What one writer told the server of one run; `acknowledged` counts the writes that were answered."""

    run: str
    writes: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    acknowledged: int = 0


class Writer(threading.Thread):
    """Creates runs and writes to them until the server is gone."""

    def __init__(self, server: Server, name: str, answered: threading.Semaphore) -> None:
        super().__init__(name=name)
        self.runs: list[Said] = []
        self._server = server
        self._answered = answered
        self._random = Random(name)

    def run(self) -> None:
        with client_of(self._server) as http:
            try:
                while True:
                    self._write_a_run(http)
            except httpx.TransportError:
                return

    def _write_a_run(self, http: httpx.Client) -> None:
        answer = http.post(f"{API}/runs/create", json={"experiment_id": "0", "user_id": self.name})
        assert answer.status_code == 200, answer.text
        self._answered.release()
        said = Said(answer.json()["run"]["info"]["run_id"])
        self.runs.append(said)
        for number in range(self._random.randint(5, 40)):
            path, body = write(number, said.run)
            said.writes.append((path, body))
            answer = http.post(f"{API}/runs/{path}", json=body)
            assert answer.status_code == 200, answer.text
            said.acknowledged += 1
            self._answered.release()


def write(number: int, run: str) -> tuple[str, dict[str, Any]]:
    """The `number`th thing that is said of a run: a metric, a batch, a tag, a batch that is sealed at once."""
    match number % 4:
        case 0:
            return "log-metric", {"run_id": run, "key": "loss", "value": number, "timestamp": number, "step": number}
        case 1:
            return "log-batch", batch(number, run, points=7)
        case 2:
            return "set-tag", {"run_id": run, "key": f"tag {number}", "value": str(number)}
        case _:
            return "log-batch", batch(number, run, points=300)


def batch(number: int, run: str, points: int) -> dict[str, Any]:
    metrics = [{"key": f"batch {number}", "value": n, "timestamp": n, "step": n} for n in range(points)]
    named = [{"key": f"batch {number}", "value": str(number)}]
    return {"run_id": run, "metrics": metrics, "params": named, "tags": named}


def killed_under_load(folder: Path, uri: str, seed: str, answers: int) -> list[Said]:
    """Writers write to a server until it has answered so often; then it is killed. Returns what they said."""
    answered = threading.Semaphore(0)
    with running_server(folder, f"--backend-store-uri={uri}") as server:
        writers = [Writer(server, f"{seed} {number}", answered) for number in range(WRITERS)]
        for writer in writers:
            writer.start()
        for _ in range(answers):
            assert answered.acquire(timeout=60)
        server.process.kill()
        server.process.wait()
        for writer in writers:
            writer.join(60)
            assert not writer.is_alive()
    return [said for writer in writers for said in writer.runs]


def rounds(count: int) -> list[tuple[str, int]]:
    random = Random(20)
    return [(f"round {number}", random.randint(1, 400)) for number in range(count)]


@pytest.mark.parametrize("plan", [rounds(4), pytest.param(rounds(30), marks=pytest.mark.slow)], ids=["few", "many"])
def test_after_kill_9_everything_acknowledged_is_there_and_nothing_in_part(
    engine: Engine, tmp_path: Path, plan: list[tuple[str, int]]
) -> None:
    """Each round goes on with the files that the killed server left. The many take about a minute."""
    everything: list[Said] = []
    with engine.uri() as uri:
        for seed, answers in plan:
            everything += killed_under_load(tmp_path, uri, seed, answers)
        with running_server(tmp_path, f"--backend-store-uri={uri}") as server, client_of(server) as http:
            found = runs_in(http)
            for said in everything:
                assert_kept(http, said, found.pop(said.run))
            assert all(set(run["data"]) == {"tags"} for run in found.values())  # created, but the answer was lost
            assert len(found) <= WRITERS * len(plan)
        if isinstance(engine, Sqlite):
            connection = sqlite3.connect(uri.removeprefix("sqlite:///"))
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
            connection.close()


def runs_in(http: httpx.Client) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    query: dict[str, Any] = {"experiment_ids": ["0"], "max_results": 1000}
    while True:
        page = http.post(f"{API}/runs/search", json=query).json()
        found |= {run["info"]["run_id"]: run for run in page.get("runs", [])}
        if "next_page_token" not in page:
            return found
        query["page_token"] = page["next_page_token"]


def assert_kept(http: httpx.Client, said: Said, run: dict[str, Any]) -> None:
    """All acknowledged writes are there; the one under way when the server was killed, wholly or not at all."""
    assert len(said.writes) - said.acknowledged <= 1
    kept = contents(http, run)
    expected = expectation(said.writes[: said.acknowledged])
    assert kept in (expected, expectation(said.writes))


def contents(http: httpx.Client, run: dict[str, Any]) -> dict[str, Any]:
    data = run["data"]
    histories = {}
    for metric in data.get("metrics", []):
        query = {"run_id": run["info"]["run_id"], "metric_key": metric["key"]}
        points = http.get(f"{API}/metrics/get-history", params=query).json()["metrics"]
        histories[metric["key"]] = [(point["value"], point["timestamp"], point["step"]) for point in points]
    return {
        "metrics": histories,
        "params": {param["key"]: param["value"] for param in data.get("params", [])},
        "tags": {tag["key"]: tag["value"] for tag in data["tags"] if tag["key"] != "mlflow.runName"},
    }


def expectation(writes: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    metrics: defaultdict[str, list[tuple[float, int, int]]] = defaultdict(list)
    params: dict[str, str] = {}
    tags: dict[str, str] = {}
    for path, body in writes:
        for point in [body] if path == "log-metric" else body.get("metrics", []):
            metrics[point["key"]].append((point["value"], point["timestamp"], point["step"]))
        for tag in [body] if path == "set-tag" else body.get("tags", []):
            tags[tag["key"]] = tag["value"]
        params |= {param["key"]: param["value"] for param in body.get("params", [])}
    return {"metrics": dict(metrics), "params": params, "tags": tags}


def test_an_upload_that_kill_9_cut_off_leaves_nothing_to_be_seen(tmp_path: Path) -> None:
    whole, half = b"w" * 3_000_000, b"h" * 3_000_000
    with running_server(tmp_path) as server, client_of(server) as http:
        assert http.put(f"{PROXY}/0/replaced.bin", content=whole).status_code == 200
        uploads = [connected(server) for _ in range(2)]
        for upload, name in zip(uploads, ("new.bin", "replaced.bin"), strict=True):
            upload.sendall(request("PUT", f"{PROXY}/0/{name}", half, content_length=str(2 * len(half))))
        http.get("/health")
        server.process.kill()
        server.process.wait()
        for upload in uploads:
            upload.close()

    with running_server(tmp_path) as server, client_of(server) as http:
        files = http.get(PROXY, params={"path": "0"}).json()["files"]
        assert files == [{"path": "replaced.bin", "is_dir": False, "file_size": len(whole)}]
        assert http.get(f"{PROXY}/0/replaced.bin").content == whole
        assert http.get(f"{PROXY}/0/new.bin").status_code == 404
        assert [entry["path"] for entry in http.get(PROXY).json()["files"]] == ["0"]
        assert http.put(f"{PROXY}/0/new.bin", content=half).status_code == 200
        assert http.get(f"{PROXY}/0/new.bin").content == half
