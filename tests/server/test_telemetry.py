"""Numbers for Prometheus, and what the log says of a request."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.databases import Postgres
from tests.server.talk import API, client_of
from tests.server.test_lifecycle import until
from tests.server.test_workers import workers
from tests.servers import ROOT, Server, running_server, wait_for_output
from trackline.server.numbers import MAX_ENDPOINTS
from trackline.server.routes import ENDPOINTS

EXPOSED = "--expose-prometheus=yes"
LOG_BATCH = "/api/2.0/mlflow/runs/log-batch"
PROXY = "/api/2.0/mlflow-artifacts/artifacts"
LABELS = ("method", "endpoint", "status", "le")
DASHBOARD = ROOT / "deploy" / "grafana" / "trackline.json"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with running_server(tmp_path, EXPOSED) as server:
        yield server


def samples(http: httpx.Client) -> dict[tuple[str, ...], float]:
    """Each number by its name and the values of its labels."""
    answer = http.get("/metrics")
    assert answer.status_code == 200, answer.text
    return {
        (sample.name, *(sample.labels[label] for label in LABELS if label in sample.labels)): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def log_points(http: httpx.Client, batches: int, points: int) -> None:
    run = http.post(f"{API}/runs/create", json={"experiment_id": "0"}).json()["run"]["info"]["run_id"]
    for batch in range(batches):
        metrics = [{"key": "loss", "value": 1, "timestamp": 1, "step": batch * points + one} for one in range(points)]
        assert http.post(f"{API}/runs/log-batch", json={"run_id": run, "metrics": metrics}).status_code == 200


def test_what_was_done_is_counted_by_endpoint_and_status(server: Server) -> None:
    with client_of(server) as http:
        log_points(http, batches=3, points=7)
        http.put(f"{PROXY}/0/file.bin", content=bytes(1000))
        http.get(f"{PROXY}/0/file.bin")
        http.get(f"{API}/runs/get?run_id=none")
        http.get("/nothing/here")
        until(lambda: samples(http)["trackline_commits_total",] >= 4)
        found = samples(http)
    file = "/api/2.0/mlflow-artifacts/artifacts/{path:path}"
    assert found["trackline_requests_total", "POST", LOG_BATCH, "200"] == 3
    assert found["trackline_requests_total", "GET", "/api/2.0/mlflow/runs/get", "404"] == 1
    assert found["trackline_requests_total", "", "unknown", "404"] == 1
    assert found["trackline_request_seconds_count", "POST", LOG_BATCH] == 3
    assert found["trackline_request_seconds_bucket", "POST", LOG_BATCH, "+Inf"] == 3
    assert found["trackline_metric_points_total",] == 21
    assert (
        found["trackline_received_bytes_total", "PUT", file] == found["trackline_sent_bytes_total", "GET", file] == 1000
    )
    assert found["trackline_writes_total",] >= found["trackline_commits_total",]
    assert found["trackline_database_bytes",] > 100_000
    assert found["trackline_requests_in_flight",] == found["trackline_connections",] == 1


def test_open_pages_are_counted_while_they_are_open(server: Server) -> None:
    with client_of(server) as http:
        with http.stream("GET", "/api/trackline/live?topics=registry") as stream:
            lines = stream.iter_lines()
            next(lines)
            assert samples(http)["trackline_live_clients",] == 1
        until(lambda: samples(http)["trackline_live_clients",] == 0)


def test_workers_are_one_server_and_one_that_died_takes_no_numbers_with_it(
    postgres_engine: Postgres, tmp_path: Path
) -> None:
    with (
        postgres_engine.uri() as uri,
        running_server(tmp_path, EXPOSED, f"--backend-store-uri={uri}", "--workers=2") as server,
    ):
        wait_for_output(server, "mlflow.set_tracking_uri")
        for _ in range(4):  # each on a connection of its own, which any of them may take
            with client_of(server) as http:
                log_points(http, batches=2, points=5)
        dying = workers(server)[0]
        dying.kill()
        dying.wait()
        until(lambda: len(workers(server)) == 2)
        with client_of(server) as http:
            assert samples(http)["trackline_metric_points_total",] == 40
            assert samples(http)["trackline_requests_total", "POST", LOG_BATCH, "200"] == 8


def test_they_are_shown_only_where_that_is_wanted(tmp_path: Path) -> None:
    with running_server(tmp_path) as server, client_of(server) as http:
        refused = http.get("/metrics")
    assert refused.status_code == 501
    assert "--expose-prometheus makes it" in refused.json()["message"]


def test_they_are_there_while_the_database_is_not(tmp_path: Path) -> None:
    with running_server(tmp_path, EXPOSED, "--artifacts-only") as server, client_of(server) as http:
        found = samples(http)
    assert found["trackline_database_up",] == 0
    assert ("trackline_database_bytes",) not in found


def test_there_is_a_cell_for_each_endpoint() -> None:
    assert len(ENDPOINTS) < MAX_ENDPOINTS


def test_each_number_of_the_dashboard_is_one_that_is_shown(server: Server) -> None:
    with client_of(server) as http:
        http.get("/health")
        shown = {name for name, *_ in samples(http)}
    asked = {
        word
        for panel in json.loads(DASHBOARD.read_text())["panels"]
        for target in panel["targets"]
        for word in target["expr"].replace("(", " ").replace("[", " ").replace("{", " ").replace(")", " ").split()
        if word.startswith("trackline_")
    }
    assert len(asked) > 10
    assert asked - shown == set()


def test_a_request_has_an_id_that_only_a_trusted_proxy_may_give(tmp_path: Path) -> None:
    given = {"X-Request-Id": "from-the-proxy"}
    with running_server(tmp_path / "one") as server, client_of(server) as http:
        made = [http.get("/health", headers=given).headers["x-request-id"] for _ in range(2)]
        assert len({*made, "from-the-proxy"}) == 3
    with running_server(tmp_path / "two", "--trusted-proxies=127.0.0.1") as server, client_of(server) as http:
        assert http.get("/health", headers=given).headers["x-request-id"] == "from-the-proxy"
        assert http.get("/health", headers={"X-Request-Id": "a b\tc"}).headers["x-request-id"] != "a b\tc"


def test_the_log_is_json_with_the_id_of_the_request_where_that_is_wanted(tmp_path: Path) -> None:
    flags = ["--log-format=json", "--access-log", "--slow-request-seconds=0.000001"]
    with running_server(tmp_path, *flags) as server, client_of(server) as http:
        answer = http.get(f"{API}/runs/get?run_id=none")
        wait_for_output(server, "WARNING")
        lines = [json.loads(line) for line in server.output.splitlines() if line.startswith("{")]
    mine = [line for line in lines if line.get("request_id") == answer.headers["x-request-id"]]
    assert {(line["logger"], line["level"], line["status"]) for line in mine} == {
        ("trackline.access", "INFO", 404),
        ("trackline", "WARNING", 404),
    }
    assert all(line["path"] == f"{API}/runs/get" and line["milliseconds"] > 0 for line in mine)
