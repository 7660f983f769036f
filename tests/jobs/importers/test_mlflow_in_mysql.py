"""MLflow in MariaDB is a source like MLflow in SQLite, read as it is at one moment by somebody who may only read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pymysql
import pytest

from bench.environments import environment
from tests.jobs.importers.made import brought, program, seen_by, trackline
from tests.mariadb import ABSENT, mariadb
from tests.mariadb import program as mariadbd
from trackline.cli.sources import opened_source
from trackline.db.errors import DatabaseRefused, Unavailable
from trackline.db.mysql import MysqlReading
from trackline.jobs.importers.source import UnusableSource

# With what an address must not hold as it is.
PASSWORD, ESCAPED = "p@ss/w%rd", "p%40ss%2Fw%25rd"
ROLES = f"""
CREATE DATABASE mlflow CHARACTER SET utf8mb4;
CREATE DATABASE empty;
CREATE USER owner@'127.0.0.1' IDENTIFIED BY 'x';
GRANT ALL ON mlflow.* TO owner@'127.0.0.1';
GRANT ALL ON empty.* TO owner@'127.0.0.1';
CREATE USER reader@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';
GRANT SELECT ON mlflow.* TO reader@'127.0.0.1';
GRANT SELECT ON empty.* TO reader@'127.0.0.1'
"""


@pytest.fixture(scope="module")
def server() -> Iterator[pymysql.Connection]:
    if mariadbd() is None:
        pytest.skip(ABSENT)
    with mariadb() as connection:
        for statement in ROLES.split(";"):
            connection.cursor().execute(statement)
        yield connection


def place(server: pymysql.Connection, database: str = "mlflow") -> str:
    return f"mysql+pymysql://reader:{ESCAPED}@127.0.0.1:{server.port}/{database}"


@pytest.mark.slow
def test_a_client_sees_the_same_history_in_mariadb_and_after_the_import(
    server: pymysql.Connection, tmp_path: Path
) -> None:
    owners = f"mysql+pymysql://owner:x@127.0.0.1:{server.port}/mlflow"
    into = f"sqlite:///{tmp_path / 'trackline.db'}"

    python = environment("mlflow-postgresql")

    program(python, tmp_path, "make", owners, str(tmp_path / "files"))
    before = seen_by(python, tmp_path, owners)
    assert "New: 8 runs, 3,1" in brought(place(server), into)
    assert seen_by(python, tmp_path, owners) == before
    assert "New: 0 runs, 0 points. Here before: 8 runs." in brought(place(server), into)
    with opened_source(place(server)) as source:
        experiments = [one.experiment_id for one in source.experiments()]
        program(python, tmp_path, "grow", owners)
        found = {one.run.info.run_id: one.run for runs in source.runs(experiments) for one in runs}
        assert {run_id: run.info.status for run_id, run in found.items()} == {
            run_id: run["info"][3] for run_id, run in before["runs"].items()
        }
    assert "New: 1 runs, 14 points. Here before: 8 runs." in brought(place(server), into)


def test_names_that_differ_in_their_capitals_only_are_two(server: pymysql.Connection) -> None:
    reading = MysqlReading(place(server))
    texts = "(SELECT 'Loss' AS \"key\" UNION ALL SELECT 'loss') AS texts"
    query = f'SELECT max("key"), count(*) FROM {texts} GROUP BY '
    counts = reading.rows(query + reading.exactly('"key"'))
    assert sorted(counts) == [("Loss", 1), ("loss", 1)]
    reading.close()


def test_nothing_can_be_written_even_by_somebody_who_may(server: pymysql.Connection) -> None:
    server.cursor().execute("CREATE TABLE empty.kept (id INT)")
    reading = MysqlReading(f"mysql://owner:x@127.0.0.1:{server.port}/mlflow")
    with pytest.raises(Unavailable, match="READ ONLY"):
        reading.rows("INSERT INTO empty.kept VALUES (1)")
    reading.close()


def test_a_connection_that_breaks_off_is_told_of_without_the_password(server: pymysql.Connection) -> None:
    numbers = "SELECT seq, repeat('x', 1000) FROM seq_1_to_100000"
    for stream in (True, False):
        reading = MysqlReading(place(server))
        ((number,),) = reading.rows("SELECT connection_id()")
        rows = reading.stream(numbers, {}, 10)
        if stream:
            next(rows)
        server.cursor().execute(f"KILL {number}")
        with pytest.raises(Unavailable, match=r"^mysql://127.0.0.1:\d+/mlflow could not be read: .+\.$") as told:
            list(rows)
        assert "p@ss" not in str(told.value)
        reading.close()


def test_a_list_of_nothing_finds_nothing(server: pymysql.Connection) -> None:
    reading = MysqlReading(place(server))
    assert reading.rows(f"SELECT 1 FROM (SELECT 1 AS id) t WHERE {reading.among('id', 'ids')}", {"ids": []}) == []
    reading.close()


def test_a_database_of_something_else(server: pymysql.Connection) -> None:
    with pytest.raises(UnusableSource, match="no database of MLflow's"), opened_source(place(server, "empty")):
        pass


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("mysql://reader:secret@127.0.0.1:{port}/mlflow", "Access denied"),
        ("mysql://reader:secret@127.0.0.1:1/mlflow", "Can't connect"),
        ("mysql://reader:secret@127.0.0.1:{port}", "names no database"),
        ("mysql://reader:secret@127.0.0.1:ninety/mlflow", "no address of a database"),
        ("mysql://reader:secret@127.0.0.1:{port}/mlflow?read_timeout=soon", "mean nothing here: read_timeout"),
    ],
)
def test_an_address_at_which_nothing_can_be_read(server: pymysql.Connection, uri: str, reason: str) -> None:
    with pytest.raises(DatabaseRefused, match=reason) as refused, opened_source(uri.format(port=server.port)):
        pass
    assert "secret" not in refused.value.message
    assert refused.value.hint


def test_the_server_names_the_way_to_import_it(tmp_path: Path) -> None:
    done = trackline("server", "--backend-store-uri", "mysql+pymysql://user:secret@host/tracks")
    assert done.returncode == 2
    assert "trackline import mysql+pymysql://USER:PASSWORD@HOST/DATABASE" in done.stderr
