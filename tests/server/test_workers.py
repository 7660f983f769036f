"""`--workers N`: several processes that are one server to everybody else."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import psutil
import pytest

from tests.databases import Postgres
from tests.server.talk import API, answers_in, client_of, connected, received, request
from tests.server.test_lifecycle import accepts_connections, until
from tests.servers import STOP_SECONDS, Server, running_server, wait_for_output
from trackline.blobs.local import STAGING

PROXY = "/api/2.0/mlflow-artifacts/artifacts"
BOTH = pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])


@pytest.fixture
def server(postgres_engine: Postgres, tmp_path: Path) -> Iterator[Server]:
    with (
        postgres_engine.uri() as uri,
        running_server(tmp_path, f"--backend-store-uri={uri}", "--workers=2") as server,
    ):
        wait_for_output(server, "mlflow.set_tracking_uri")
        yield server


def workers(server: Server) -> list[psutil.Process]:
    return [one for one in psutil.Process(server.pid).children() if is_worker(one)]


def is_worker(process: psutil.Process) -> bool:
    """And not multiprocessing's own helper, nor dead."""
    try:
        return "spawn_main" in " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return False


def connections(worker: psutil.Process, server: Server) -> int:
    port, found = httpx.URL(server.url).port, worker.net_connections("tcp")
    return sum(one.status == psutil.CONN_ESTABLISHED and one.laddr.port == port for one in found)


def test_each_worker_answers_and_one_banner_tells_of_all(server: Server) -> None:
    both = {one.pid for one in workers(server)}
    assert len(both) == 2
    assert server.output.count("set_tracking_uri") == 1
    with client_of(server) as http:
        names = [f"{number}" for number in range(20)]
        for name in names:
            assert http.post(f"{API}/experiments/create", json={"name": name}).status_code == 200
        found = http.get(f"{API}/experiments/search?max_results=99").json()["experiments"]
    assert {one["name"] for one in found} == {"Default", *names}


def test_connections_are_spread_over_the_workers(server: Server) -> None:
    with ExitStack() as open_ones:
        for _ in range(16):
            open_ones.enter_context(connected(server))
        until(lambda: sum(connections(one, server) for one in workers(server)) == 16)
        assert min(connections(one, server) for one in workers(server)) >= 4  # one that takes all leaves none


def test_a_worker_that_stands_still_keeps_no_connections_from_the_other(server: Server) -> None:
    standing, _ = workers(server)
    standing.suspend()
    try:
        for _ in range(4):
            assert httpx.get(f"{server.url}/health", trust_env=False, timeout=STOP_SECONDS).status_code == 200
    finally:
        standing.resume()


def test_a_worker_that_dies_is_replaced_and_the_other_serves_meanwhile(server: Server) -> None:
    first, second = workers(server)
    for dying in (first, second):
        dying.kill()
        dying.wait(STOP_SECONDS)
        assert httpx.get(f"{server.url}/ready", trust_env=False, timeout=STOP_SECONDS).status_code == 200
    until(lambda: len(workers(server)) == 2)
    assert f"Worker {first.pid} ended with exit code -9" in server.output


@BOTH
def test_a_request_under_way_is_finished_and_then_all_processes_end(
    server: Server, tmp_path: Path, sign: signal.Signals
) -> None:
    half = b"x" * 2_000_000
    processes = workers(server)
    with connected(server) as upload:
        upload.sendall(request("PUT", f"{PROXY}/0/large.bin", half, content_length=str(2 * len(half))))
        until(lambda: any((tmp_path / "artifacts" / STAGING).iterdir()))
        for process in [psutil.Process(server.pid), *processes]:  # as a terminal or a service manager does
            process.send_signal(sign)
        until(lambda: not accepts_connections(server))
        upload.sendall(half)
        (answer,) = answers_in(received(upload))
    assert answer.status == 200
    assert server.process.wait(STOP_SECONDS) == 0
    assert not any(process.is_running() for process in processes)


def test_workers_whose_parent_was_killed_end_as_well(server: Server) -> None:
    processes = workers(server)
    server.process.kill()
    server.process.wait()
    gone, alive = psutil.wait_procs(processes, STOP_SECONDS)
    assert (len(gone), alive) == (2, [])
    assert not accepts_connections(server)


def test_a_server_that_is_told_twice_waits_for_nobody(server: Server) -> None:
    with connected(server) as asking:
        asking.sendall(request("POST", f"{API}/runs/search", b"{", content_length="1000"))
        httpx.get(f"{server.url}/health", trust_env=False)
        server.process.terminate()
        until(lambda: not accepts_connections(server))
        server.process.terminate()
        assert server.process.wait(STOP_SECONDS / 2) == 0
