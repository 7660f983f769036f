"""A standby reads what the primary need not, and nobody can tell by what is read."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from tests.db.notes import PATIENCE, add, texts
from tests.postgres import UNSYNCED, Cluster, cluster
from trackline.db.errors import DatabaseRefused, Unavailable
from trackline.db.postgres import replica as module
from trackline.db.postgres.database import PostgresDatabase
from trackline.db.postgres.migrate import migrate_postgres
from trackline.db.postgres.replica import ReplicatedDatabase, check_standby
from trackline.db.transaction import Transaction


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[Cluster, Cluster]]:
    """A primary and its standby."""
    with cluster(*UNSYNCED) as primary, primary.standby() as standby:
        yield primary, standby


@pytest.fixture
def name(pair: tuple[Cluster, Cluster], postgres_migrations: Path) -> str:
    """Of a database with notes."""
    made = pair[0].new()
    migrate_postgres(pair[0].server(made), postgres_migrations, {})
    deadline = time.monotonic() + PATIENCE
    while True:  # until it has come to the standby
        try:
            pair[1].ask("SELECT 1 FROM notes", made)
        except psycopg.Error:
            assert time.monotonic() < deadline
        else:
            return made


@pytest.fixture
def notes(pair: tuple[Cluster, Cluster], name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[ReplicatedDatabase]:
    monkeypatch.setattr(module, "BEHIND_SECONDS", 5.0)
    primary, standby = pair
    with closing(ReplicatedDatabase(PostgresDatabase(primary.server(name)), standby.server(name))) as database:
        yield database


def where(tx: Transaction) -> tuple[str, list[str]]:
    """Who reads, and what it finds."""
    (is_standby,) = tx.row("SELECT pg_is_in_recovery()") or (None,)
    return "standby" if is_standby else "primary", texts(tx)


def test_the_standby_reads_what_was_written_a_moment_ago(notes: ReplicatedDatabase) -> None:
    async def scenario() -> None:
        wanted = []
        for number in range(50):
            wanted.append(f"{number}")
            await notes.write(add, wanted[-1])
            assert await notes.read(where) == ("standby", wanted)

    asyncio.run(scenario())


def test_while_the_standby_is_behind_the_primary_reads(
    notes: ReplicatedDatabase, pair: tuple[Cluster, Cluster], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BEHIND_SECONDS", 0.05)
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0.0)

    async def scenario() -> None:
        await notes.read(where)
        pair[1].ask("SELECT pg_wal_replay_pause()")
        await notes.write(add, "new")
        assert await notes.read(where) == ("primary", ["new"])
        pair[1].ask("SELECT pg_wal_replay_resume()")
        monkeypatch.setattr(module, "BEHIND_SECONDS", 5.0)
        assert await notes.read(where) == ("standby", ["new"])

    asyncio.run(scenario())


def test_while_the_standby_is_away_the_primary_reads_and_it_is_not_asked_each_time(
    notes: ReplicatedDatabase,
    pair: tuple[Cluster, Cluster],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    first_pause = 1.0
    monkeypatch.setattr(module, "PAUSE_SECONDS", first_pause)

    async def scenario() -> None:
        assert await notes.read(where) == ("standby", [])
        pair[1].stop()
        try:
            await notes.write(add, "new")
            for _ in range(20):
                assert await notes.read(where) == ("primary", ["new"])
        finally:
            pair[1].start()
        assert len([record for record in caplog.records if "is not used" in record.message]) == 1
        monkeypatch.setattr(module, "PAUSE_SECONDS", 0.0)
        await asyncio.sleep(first_pause)
        assert await notes.read(where) == ("standby", ["new"])
        assert "is used again" in caplog.text

    asyncio.run(scenario())


def test_what_the_work_refuses_is_not_asked_of_the_primary_again(notes: ReplicatedDatabase) -> None:
    asked = []

    def refuse(tx: Transaction) -> None:
        asked.append(where(tx)[0])
        raise ValueError("not that")

    with pytest.raises(ValueError, match="not that"):
        asyncio.run(notes.read(refuse))
    assert asked == ["standby"]


def test_without_a_primary_nothing_is_read_that_may_be_old(
    notes: ReplicatedDatabase, pair: tuple[Cluster, Cluster]
) -> None:
    pair[0].stop()
    try:
        with pytest.raises(Unavailable):
            asyncio.run(notes.read(where))
    finally:
        pair[0].start()


def test_a_database_that_is_no_standby_is_refused(pair: tuple[Cluster, Cluster], name: str) -> None:
    check_standby(pair[1].server(name))
    with pytest.raises(DatabaseRefused, match="is no standby"):
        check_standby(pair[0].server(name))
