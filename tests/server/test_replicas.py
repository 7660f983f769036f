"""Several servers on one PostgreSQL are one tracker: whichever is asked knows what the others were told."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.databases import Postgres
from tests.postgres import UNSYNCED, Cluster, cluster, migrations
from tests.server.talk import API, PATIENCE, client_of
from tests.server.test_lifecycle import until
from tests.servers import running_server
from trackline.db.postgres.connect import server_of
from trackline.db.postgres.migrate import migrate_postgres
from trackline.db.uri import PostgresAddress

TRACKLINE = "/api/trackline"


@pytest.fixture
def uri(postgres_engine: Postgres) -> Iterator[str]:
    with postgres_engine.uri() as uri:
        yield uri


@pytest.fixture(scope="module")
def replicas(
    postgres_engine: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[httpx.Client, httpx.Client]]:
    with ExitStack() as stack:
        flag = f"--backend-store-uri={stack.enter_context(postgres_engine.uri())}"
        servers = [stack.enter_context(running_server(tmp_path_factory.mktemp("replica"), flag)) for _ in range(2)]
        one, other = (stack.enter_context(client_of(server)) for server in servers)
        yield one, other


def new_run(http: httpx.Client, experiment: str = "0") -> str:
    answer = http.post(f"{API}/runs/create", json={"experiment_id": experiment})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["run"]["info"]["run_id"])


def log(http: httpx.Client, run: str, step: int) -> None:
    body = {"run_id": run, "key": "loss", "value": step, "timestamp": step, "step": step}
    answer = http.post(f"{API}/runs/log-metric", json=body)
    assert answer.status_code == 200, answer.text


def steps(http: httpx.Client, run: str) -> list[int]:
    found = http.get(f"{API}/metrics/get-history", params={"run_id": run, "metric_key": "loss"}).json()
    return [int(point.get("step", 0)) for point in found.get("metrics", [])]


def test_a_page_of_one_server_hears_of_what_is_logged_at_another(replicas: tuple[httpx.Client, httpx.Client]) -> None:
    one, other = replicas
    run = new_run(one)
    with one.stream("GET", f"{TRACKLINE}/live", params={"topics": f"run:{run}"}) as stream:
        lines = stream.iter_lines()
        while "alive" not in next(lines):
            pass
        log(other, run, 1)
        while run not in next(lines):  # the hint; a stream that is silent ends the test by its timeout
            pass
    assert steps(one, run) == [1]


def test_the_pages_of_a_search_may_come_from_different_servers(replicas: tuple[httpx.Client, httpx.Client]) -> None:
    experiment = replicas[0].post(f"{API}/experiments/create", json={"name": "paged"}).json()["experiment_id"]
    made = [new_run(replicas[number % 2], experiment) for number in range(10)]
    found: list[str] = []
    query: dict[str, object] = {"experiment_ids": [experiment], "max_results": 3}
    for number in range(4):
        page = replicas[number % 2].post(f"{API}/runs/search", json=query).json()
        found += [run["info"]["run_id"] for run in page["runs"]]
        query["page_token"] = page.get("next_page_token")
    assert sorted(found) == sorted(made)
    assert query["page_token"] is None


def test_an_older_server_goes_on_while_a_newer_one_has_added_to_the_schema(uri: str, tmp_path: Path) -> None:
    newer = tmp_path / "migrations"
    shutil.copytree(str(migrations()), newer)
    (newer / "9000_more.sql").write_text(
        "ALTER TABLE runs ADD colour TEXT DEFAULT 'blue'; ALTER TABLE metric_summaries ADD colour TEXT;"
        "CREATE TABLE colours (name TEXT); CREATE INDEX runs_by_colour ON runs (colour);"
    )
    place = server_of(PostgresAddress(uri, prepares=True))
    flag = f"--backend-store-uri={uri}"
    with running_server(tmp_path / "old", flag) as server, client_of(server) as http:
        logged: list[int] = []
        run, ended = new_run(http), threading.Event()

        def train() -> None:
            with client_of(server) as client:
                while not ended.is_set():
                    log(client, run, len(logged))
                    logged.append(len(logged))

        training = threading.Thread(target=train)
        training.start()
        until(lambda: len(logged) >= 20)
        migrate_postgres(place, newer, {})
        before = len(logged)
        until(lambda: len(logged) >= before + 20)
        ended.set()
        training.join(PATIENCE)
        assert steps(http, run) == logged
    with running_server(tmp_path / "old again", flag) as server, client_of(server) as http:
        assert steps(http, run) == logged


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[Cluster, Cluster]]:
    """A primary and its standby."""
    with cluster(*UNSYNCED) as primary, primary.standby() as standby:
        yield primary, standby


def test_with_a_read_replica_who_wrote_sees_it_and_when_it_goes_nobody_notices(
    pair: tuple[Cluster, Cluster], tmp_path: Path
) -> None:
    primary, standby = pair
    name = primary.new()
    flags = f"--backend-store-uri={primary.uri(name)}", f"--read-replica-backend-store-uri={standby.uri(name)}"
    with running_server(tmp_path, *flags) as server, client_of(server) as http:
        run = new_run(http)
        for step in range(30):
            log(http, run, step)
            assert steps(http, run) == list(range(step + 1))
        until(lambda: steps(http, run) == list(range(30)) and is_used(standby))
        standby.stop()
        for step in range(30, 60):
            log(http, run, step)
            assert steps(http, run) == list(range(step + 1))


def is_used(standby: Cluster) -> bool:
    try:
        standby.ask("SELECT 1 / count(*) FROM pg_stat_activity WHERE application_name = 'trackline'")
    except psycopg.errors.DivisionByZero:
        return False
    return True
