"""A database that gives fewer connections than there are threads."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from tests.db.notes import add, texts
from tests.postgres import Cluster
from trackline.db.postgres.connect import Server
from trackline.db.postgres.database import READERS, WRITERS, PostgresDatabase
from trackline.db.postgres.migrate import migrate_postgres

ALLOWED = 5
FEW = "few"  # a user's name


@pytest.fixture
def narrow(place: Server, postgres_cluster: Cluster, postgres_migrations: Path) -> Iterator[Server]:
    """Notes of a user who may have few connections."""
    migrate_postgres(place, postgres_migrations, {})
    database = str(place.parameters["dbname"])
    postgres_cluster.ask(f"CREATE ROLE {FEW} LOGIN CONNECTION LIMIT {ALLOWED}")
    postgres_cluster.ask(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {FEW}", database)
    yield replace(place, parameters=place.parameters | {"user": FEW})
    postgres_cluster.ask(f"DROP OWNED BY {FEW}; DROP ROLE {FEW}", database)


def test_all_are_served_by_the_connections_that_there_are(narrow: Server, caplog: pytest.LogCaptureFixture) -> None:
    wanted = [f"{number:03}" for number in range(20 * WRITERS)]

    async def scenario(database: PostgresDatabase) -> None:
        assert await database.read(texts) == []
        await asyncio.gather(*(database.write(add, text) for text in wanted))
        found = await asyncio.gather(*(database.read(texts) for _ in range(5 * READERS)))
        assert all(sorted(those) == wanted for those in found)
        assert database.load().connections < ALLOWED

    with closing(PostgresDatabase(narrow)) as database:
        asyncio.run(scenario(database))
    assert "too many connections for role" in caplog.text


def test_connections_that_were_ended_are_made_anew_as_far_as_it_gives_any(
    narrow: Server, postgres_cluster: Cluster
) -> None:
    async def scenario(database: PostgresDatabase) -> None:
        for turn in range(3):
            await asyncio.gather(*(database.write(add, f"{turn} {number}") for number in range(WRITERS)))
            for pid in pids(postgres_cluster):
                postgres_cluster.ask(f"SELECT pg_terminate_backend({pid}, 5000)")
            assert len(await database.read(texts)) == WRITERS * (turn + 1)

    with closing(PostgresDatabase(narrow)) as database:
        asyncio.run(scenario(database))


def pids(postgres_cluster: Cluster) -> list[int]:
    with psycopg.connect(postgres_cluster.uri("postgres")) as connection:
        found = connection.execute("SELECT pid FROM pg_stat_activity WHERE usename = %s", [FEW]).fetchall()
    return [pid for (pid,) in found]
