"""MLflow in PostgreSQL is a source like MLflow in SQLite, read as it is at one moment by somebody who may only read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.environments import environment as bench_environment
from tests.jobs.importers.made import brought, program, seen_by
from tests.postgres import Cluster
from tests.servers import running_server
from tools.client_environments import environment
from trackline.cli.sources import opened_source
from trackline.db.errors import Unavailable
from trackline.server.metadata import metadata_at

# With the driver that each has.
PYTHONS: dict[str, tuple[str, Callable[[], Path]]] = {
    "3.17": ("psycopg", lambda: bench_environment("mlflow-postgresql")),
    "2.22": ("psycopg2", lambda: environment("2.22-stores")),
}
READER = """
CREATE ROLE reader LOGIN; GRANT USAGE ON SCHEMA public TO reader; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader
"""


class Theirs:
    """A database that an MLflow has filled, and that MLflow. `uri` is of somebody who may read it, and no more."""

    def __init__(self, version: str, cluster: Cluster, folder: Path) -> None:
        driver, python = PYTHONS[version]
        self._python = python()
        self._folder = folder
        self._owners = cluster.uri(cluster.new()).replace("postgresql:", f"postgresql+{driver}:")
        self.mlflow("make", str(folder / "files"))
        name = self._owners.rpartition("/")[2]
        cluster.ask(READER.replace("reader", name), name)
        self.uri = cluster.uri(name).replace("postgres@", f"{name}@")

    def mlflow(self, command: str, *arguments: str) -> str:
        return program(self._python, self._folder, command, self._owners, *arguments)

    def seen(self, uri: str = "") -> dict[str, Any]:
        return seen_by(self._python, self._folder, uri or self._owners)


@pytest.fixture(params=PYTHONS)
def theirs(request: pytest.FixtureRequest, postgres_cluster: Cluster, tmp_path: Path) -> Theirs:
    return Theirs(request.param, postgres_cluster, tmp_path)


def test_a_connection_that_breaks_off_is_told_of(postgres_cluster: Cluster) -> None:
    name = postgres_cluster.new()
    for stream in (True, False):
        reading = metadata_at(postgres_cluster.uri(name)).reading()
        ((number,),) = reading.rows("SELECT pg_backend_pid()")
        rows = reading.stream("SELECT * FROM generate_series(1, 100000)", {}, 10)
        if stream:
            next(rows)
        postgres_cluster.ask(f"SELECT pg_terminate_backend({number})", name)
        with pytest.raises(Unavailable, match=r"could not be read: .+\.$"):
            list(rows) if stream else reading.rows("SELECT 1")
        reading.close()


@pytest.mark.slow
def test_a_client_sees_the_same_history_in_postgresql_and_after_the_import(theirs: Theirs, tmp_path: Path) -> None:
    into = f"sqlite:///{tmp_path / 'trackline.db'}"
    before = theirs.seen()
    assert "New: 8 runs, 3,1" in brought(theirs.uri, into)
    assert theirs.seen() == before
    assert "New: 0 runs, 0 points. Here before: 8 runs." in brought(theirs.uri, into)
    with opened_source(theirs.uri) as source:
        experiments = [one.experiment_id for one in source.experiments()]
        theirs.mlflow("grow")
        found = {one.run.info.run_id: one.run for runs in source.runs(experiments) for one in runs}
        assert found.keys() == before["runs"].keys()
        for run_id, run in found.items():
            assert run.info.status == before["runs"][run_id]["info"][3]
            points = sum(len(part.points.keys) for part in source.points(run_id))
            assert points == sum(map(len, before["runs"][run_id]["points"].values()))
    assert "New: 1 runs, 14 points. Here before: 8 runs." in brought(theirs.uri, into)
    with running_server(tmp_path) as server:
        assert theirs.seen(server.url) == theirs.seen()
