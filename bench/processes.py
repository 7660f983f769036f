"""Server processes on loopback: started, weighed, and ended with all their children."""

from __future__ import annotations

import http.client
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg

from bench.driver import HOST
from bench.peers import Peer, clean_environment
from bench.signals import unbroken

START_SECONDS = 400.0  # on a busy machine MLflow takes minutes
STOP_SECONDS = 45.0
SETTLE_SECONDS = 60.0
REST_SECONDS = 3.0
IDLE_CPU = 0.3  # of one core: MLflow's job consumers never rest altogether
# PSS counts a page that processes share once in all, RSS once for each of them; only Linux tells PSS.
MEMORY_MEASURE = "pss" if psutil.LINUX else "rss"


class Died(Exception):
    """A process that is needed has ended; the message ends with what it said last."""


@dataclass(frozen=True)
class Server:
    port: int
    process: psutil.Process
    data: Path
    seconds_to_ready: float  # from the start of the process to the first 200 of /health
    database: str = ""  # its URI, where it is no file in `data`

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def gather_statistics(self) -> None:
        """Of PostgreSQL's tables, as autovacuum does within a minute of what fills them."""
        if self.database:
            with psycopg.connect(self.database, autocommit=True) as connection:
                connection.execute("ANALYZE")

    def memory_mb(self) -> float:
        """Of the whole process tree, as MEMORY_MEASURE says."""
        return memory_mb(self.process)

    def settle(self) -> None:
        """Wait until the tree has done starting: workers and helpers come up after the first one answers."""
        deadline = time.monotonic() + SETTLE_SECONDS
        used = cpu_seconds(self.process)
        while time.monotonic() < deadline:
            time.sleep(REST_SECONDS)
            before, used = used, cpu_seconds(self.process)
            if used - before < IDLE_CPU * REST_SECONDS:
                return


@contextmanager
def running(
    peer: Peer, folder: Path, destination: str = "", database: str = "", env: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """A ready server with its data in `folder`/data, unless told otherwise. It ends with the block."""
    data = folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    port, log = free_port(), folder / "log"
    began = time.perf_counter()
    with child(peer.command(data, port, destination, database), log, env=env) as process:
        while not _is_healthy(port):
            if process.poll() is not None or time.perf_counter() - began > START_SECONDS:
                raise Died(f"{peer.name} did not start:\n{tail(log)}")
            time.sleep(0.005)
        yield Server(port, psutil.Process(process.pid), data, time.perf_counter() - began, database)


@contextmanager
def child(
    command: Sequence[str], log: Path, talk: bool = False, env: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that ends with the block. `talk` makes pipes of its standard input and output; `env` is added."""
    with ExitStack() as at_the_end:
        with log.open("ab") as sink, unbroken():
            process = subprocess.Popen(
                command,
                cwd=log.parent,
                env=clean_environment() | dict(env or {}),
                stdin=subprocess.PIPE if talk else subprocess.DEVNULL,
                stdout=subprocess.PIPE if talk else sink,
                stderr=sink,
                # A group of its own: Ctrl-C reaches the benchmark alone, which ends its children in order.
                process_group=0,
            )
            at_the_end.enter_context(process)
            at_the_end.callback(_end, process)
        yield process


def tail(log: Path) -> str:
    return log.read_text(errors="replace")[-2000:]


def wait_until_listening(port: int) -> None:
    for _ in range(500):
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.01)
    raise Died(f"nothing listens on port {port}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def database_bytes(data: Path) -> int:
    """What a stopped server keeps besides artifacts, its write-ahead log folded in."""
    for database in data.glob("*.db"):
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    files = (path for path in data.rglob("*") if path.is_file())
    return sum(path.stat().st_size for path in files if data / "artifacts" not in path.parents)


def _is_healthy(port: int) -> bool:
    with closing(http.client.HTTPConnection(HOST, port, timeout=5)) as connection:
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False


def _of_each(root: psutil.Process, read: Callable[[psutil.Process], Any]) -> list[Any]:
    """What `read` finds for each process of the tree that has not ended meanwhile."""
    found = []
    for process in (root, *root.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            found.append(read(process))
    return found


def memory_mb(root: psutil.Process) -> float:
    """Of the whole tree, as MEMORY_MEASURE says."""
    details = _of_each(root, psutil.Process.memory_full_info)
    return float(sum(getattr(detail, MEMORY_MEASURE) for detail in details)) / 1e6


def cpu_seconds(root: psutil.Process) -> float:
    """Of the whole tree since it began, with those that have ended and were waited for."""
    return float(sum(map(sum, _of_each(root, lambda one: one.cpu_times()[:4]))))  # ours, and our ended children's


@unbroken()
def _end(process: subprocess.Popen[bytes]) -> None:
    children: list[psutil.Process] = []
    with suppress(psutil.NoSuchProcess):
        children = psutil.Process(process.pid).children(recursive=True)
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    # MLflow's job consumers outlive it by some seconds, which would disturb what is measured next.
    for ask in (psutil.Process.terminate, psutil.Process.kill):
        for left in children:
            with suppress(psutil.NoSuchProcess):
                ask(left)
        children = psutil.wait_procs(children, timeout=5)[1]
