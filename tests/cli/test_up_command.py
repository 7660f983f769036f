"""`trackline up`: the parts run until Ctrl-C, and one that ends is started again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser

from tests.e2e.conftest import PATIENCE_MS, browser
from tests.server.talk import API
from tests.server.test_lifecycle import until
from tests.servers import ROOT, STOP_SECONDS, Server, clean_environment, free_port, wait_until_healthy
from tools.tool_environments import environment
from trackline.cli.main import main

__all__ = ["browser"]

CELL = """import mlflow
with mlflow.start_run(run_name="from a notebook"):
    mlflow.log_metric("accuracy", 0.9)"""
NOTEBOOK = {
    "cells": [{"cell_type": "code", "id": "a", "execution_count": None, "metadata": {}, "outputs": [], "source": CELL}],
    "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}

Up = Callable[..., Server]


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    """Starts it; whatever it leaves behind ends with the test."""
    started: list[Server] = []

    def start(*flags: str, path: str = "") -> Server:
        port = free_port()
        log = tmp_path / "up.log"
        with log.open("wb") as sink:
            process = subprocess.Popen(
                [sys.executable, "-m", "trackline", "up", f"--port={port}", *flags],
                cwd=tmp_path,
                env=clean_environment(PYTHONPATH=str(ROOT), HOME=str(tmp_path), PATH=path + os.environ["PATH"]),
                stdout=sink,
                stderr=sink,
            )
        started.append(Server(f"http://127.0.0.1:{port}", process, log))
        return started[-1]

    yield start
    for server in started:
        if server.process.poll() is None:
            server.process.terminate()
            server.process.wait(2 * STOP_SECONDS)


def status(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "trackline", "up", "--status"]
    return subprocess.run(
        command, cwd=folder, env=clean_environment(PYTHONPATH=str(ROOT)), capture_output=True, text=True, check=False
    )


def works(process: psutil.Process) -> bool:
    """False as well for one that nobody has waited for, since its parent was killed."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_ctrl_c_ends_all_and_until_then_the_status_says_how_they_are(up: Up, tmp_path: Path) -> None:
    running = up("--artifacts-destination", "elsewhere")
    wait_until_healthy(running)
    until(lambda: status(tmp_path).returncode == 0)
    assert "answers" in status(tmp_path).stdout
    (server,) = psutil.Process(running.pid).children()
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(2 * STOP_SECONDS) == 0
    assert not server.is_running()
    assert (tmp_path / "elsewhere").is_dir()
    assert (status(tmp_path).returncode, status(tmp_path).stderr) == (
        2,
        "trackline up: Nothing runs in this folder. Start it here: trackline up\n",
    )


def test_a_part_that_is_killed_is_started_again_and_that_is_said(up: Up, tmp_path: Path) -> None:
    running = up()
    wait_until_healthy(running)
    until(lambda: status(tmp_path).returncode == 0)
    psutil.Process(running.pid).children()[0].kill()
    until(lambda: "server ended, and is started again." in running.output)
    wait_until_healthy(running)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent has ended")
def test_killed_it_leaves_nothing_running(up: Up) -> None:
    running = up()
    wait_until_healthy(running)
    (server,) = psutil.Process(running.pid).children()
    running.process.kill()
    running.process.wait(STOP_SECONDS)
    until(lambda: not works(server))
    assert "Traceback (most recent call last)" not in running.output


def test_a_server_that_cannot_start_ends_all_and_says_why(up: Up) -> None:
    running = up("--host=0.0.0.0")
    assert running.process.wait(STOP_SECONDS) == 2
    assert "would let everybody who reaches this machine change and delete everything" in running.output
    assert "trackline up: server ended with exit code 2 before it answered." in running.output


def test_it_runs_once_in_a_folder(up: Up) -> None:
    wait_until_healthy(up())
    second = up()
    assert second.process.wait(STOP_SECONDS) == 2
    assert "It runs in this folder already." in second.output


def test_without_jupyterlab_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "")
    refused = CliRunner().invoke(main, ["up", "--notebooks"])
    assert refused.exit_code == 2
    assert "JupyterLab is not installed. Install it: pip install 'trackline[notebooks]'" in refused.output


@pytest.mark.slow
def test_a_notebook_opened_from_the_server_logs_to_it_and_ends_too(up: Up, tmp_path: Path, browser: Browser) -> None:
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "first.ipynb").write_text(json.dumps(NOTEBOOK))
    programs = environment("notebooks").parent
    running = up("--notebooks", f"--notebooks-port={free_port()}", "--static-prefix=/tracks", path=f"{programs}:")
    server = Server(f"{running.url}/tracks", running.process, running.log)
    wait_until_healthy(server)
    until(lambda: status(tmp_path).stdout.count("answers") == 2)

    page = browser.new_page()
    page.set_default_timeout(2 * PATIENCE_MS)
    page.goto(f"{server.url}/notebooks")
    page.goto(page.url.partition("?")[0].removesuffix("/lab") + "/lab/tree/first.ipynb?reset")
    page.click(".jp-NotebookPanel .jp-CodeCell >> nth=0")
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status='idle']", state="attached")
    page.keyboard.press("Shift+Enter")
    until(lambda: runs(server) == ["from a notebook"])
    page.close()

    left = psutil.Process(running.pid).children(recursive=True)
    assert len(left) > 2, "the server, JupyterLab and its kernel"
    running.process.kill()
    running.process.wait(STOP_SECONDS)
    until(lambda: not any(works(one) for one in left))


def runs(server: Server) -> list[str]:
    found = httpx.post(f"{server.url}{API}/runs/search", json={"experiment_ids": ["0"]}, trust_env=False).json()
    return [run["info"]["run_name"] for run in found.get("runs", []) if run["info"]["status"] == "FINISHED"]
