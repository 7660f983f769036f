"""What can be measured in one run: which rows, of which peers, in which lab, and where the results go."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple, Protocol

from bench.artifact_lab import ArtifactLab, ways
from bench.artifact_rows import ROWS as ARTIFACT_ROWS
from bench.cost_rows import ROWS as COST_ROWS
from bench.lab import Lab, Scale
from bench.peers import Peer, peers, postgres_peers
from bench.postgres_lab import PostgresLab
from bench.postgres_rows import ROWS as POSTGRES_ROWS
from bench.registry_rows import ROWS as REGISTRY_ROWS
from bench.rows import ROWS, Row


class AnyLab(Protocol):
    scale: Scale

    def facts(self) -> dict[str, str]:
        """What is to be known of the run, once its rows are measured."""


class Suite(NamedTuple):
    command: str  # that runs all of it
    rows: tuple[Row, ...]
    peers: Callable[[], tuple[Peer, ...]]  # ours first
    lab: Callable[[Path, Scale], AbstractContextManager[AnyLab]]
    results: str  # the name of the files with the results, without their endings


TRACKING = Suite("python -m bench", ROWS + REGISTRY_ROWS, peers, Lab, "RESULTS")
ARTIFACTS = Suite("python -m bench --artifacts", ARTIFACT_ROWS, ways, ArtifactLab, "ARTIFACTS")
POSTGRES = Suite("python -m bench --postgres", POSTGRES_ROWS + COST_ROWS, postgres_peers, PostgresLab, "POSTGRES")
