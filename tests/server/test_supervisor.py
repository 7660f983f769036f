"""What a service manager such as systemd hands to the server, and hears from it; spoken here as systemd speaks it."""

from __future__ import annotations

import select
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.databases import Postgres
from tests.server.talk import API, answers_in, client_of, connected, connecting, received, request
from tests.server.test_lifecycle import until
from tests.server.test_workers import workers
from tests.servers import ROOT, STOP_SECONDS, clean_environment, running_server, started

PATIENCE = 1.5  # seconds that the manager waits for a sign of life
# Takes its standard input for the third descriptor, and then becomes the server: the number of the process stays.
HANDED_OVER = 'export LISTEN_PID=$$ LISTEN_FDS=1; exec "$0" "$@" 3<&0 </dev/null'


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """Where the server says how it is."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(tmp_path / "notify"))
        line.settimeout(STOP_SECONDS)
        yield line


def of(manager: socket.socket) -> dict[str, str]:
    """What the manager gives to the environment."""
    return {"NOTIFY_SOCKET": manager.getsockname(), "WATCHDOG_USEC": f"{PATIENCE * 1e6:.0f}"}


def hear(manager: socket.socket, wanted: str) -> None:
    """Return when it is said."""
    while manager.recv(100).decode() != wanted:
        pass


def hear_nothing(manager: socket.socket) -> None:
    """For as long as the manager would wait."""
    while select.select([manager], [], [], 0)[0]:
        manager.recv(100)
    assert select.select([manager], [], [], PATIENCE)[0] == []


def test_the_manager_hears_that_the_server_answers_that_it_lives_and_that_it_ends(
    tmp_path: Path, manager: socket.socket
) -> None:
    with running_server(tmp_path, env=of(manager)) as server:
        assert manager.recv(100) == b"READY=1"
        assert httpx.get(f"{server.url}/ready", trust_env=False).status_code == 200
        for _ in range(3):
            assert manager.recv(100) == b"WATCHDOG=1"
        server.process.terminate()
        hear(manager, "STOPPING=1")


def test_there_is_no_sign_of_life_while_the_databases_writer_hangs(tmp_path: Path, manager: socket.socket) -> None:
    """And all else answers: a thread with a timer would go on telling that all is well."""
    with running_server(tmp_path, env=of(manager)) as server:
        hear(manager, "WATCHDOG=1")
        with sqlite3.connect(tmp_path / "trackline.db") as other:
            other.execute("BEGIN IMMEDIATE")
            hear_nothing(manager)
            assert httpx.get(f"{server.url}/ready", trust_env=False).status_code == 200
        other.close()
        hear(manager, "WATCHDOG=1")


def test_there_is_no_sign_of_life_while_the_event_loop_hangs(tmp_path: Path, manager: socket.socket) -> None:
    with running_server(tmp_path, env=of(manager)) as server:
        hear(manager, "WATCHDOG=1")
        server.process.send_signal(signal.SIGSTOP)
        hear_nothing(manager)
        server.process.send_signal(signal.SIGCONT)
        hear(manager, "WATCHDOG=1")


def test_a_worker_that_hangs_is_replaced_while_the_others_live(
    postgres_engine: Postgres, tmp_path: Path, manager: socket.socket
) -> None:
    with (
        postgres_engine.uri() as uri,
        running_server(tmp_path, f"--backend-store-uri={uri}", "--workers=2", env=of(manager)) as server,
    ):
        hear(manager, "READY=1")
        hanging, living = workers(server)
        hanging.suspend()
        hear(manager, "WATCHDOG=1")
        hanging.wait(STOP_SECONDS)
        until(lambda: len(workers(server)) == 2)
        assert living.is_running()
        assert f"Worker {hanging.pid} has given no sign of life" in server.output
        hear(manager, "WATCHDOG=1")
        server.process.terminate()
        hear(manager, "STOPPING=1")


@pytest.mark.parametrize("workers_asked", [1, 2])
def test_a_socket_that_was_handed_over_outlives_the_server_and_refuses_nobody(
    tmp_path: Path, postgres_engine: Postgres, workers_asked: int
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, postgres_engine.uri() as uri:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        command = served(f"--backend-store-uri={uri}", f"--workers={workers_asked}", "--port=1")
        with started(command, url, tmp_path, {}, stdin=listener.fileno()) as first:
            with client_of(first) as http:
                http.post(f"{API}/experiments/create", json={"name": "before"})
            first.process.terminate()
            assert first.process.wait(STOP_SECONDS) == 0
        with connected(first) as waiting:  # nobody is there, and it is not refused
            waiting.sendall(request("GET", f"{API}/experiments/get-by-name?experiment_name=before", connection="close"))
            with started(command, url, tmp_path, {}, stdin=listener.fileno()):
                (answer,) = answers_in(received(waiting))
    assert answer.status == 200


def test_whoever_connects_while_one_server_follows_another_is_answered(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener, ExitStack() as clients:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        command = served("--port=1")
        with started(command, url, tmp_path, {}, stdin=listener.fileno()) as first:
            clients.enter_context(connecting(first))
        for _ in range(2):
            with started(command, url, tmp_path, {}, stdin=listener.fileno()):
                pass
        with started(command, url, tmp_path, {}, stdin=listener.fileno()):
            clients.close()


def test_a_socket_for_all_networks_is_for_none_while_nobody_has_to_sign_in(tmp_path: Path) -> None:
    """Though --host says something else: what counts is where the socket listens."""
    with socket.create_server(("0.0.0.0", 0)) as listener:
        refused = run_with(listener, tmp_path)
    assert refused.returncode == 2
    assert "--host 0.0.0.0 would let everybody who reaches this machine change and delete everything" in refused.stderr


def test_a_socket_that_is_not_of_tcp_is_refused_with_what_to_write(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        refused = run_with(listener, tmp_path)
    assert refused.returncode == 2
    assert "Let the .socket unit have one line ListenStream=ADDRESS:PORT" in refused.stderr


def run_with(listener: socket.socket, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = clean_environment(PYTHONPATH=str(ROOT))
    command = served("--host=127.0.0.1")
    return subprocess.run(
        command,
        stdin=listener.fileno(),
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def served(*flags: str) -> list[str]:
    """The command of a server that finds the socket to listen on at its standard input."""
    return ["sh", "-c", HANDED_OVER, sys.executable, "-m", "trackline", "server", *flags]
