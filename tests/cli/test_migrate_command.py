"""`trackline migrate` makes a database ready for servers, on both kinds, however often it runs."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from tests.databases import Postgres
from tests.servers import clean_environment
from trackline.cli.main import main

MADE = "The database has the tables of Trackline"


def migrate(uri: str) -> Result:
    foreign: dict[str, str | None] = dict.fromkeys(os.environ.keys() - clean_environment().keys())
    return CliRunner(env=foreign | {"TRACKLINE_BACKEND_STORE_URI": uri}).invoke(main, ["migrate"])


def test_it_makes_the_tables_and_does_nothing_the_second_time(tmp_path: Path) -> None:
    file = tmp_path / "new" / "trackline.db"

    first, second = (migrate(f"sqlite:///{file}") for _ in range(2))

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert first.stdout.startswith(MADE) and second.stdout.startswith(MADE)
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT count(*) FROM runs").fetchall() == [(0,)]


def test_it_does_so_in_postgresql(postgres_engine: Postgres) -> None:
    with postgres_engine.uri() as uri:
        assert migrate(uri).exit_code == 0
        with psycopg.connect(uri) as connection:
            assert connection.execute("SELECT count(*) FROM runs").fetchall() == [(0,)]


@pytest.mark.parametrize("uri", ["sqlite:///{}/mlflow.db", "postgresql://nobody@127.0.0.1:1/none"])
def test_what_is_not_its_own_is_left_alone_with_advice(tmp_path: Path, uri: str) -> None:
    with sqlite3.connect(tmp_path / "mlflow.db") as connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
    connection.close()

    refused = migrate(uri.format(tmp_path))

    assert refused.exit_code == 2
    assert refused.stderr.startswith("main migrate: ")
