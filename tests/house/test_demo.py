"""`make run`: a tracker with a real training in it, recorded by the stock client."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.servers import clean_environment, free_port

ROOT = Path(__file__).resolve().parents[2]
RUNS = ("plain", "shallow", "with model", "autolog", "forest sizes", "200 trees", "grid search", "long curve")
SECONDS = 180

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def demonstrate(tmp_path: Path) -> Iterator[Start]:
    """Start the demonstration on a port; whatever it leaves behind ends with the test."""
    started: list[subprocess.Popen[str]] = []

    def start(port: int) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tools.demo", "--port", str(port), "--data", str(tmp_path / "data")]
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=clean_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.terminate()
        process.communicate(timeout=SECONDS)


def test_it_records_every_kind_of_run_and_stays_up_until_ctrl_c(demonstrate: Start) -> None:
    port = free_port()
    process = demonstrate(port)

    said = read_until(process, "Ctrl-C ends it")

    assert [name for name in RUNS if name not in said] == []
    assert "predicts" in said
    assert f"http://127.0.0.1:{port}" in said
    assert httpx.get(f"http://127.0.0.1:{port}/health").status_code == 200

    process.send_signal(signal.SIGINT)

    assert process.wait(SECONDS) == 0
    assert not is_listening(port)


@pytest.mark.slow
def test_a_second_demonstration_adds_its_runs_to_the_first(demonstrate: Start) -> None:
    counts = []
    for port in (free_port(), free_port()):
        process = demonstrate(port)
        read_until(process, "Ctrl-C ends it")
        counts.append(count_of_runs(port))
        process.terminate()
        assert process.wait(SECONDS) == 0

    assert counts[1] == 2 * counts[0]


def test_sigterm_during_the_training_ends_training_and_server(demonstrate: Start) -> None:
    process = demonstrate(free_port())
    read_until(process, "Open")
    children: list[psutil.Process] = []
    while process.poll() is None and len(children) < 2:
        time.sleep(0.02)
        children = psutil.Process(process.pid).children()

    process.terminate()

    assert process.wait(SECONDS) == 0
    assert len(children) == 2
    assert not any(child.is_running() for child in children)


def test_a_taken_port_is_said_by_the_server_and_ends_with_its_exit_code(demonstrate: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        port = stranger.getsockname()[1]
        process = demonstrate(port)

        assert process.wait(SECONDS) == 2
        assert str(port) in (process.stdout.read() if process.stdout else "")


def test_a_place_that_cannot_be_one_is_said_by_the_server_too(demonstrate: Start, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    process = demonstrate(free_port())

    assert process.wait(SECONDS) == 2
    said = process.stdout.read() if process.stdout else ""
    assert "Cannot write to" in said and "Traceback" not in said


def read_until(process: subprocess.Popen[str], phrase: str) -> str:
    said = ""
    for line in process.stdout or ():
        said += line
        if phrase in line:
            return said
    raise AssertionError(f"it ended before it said {phrase!r}:\n{said}")


def count_of_runs(port: int) -> int:
    api = f"http://127.0.0.1:{port}/api/2.0/mlflow"
    found = httpx.get(f"{api}/experiments/get-by-name", params={"experiment_name": "Diabetes progression"}).json()
    search = {"experiment_ids": [found["experiment"]["experiment_id"]], "max_results": 1000}
    return len(httpx.post(f"{api}/runs/search", json=search).json()["runs"])


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
