"""What is compared: each peer is a program that serves the MLflow API, on SQLite unless it is told otherwise."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bench import environments
from bench.driver import HOST
from tools.client_environments import environment

CLIENT_VERSION = "3.17"  # of the MLflow server, and of the official client that drives both
# PYTHON: a developer's PYTHONDONTWRITEBYTECODE would have every start compile the program anew.
FOREIGN_SETTINGS = ("MLFLOW_", "TRACKLINE_", "AWS_", "PYTHON")


@dataclass(frozen=True)
class Peer:
    name: str
    program: Path
    options: tuple[str, ...] = ()  # beside what it must be told

    @cached_property
    def version(self) -> str:
        """Asked of the program, which also leaves the compiled form of what it imports behind."""
        command, variables = [str(self.program), "--version"], clean_environment()
        answer = subprocess.run(command, env=variables, capture_output=True, text=True, check=True)
        return answer.stdout.split()[-1]

    @property
    def title(self) -> str:
        return f"{self.name} {self.version}"

    def command(self, data: Path, port: int, destination: str = "", database: str = "") -> list[str]:
        """Nothing but what it must be told: the number of workers and all else is the peer's own default.

        Artifacts go to `destination`, "" is a folder below `data`; all else to the `database` with this URI, "" is a
        file of SQLite's in `data`.
        """
        return [
            *(str(self.program), "server", "--host", HOST, "--port", str(port)),
            *("--backend-store-uri", database or f"sqlite:///{data / 'tracking.db'}"),
            *("--artifacts-destination", destination or str(data / "artifacts")),
            *self.options,
        ]


class FastTrackML(Peer):
    """A server written in Go, with words of its own."""

    def command(self, data: Path, port: int, destination: str = "", database: str = "") -> list[str]:
        return [
            *(str(self.program), "server", "--listen-address", f"{HOST}:{port}"),
            *("--database-uri", database or f"sqlite://{data / 'tracking.db'}"),
            *("--default-artifact-root", destination or str(data / "artifacts")),
            *self.options,
        ]


def clean_environment() -> dict[str, str]:
    """Ours, without settings that would reach into what is measured; nothing leaves the machine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN_SETTINGS)}
    return kept | {"MLFLOW_DISABLE_TELEMETRY": "true", "NO_PROXY": HOST, "no_proxy": HOST, "PYTHONUTF8": "1"}


def peers() -> tuple[Peer, ...]:
    """Ours first: the others are what it is compared with."""
    return (*_ours_and(environment(CLIENT_VERSION)), fasttrackml())


def postgres_peers() -> tuple[Peer, ...]:
    return (*_ours_and(environments.environment("mlflow-postgresql")), fasttrackml())


def mlflow_peers() -> tuple[Peer, ...]:
    """Ours and MLflow: the other has no pages like these, and no artifacts pass through it."""
    return _ours_and(environment(CLIENT_VERSION))


def ours() -> Peer:
    return Peer("Trackline", Path(sys.executable).parent / "trackline")


def fasttrackml() -> Peer:
    return FastTrackML("FastTrackML", environments.environment("fasttrackml").parent / "fml")


def _ours_and(python: Path) -> tuple[Peer, Peer]:
    """Ours, and the MLflow of that Python."""
    return ours(), Peer("MLflow", python.parent / "mlflow")
