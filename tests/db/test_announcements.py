from __future__ import annotations

import asyncio
from contextlib import closing

import pytest

from tests.db.notes import PATIENCE, Held, add, until
from trackline.db import announcements
from trackline.db.announcements import EVERYTHING, Listener
from trackline.db.database import Database
from trackline.db.postgres.connect import Server
from trackline.db.postgres.database import PostgresDatabase
from trackline.db.transaction import Transaction


def note_and_tell(tx: Transaction, text: str) -> None:
    add(tx, text)
    tx.announce(text)


async def told(listener: Listener) -> frozenset[str]:
    return await asyncio.wait_for(anext(listener), PATIENCE)


def test_what_is_announced_is_told_once_it_is_committed(any_notes: Database) -> None:
    held = Held()

    def tell_and_wait(tx: Transaction) -> None:
        tx.announce("late")
        held.hold(tx)

    async def scenario() -> None:
        with any_notes.listen() as first, any_notes.listen() as second:
            writing = asyncio.create_task(any_notes.write(tell_and_wait))
            await until(held)
            waiting = asyncio.create_task(told(first))
            await asyncio.sleep(0)
            assert not waiting.done()
            held.release()
            await writing
            assert await waiting == {"late"}
            assert await told(second) == {"late"}

    asyncio.run(scenario())


def test_what_is_undone_is_not_told(any_notes: Database) -> None:
    def fail(tx: Transaction) -> None:
        note_and_tell(tx, "undone")
        raise ValueError("changed my mind")

    async def scenario() -> None:
        with any_notes.listen() as listener:
            with pytest.raises(ValueError, match="changed my mind"):
                await any_notes.write(fail)
            await any_notes.write(note_and_tell, "done")
            assert await told(listener) == {"done"}

    asyncio.run(scenario())


def test_a_listener_that_is_slow_is_told_of_a_topic_once_however_often_it_was_announced(any_notes: Database) -> None:
    async def scenario() -> None:
        with any_notes.listen() as listener:
            for number in range(20):
                await any_notes.write(note_and_tell, f"note {number}")
                await any_notes.write(lambda tx: tx.announce("same"))
            found: set[str] = set()
            while len(found) < 21:
                found |= await told(listener)
            assert found == {"same", *(f"note {number}" for number in range(20))}

    asyncio.run(scenario())


def test_a_listener_that_cannot_keep_up_is_told_that_anything_may_have_changed(
    any_notes: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcements, "MAX_TOPICS", 10)

    def tell_many(tx: Transaction) -> None:
        for number in range(11):
            tx.announce(f"{number}")

    async def scenario() -> None:
        with any_notes.listen() as listener:
            await any_notes.write(tell_many)
            assert await told(listener) == {EVERYTHING}
            await any_notes.write(note_and_tell, "next")
            assert await told(listener) == {"next"}

    asyncio.run(scenario())


def test_who_stopped_listening_costs_nothing_and_who_comes_late_hears_what_comes_then(any_notes: Database) -> None:
    async def scenario() -> None:
        with any_notes.listen():
            await any_notes.write(note_and_tell, "before")
        with any_notes.listen() as listener:
            await any_notes.write(note_and_tell, "after")
            assert await told(listener) == {"after"}

    asyncio.run(scenario())


def test_other_processes_on_the_same_database_are_told_too(postgres_notes: PostgresDatabase, place: Server) -> None:
    many = {f"run:{number:032x}" for number in range(900)}  # more than one notification holds

    def tell_many(tx: Transaction) -> None:
        for topic in many:
            tx.announce(topic)

    async def scenario() -> None:
        with closing(PostgresDatabase(place)) as other, other.listen() as listener:
            assert await asyncio.to_thread(other.broadcast.hears.wait, PATIENCE)
            await postgres_notes.write(tell_many)
            found: set[str] = set()
            while not many <= found:
                found |= await told(listener)

    asyncio.run(scenario())


def test_a_listener_is_told_that_something_may_be_missing_when_its_connection_was_lost(
    postgres_notes: PostgresDatabase, place: Server
) -> None:
    async def scenario() -> None:
        with postgres_notes.listen() as listener:
            with place.connect() as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            assert await told(listener) == {EVERYTHING}
            await postgres_notes.write(note_and_tell, "after")
            assert await told(listener) == {"after"}

    asyncio.run(scenario())
