"""How a server ends, and that a second one does no harm."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.server.talk import API, answers_in, client_of, connected, error_of, received, request
from tests.servers import ROOT, STOP_SECONDS, Server, clean_environment, running_server
from trackline.blobs.local import STAGING

PROXY = "/api/2.0/mlflow-artifacts/artifacts"
BOTH = pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])


@BOTH
def test_an_upload_under_way_is_finished_and_then_the_server_ends(tmp_path: Path, sign: signal.Signals) -> None:
    half = b"x" * 2_000_000
    with running_server(tmp_path) as server:
        with connected(server) as upload:
            upload.sendall(request("PUT", f"{PROXY}/0/large.bin", half, content_length=str(2 * len(half))))
            until(lambda: any((tmp_path / "artifacts" / STAGING).iterdir()))
            server.process.send_signal(sign)
            until(lambda: not accepts_connections(server))
            assert server.process.poll() is None
            upload.sendall(half)
            (answer,) = answers_in(received(upload))
        assert answer.status == 200
        assert server.process.wait(STOP_SECONDS) == 0
    assert (tmp_path / "artifacts" / "0" / "large.bin").read_bytes() == half + half


@BOTH
def test_a_request_whose_body_is_still_coming_is_answered(tmp_path: Path, sign: signal.Signals) -> None:
    body = b'{"name": "named at the last moment"}'
    with running_server(tmp_path) as server:
        with connected(server) as connection:
            whole = request("POST", f"{API}/experiments/create", body, connection="")
            connection.sendall(whole[:-5])
            until(lambda: in_flight(server))
            server.process.send_signal(sign)
            until(lambda: not accepts_connections(server))
            connection.sendall(whole[-5:])
            (answer,) = answers_in(received(connection))
        assert (answer.status, answer.body) == (200, b'{"experiment_id":"1"}')
        assert server.process.wait(STOP_SECONDS) == 0


@BOTH
def test_idle_connections_keep_no_server_from_ending(tmp_path: Path, sign: signal.Signals) -> None:
    with running_server(tmp_path) as server, client_of(server) as http, connected(server):
        assert http.get("/health").text == "OK"
        server.process.send_signal(sign)
        assert server.process.wait(STOP_SECONDS) == 0
    assert sorted(path.name for path in tmp_path.glob("trackline.db*")) == ["trackline.db"]


def test_a_server_that_was_told_twice_ends_just_as_well(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        for _ in range(3):
            server.process.send_signal(signal.SIGINT)
        assert server.process.wait(STOP_SECONDS) == 0


@pytest.mark.slow
def test_clients_that_never_end_what_they_do_cannot_hold_the_server(tmp_path: Path) -> None:
    """Takes the half minute that requests under way are given."""
    with running_server(tmp_path) as server, client_of(server) as http, ExitStack() as stack:
        http.put(f"{PROXY}/0/large.bin", content=bytes(50_000_000))
        asking, sending, fetching = (stack.enter_context(connected(server)) for _ in range(3))
        asking.sendall(request("POST", f"{API}/runs/search", b"{", content_length="1000"))
        sending.sendall(request("PUT", f"{PROXY}/0/new.bin", bytes(2_000_000), content_length="4000000"))
        fetching.sendall(request("GET", f"{PROXY}/0/large.bin"))
        until(lambda: in_flight(server))
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(60) == 0
        for connection in (asking, sending):
            (answer,) = answers_in(received(connection))
            assert (answer.status, error_of(answer.body)[0]) == (503, "TEMPORARILY_UNAVAILABLE")
        assert len(received(fetching)) < 50_000_000
    assert list((tmp_path / "artifacts" / STAGING).iterdir()) == []


def test_what_was_logged_is_there_after_a_restart(tmp_path: Path) -> None:
    with running_server(tmp_path) as server, client_of(server) as http:
        created = http.post(f"{API}/runs/create", json={"experiment_id": "0", "run_name": "kept"}).json()
        uuid = created["run"]["info"]["run_id"]
        http.post(f"{API}/runs/log-metric", json={"run_id": uuid, "key": "m", "value": 0.5, "timestamp": 1})
        before = http.get(f"{API}/runs/get", params={"run_id": uuid}).json()
    with running_server(tmp_path) as server, client_of(server) as http:
        assert http.get(f"{API}/runs/get", params={"run_id": uuid}).json() == before


def test_a_second_server_on_the_port_gives_up_and_harms_nobody(tmp_path: Path) -> None:
    with running_server(tmp_path) as first, client_of(first) as http:
        assert http.post(f"{API}/experiments/create", json={"name": "before"}).status_code == 200
        command = [sys.executable, "-m", "trackline", "server", "--port", first.url.rpartition(":")[2]]
        for folder in (tmp_path, tmp_path / "elsewhere"):
            folder.mkdir(exist_ok=True)
            second = subprocess.run(
                command,
                cwd=folder,
                env=clean_environment(PYTHONPATH=str(ROOT)),
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert (second.returncode, second.stdout) == (2, "")
            assert "Address already in use" in second.stderr
        assert list((tmp_path / "elsewhere").iterdir()) == []
        assert http.post(f"{API}/experiments/create", json={"name": "after"}).status_code == 200
        names = [one["name"] for one in http.get(f"{API}/experiments/search?max_results=9").json()["experiments"]]
        assert set(names) == {"Default", "before", "after"}


def test_two_servers_on_one_database_see_each_others_work(tmp_path: Path) -> None:
    """Not how it is meant to be used; but a restart that overlaps must lose nothing."""
    with ExitStack() as stack:
        servers = [stack.enter_context(running_server(tmp_path)) for _ in range(2)]
        clients = [stack.enter_context(client_of(server)) for server in servers]
        for number in range(20):
            answer = clients[number % 2].post(f"{API}/experiments/create", json={"name": f"{number}"})
            assert answer.status_code == 200
        for client in clients:
            found = client.get(f"{API}/experiments/search?max_results=99").json()["experiments"]
            assert len(found) == 21


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def accepts_connections(server: Server) -> bool:
    try:
        connected(server).close()
    except ConnectionError:
        return False
    return True


def in_flight(server: Server) -> bool:
    """Whether the server has read what was sent: a later connection has been answered."""
    return httpx.get(f"{server.url}/health", trust_env=False).text == "OK"
