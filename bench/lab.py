"""Where the peers run: their folders, their servers and the official client, all ended when the lab is left."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cached_property
from itertools import count
from pathlib import Path
from statistics import median
from typing import NamedTuple, Self, TypeVar

from bench.driver import HOST, TookTooLong, drive, replay
from bench.payloads import log_metric
from bench.peers import CLIENT_VERSION, Peer
from bench.processes import (
    Died,
    Server,
    child,
    database_bytes,
    free_port,
    running,
    tail,
    wait_until_listening,
)
from bench.scale import Scale
from bench.stage import Stage
from tools.client_environments import environment

T = TypeVar("T")

FLOOR = Path(__file__).with_name("floor.py")
OFFICIAL_CLIENT = Path(__file__).with_name("official_client.py")


class Floor(NamedTuple):
    """What the driver reaches against a server that does nothing."""

    p50_ms: float  # one client
    requests_per_second: float  # eight clients


class Lab:
    def __init__(self, folder: Path, scale: Scale) -> None:
        self.scale = scale
        self._folder = folder
        self._numbers = count(1)
        self._open = ExitStack()
        self._stages: dict[Peer, Stage | Died] = {}
        self._empty_bytes: dict[Peer, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def opened(self, context: AbstractContextManager[T]) -> T:
        """What the lab needs until it is left."""
        return self._open.enter_context(context)

    def stage(self, peer: Peer) -> Stage:
        """The server that takes all requests, started and at rest. One that did not start is not tried again."""
        if peer not in self._stages:
            try:
                server = self.opened(self.fresh(peer))
            except Died as reason:
                self._stages[peer] = reason
            else:
                server.settle()
                self._stages[peer] = Stage(server, self.scale)
        found = self._stages[peer]
        if isinstance(found, Died):
            raise found
        return found

    @contextmanager
    def fresh(self, peer: Peer) -> Iterator[Server]:
        """A server of its own, in which nothing is yet, ended with the block."""
        with running(peer, self.new_folder(peer.name)) as server:
            yield server

    def seconds_to_ready(self, peer: Peer) -> float:
        with self.fresh(peer) as server:
            pass
        self._empty_bytes[peer] = database_bytes(server.data)
        return server.seconds_to_ready

    def empty_bytes(self, peer: Peer) -> int:
        """Of a database in which nothing has been logged."""
        if peer not in self._empty_bytes:
            self.seconds_to_ready(peer)
        return self._empty_bytes[peer]

    def official_client_ms(self, server: Server, job: str, calls: int) -> float:
        """The median time of a call."""
        return median(self.official_client_seconds(server, job, calls)) * 1000

    def official_client_seconds(self, server: Server, job: str, calls: int) -> list[float]:
        """Of each call; `job` is a function of bench/official_client.py. Raises TookTooLong."""
        question, answers = self._official_client.stdin, self._official_client.stdout
        assert question is not None
        assert answers is not None
        limit = self.scale.set_up_seconds
        question.write(json.dumps({"job": job, "url": server.url, "calls": calls, "limit": limit}).encode() + b"\n")
        question.flush()
        answer = answers.readline()
        if not answer:
            raise Died(f"the official client ended:\n{tail(self._client_log)}")
        seconds: list[float] = json.loads(answer)
        if len(seconds) < calls:
            raise TookTooLong(f"{len(seconds)} of {calls} calls in {limit:.0f} s")
        return seconds

    @cached_property
    def _official_client(self) -> subprocess.Popen[bytes]:
        """One process for all rounds: importing mlflow takes seconds."""
        command = [str(environment(CLIENT_VERSION)), str(OFFICIAL_CLIENT)]
        return self._open.enter_context(child(command, self._client_log, talk=True))

    @cached_property
    def _client_log(self) -> Path:
        return self.new_folder("client") / "log"

    def facts(self) -> dict[str, str]:
        scale, floor = self.scale, self._floor()
        return {
            "scale": f"{scale.name}: {scale.rounds} rounds of {scale.seconds:g} s, {scale.set_size:,} runs in the set",
            "the driver itself": (
                f"{floor.p50_ms:.3f} ms a request with one client, {floor.requests_per_second:,.0f} requests/s with "
                "eight, against a server that does nothing"
            ),
        }

    def _floor(self) -> Floor:
        port = free_port()
        command = [sys.executable, str(FLOOR), HOST, str(port)]
        with child(command, self.new_folder("floor") / "log"):
            wait_until_listening(port)
            requests = [log_metric("0" * 32, step) for step in range(5_000)]
            one = drive(port, [replay(requests)], self.scale.seconds)
            eight = drive(port, [replay(requests) for _ in range(8)], self.scale.seconds)
        return Floor(one.p50_ms, eight.requests_per_second)

    def new_folder(self, name: str) -> Path:
        folder = self._folder / f"{next(self._numbers):02}-{name}"
        folder.mkdir()
        return folder
