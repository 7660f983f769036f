"""Stock MLflow clients of three generations work with the server as with MLflow's own.

The scenarios are in clients/. Those selected run in one process per generation, and each test reads its
own outcome from there.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.contract.clients.catalogue import catalogue, version
from tests.servers import ROOT, Server, clean_environment
from tools.client_environments import VERSIONS

LIMIT_SECONDS = 540
CASES = [
    pytest.param(kind, generation, scenario, id=f"{kind}-{generation}-{scenario}", marks=[pytest.mark.slow] * mark.slow)
    for kind, generations in (("sqlite", VERSIONS), ("postgres", VERSIONS[:1]))
    for generation in generations
    for scenario, mark in catalogue().items()
    if mark.since <= version(generation)
]
Outcomes = dict[str, str | None]  # by scenario: the failure, or None where it held


@pytest.fixture(scope="session")
def outcomes(
    request: pytest.FixtureRequest,
    mlflow_python: Callable[[str], Path],
    server_on: Callable[[str], Server],
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[str, str], Outcomes]:
    """Runs the selected scenarios of a generation on one database when it is first asked for them."""

    @cache
    def of(kind: str, generation: str) -> Outcomes:
        ours = test_a_stock_client_finds_what_it_expects.__name__
        items = [item for item in request.session.items if item.name.startswith(f"{ours}[")]
        calls = [item.callspec.params for item in items if hasattr(item, "callspec")]
        selected = [str(call["scenario"]) for call in calls if (call["kind"], call["generation"]) == (kind, generation)]
        try:
            python = mlflow_python(generation)
        except subprocess.CalledProcessError as error:
            return dict.fromkeys(selected, f"there is no MLflow {generation} to test with: {error}")
        return _run(python, server_on(kind).url, selected, tmp_path_factory.mktemp(f"mlflow-{generation}"))

    return of


@pytest.mark.parametrize(("kind", "generation", "scenario"), CASES)
def test_a_stock_client_finds_what_it_expects(
    kind: str, generation: str, scenario: str, outcomes: Callable[[str, str], Outcomes]
) -> None:
    if failure := outcomes(kind, generation)[scenario]:
        pytest.fail(failure, pytrace=False)


def _run(python: Path, url: str, scenarios: list[str], folder: Path) -> Outcomes:
    results = folder / "results.jsonl"
    results.touch()
    log = folder / "client.log"
    command = [str(python), "-m", "tests.contract.clients.run", url, *scenarios, "--results", str(results)]
    with log.open("wb") as sink:
        process = subprocess.Popen(command, cwd=folder, env=_environment(folder), stdout=sink, stderr=sink)
        try:
            end = f"ended with exit code {process.wait(LIMIT_SECONDS)}"
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            end = f"was stopped after {LIMIT_SECONDS} s"
    said = log.read_text(encoding="utf-8", errors="replace")[-4_000:]
    lines = [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
    unfinished: Outcomes = dict.fromkeys(scenarios, f"the client {end} before this scenario did; it said\n{said}")
    return unfinished | {line["scenario"]: line["failure"] for line in lines}


def _environment(home: Path) -> dict[str, str]:
    return clean_environment(
        HOME=str(home),
        PYTHONPATH=str(ROOT),
        PYTHONWARNINGS="ignore",
        MPLBACKEND="Agg",
        MLFLOW_HTTP_REQUEST_MAX_RETRIES="1",
        MLFLOW_DISABLE_TELEMETRY="true",
        DO_NOT_TRACK="true",
        GIT_PYTHON_REFRESH="quiet",
    )
