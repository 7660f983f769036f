"""Trackers that a real MLflow has filled, for tests of what is imported from them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.servers import ROOT, clean_environment
from tools.client_environments import environment

GENERATIONS = ["3.17", pytest.param("2.22", marks=pytest.mark.slow), pytest.param("2.3", marks=pytest.mark.slow)]
PROGRAM = Path(__file__).with_name("history.py")


def mlflow(version: str, folder: Path, *arguments: str) -> str:
    """What the program of `history.py` prints, run by this MLflow; it may leave things in `folder`."""
    return program(_python(version), folder, *arguments)


def program(python: Path, folder: Path, *arguments: str) -> str:
    """The same, by the MLflow of any environment."""
    command: list[Path | str] = [python, PROGRAM, *arguments]
    done = subprocess.run(command, cwd=folder, env=_environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def reader(version: str, folder: Path) -> Iterator[Callable[[str], dict[str, Any]]]:
    """`seen` of one address after the other, by one process: MLflow takes seconds to start."""
    command: list[Path | str] = [_python(version), PROGRAM, "each"]
    with subprocess.Popen(
        command, cwd=folder, env=_environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin and process.stdout
        asked, answers = process.stdin, process.stdout

        def read(uri: str) -> dict[str, Any]:
            print(uri, file=asked, flush=True)
            found: dict[str, Any] = json.loads(answers.readline())
            return found

        yield read


def _python(version: str) -> Path:
    return environment("2.3-stores" if version == "2.3" else version)


def _environment() -> dict[str, str]:
    return clean_environment(MLFLOW_ALLOW_FILE_STORE="true")


def seen(version: str, folder: Path, uri: str) -> dict[str, Any]:
    """All that this MLflow's client sees at `uri`."""
    return seen_by(_python(version), folder, uri)


def seen_by(python: Path, folder: Path, uri: str) -> dict[str, Any]:
    """The same, by the MLflow of any environment."""
    found: dict[str, Any] = json.loads(program(python, folder, "read", uri).splitlines()[-1])
    return found


def trackline(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "trackline", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env=clean_environment(PYTHONPATH=str(ROOT))
    )


def brought(source: Path | str, into: str, *flags: str) -> str:
    """What a successful import prints."""
    done = trackline("import", source, "--backend-store-uri", into, *flags)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "MISSING" not in done.stdout
    return done.stdout
