"""What can be measured in one run: which rows, of which peers, in which lab, and where the results go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple, Protocol

from bench import (
    artifact_rows,
    cost_rows,
    file_rows,
    history_rows,
    log_rows,
    moving_rows,
    postgres_rows,
    registry_rows,
    search_rows,
    server_rows,
)
from bench.artifact_lab import ArtifactLab, ways
from bench.lab import Lab
from bench.moving_lab import MovingLab
from bench.peers import Peer, ours, peers, postgres_peers
from bench.postgres_lab import PostgresLab
from bench.rows import Row
from bench.scale import Scale


class AnyLab(Protocol):
    scale: Scale

    def facts(self) -> dict[str, str]:
        """What is to be known of the run, once its rows are measured."""


class Suite(NamedTuple):
    command: str  # that runs all of it
    groups: Mapping[str, tuple[Row, ...]]  # in the order in which they are measured
    peers: Callable[[], tuple[Peer, ...]]  # ours first
    lab: Callable[[Path, Scale], AbstractContextManager[AnyLab]]
    results: str  # the name of the files with the results, without their endings

    @property
    def rows(self) -> list[Row]:
        return [row for rows in self.groups.values() for row in rows]

    def named(self, name: str) -> list[Row]:
        """The rows of the group, or the row, of that name."""
        return list(self.groups.get(name, ())) or [row for row in self.rows if row.name == name]


TRACKING = Suite(
    "python -m bench",
    {
        "server": server_rows.ROWS,
        "log": log_rows.ROWS,
        "search": search_rows.ROWS,
        "history": history_rows.ROWS,
        "files": file_rows.ROWS,
        "registry": registry_rows.ROWS,
        "last": server_rows.LAST_ROWS,
    },
    peers,
    Lab,
    "RESULTS",
)
ARTIFACTS = Suite("python -m bench --artifacts", {"s3": artifact_rows.ROWS}, ways, ArtifactLab, "ARTIFACTS")
MOVING = Suite("python -m bench --moving", {"moving": moving_rows.ROWS}, lambda: (ours(),), MovingLab, "MOVING")
POSTGRES = Suite(
    "python -m bench --postgres",
    {
        "size": postgres_rows.DISK_ROWS,
        "shared": postgres_rows.SHARED_ROWS,
        "workers": postgres_rows.WORKER_ROWS,
        "costs": cost_rows.ROWS,
    },
    postgres_peers,
    PostgresLab,
    "POSTGRES",
)
