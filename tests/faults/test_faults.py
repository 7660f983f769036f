"""What breaks around a server on PostgreSQL: no acknowledged write is lost or there twice, no server restarts.

In each, trainings log with the stock client, whose own retries must do; `make test-faults` prints a table of all.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.faults.conftest import Row
from tests.faults.load import Load, under_load
from tests.postgres import Cluster, cluster
from tests.server.talk import API
from tests.server.test_workers import workers
from tests.servers import Server, running_server, wait_for_output

pytestmark = pytest.mark.slow
DISK = 400_000_000  # bytes
ROOM = 100_000  # bytes left when the disk gets full
PAUSE_SECONDS = 0.3


@contextmanager
def breaking(fault: str, server: Server, folder: Path, table: list[Row]) -> Iterator[Load]:
    """The block is the fault: at its end what was broken is whole again. The server itself is never restarted."""
    with under_load(server, folder) as load:
        begun = time.monotonic()
        yield load
        ended = time.monotonic()
        back = load.first_after(ended)
    row = Row(fault, load.outcome(), ended - begun, back)
    table.append(row)
    assert (row.outcome.lost, row.outcome.duplicated) == (0, 0)


def test_the_database_crashes_and_starts_again(tmp_path: Path, table: list[Row]) -> None:
    with (
        cluster() as database,
        running_server(tmp_path, f"--backend-store-uri={database.uri(database.new())}") as server,
        breaking("database crashes and starts again, 5 times", server, tmp_path, table) as load,
    ):
        for _ in range(5):
            load.first_after(time.monotonic())
            time.sleep(PAUSE_SECONDS)
            database.stop("immediate")
            database.start()


def test_connections_end_in_mid_transaction(tmp_path: Path, table: list[Row]) -> None:
    with (
        cluster() as database,
        running_server(tmp_path, f"--backend-store-uri={database.uri(database.new())}") as server,
        breaking("all connections ended, 20 times", server, tmp_path, table),
    ):
        for _ in range(20):
            database.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'trackline'")
            time.sleep(PAUSE_SECONDS)


def test_statements_are_cancelled(tmp_path: Path, table: list[Row]) -> None:
    active = "application_name = 'trackline' AND state = 'active'"
    with (
        cluster() as database,
        running_server(tmp_path, f"--backend-store-uri={database.uri(database.new())}") as server,
        breaking("statements cancelled, 200 times", server, tmp_path, table),
    ):
        for _ in range(200):
            database.ask(f"SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE {active}")
            time.sleep(PAUSE_SECONDS / 10)


def test_all_connections_wait_for_a_lock(tmp_path: Path, table: list[Row]) -> None:
    """Whoever finds all of them taken is told so soon, with the time to come back."""
    with ExitStack() as stack:
        database = stack.enter_context(cluster())
        uri = database.uri(database.new())
        server = stack.enter_context(running_server(tmp_path, f"--backend-store-uri={uri}"))
        load = stack.enter_context(breaking("all connections taken", server, tmp_path, table))
        run = httpx.post(f"{server.url}{API}/runs/create", json={"experiment_id": "0"}).json()["run"]["info"]["run_id"]
        with psycopg.connect(uri) as other, ThreadPoolExecutor(40) as threads:
            other.execute("LOCK TABLE runs IN ACCESS EXCLUSIVE MODE")
            asked = [threads.submit(log, server, run, step) for step in range(40)]
            time.sleep(6)
            other.rollback()
        answers = [one.result() for one in asked]
        told = [answer for answer in answers if answer.status_code == 503]
        assert {answer.status_code for answer in answers} == {200, 503}
        assert all(int(answer.headers["retry-after"]) >= 1 for answer in told)
        assert max(answer.elapsed.total_seconds() for answer in told) < 6
        load.goes_on(1)


def log(server: Server, run: str, step: int) -> httpx.Response:
    body = {"run_id": run, "key": "m", "value": step, "timestamp": step, "step": step}
    return httpx.post(f"{server.url}{API}/runs/log-metric", json=body, timeout=60, trust_env=False)


@pytest.fixture
def disk() -> Iterator[Path]:
    """A folder with little room."""
    folder = Path(tempfile.mkdtemp(prefix="trackline-disk-"))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)]
    made = subprocess.run(mount, capture_output=True, text=True, check=False)
    if made.returncode:
        folder.rmdir()
        pytest.skip(f"a disk that is full needs root, to mount one that is small: {made.stderr}")
    try:
        folder.chmod(0o755)
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)
        folder.rmdir()


def test_the_disk_of_the_database_is_full(tmp_path: Path, disk: Path, table: list[Row]) -> None:
    small = ("-c", "min_wal_size=32MB", "-c", "max_wal_size=64MB")
    with ExitStack() as stack:
        database = stack.enter_context(cluster(*small, within=disk))
        flag = f"--backend-store-uri={database.uri(database.new())}"
        server = stack.enter_context(running_server(tmp_path, flag))
        stack.enter_context(breaking("disk full", server, tmp_path, table))
        ballast = disk / "ballast"
        with ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(disk).free - ROOM)
        wait_for_output(server, "No space left on device")
        time.sleep(10 * PAUSE_SECONDS)
        ballast.unlink()
        if not answers(database):  # where it was its log that had no room, it has ended
            database.start()


def answers(database: Cluster) -> bool:
    try:
        database.ask("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True


def test_workers_are_killed(tmp_path: Path, table: list[Row]) -> None:
    with ExitStack() as stack:
        database = stack.enter_context(cluster())
        flag = f"--backend-store-uri={database.uri(database.new())}"
        server = stack.enter_context(running_server(tmp_path, flag, "--workers=2"))
        load = stack.enter_context(breaking("one of two workers killed, 4 times", server, tmp_path, table))
        for number in range(4):
            dying = workers(server)[number % 2]
            dying.kill()
            dying.wait()
            load.goes_on(20)


def test_the_primary_is_lost_and_its_standby_promoted(tmp_path: Path, table: list[Row]) -> None:
    """Nothing is acknowledged before the standby has it."""
    with cluster() as primary:
        name = primary.new()
        with primary.standby() as standby:
            primary.ask("ALTER SYSTEM SET synchronous_standby_names = '*'")
            primary.ask("SELECT pg_reload_conf()")
            hosts = f"127.0.0.1:{primary.port},127.0.0.1:{standby.port}"
            with (
                running_server(tmp_path, f"--backend-store-uri=postgresql://postgres@{hosts}/{name}") as server,
                breaking("primary lost, standby promoted", server, tmp_path, table),
            ):
                primary.stop("immediate")
                standby.promote()
