"""What is asked once is answered on the event loop, and read in the ordinary way where that does not work."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import psycopg
import pytest
import uvloop

from tests.db.notes import PATIENCE, add, texts
from trackline.db.errors import NotStorable, Unavailable
from trackline.db.postgres import glances as module
from trackline.db.postgres.connect import Server
from trackline.db.postgres.database import PostgresDatabase
from trackline.db.postgres.exchange import MOST_BYTES
from trackline.db.postgres.pipe import Dumped, Pipe
from trackline.db.transaction import Transaction

TEXTS = "SELECT text FROM notes ORDER BY id"


def ask(tx: Transaction, sql: str, parameters: dict[str, Any]) -> Callable[[], tuple[list[Any], bool]]:
    """The rows, and whether the event loop's thread has them."""
    found = tx.ask(sql, parameters)
    return lambda: (found(), threading.current_thread() is threading.main_thread())


async def asked(database: PostgresDatabase, sql: str, **parameters: Any) -> tuple[list[Any], bool]:
    return await database.glance(ask, sql, parameters)


async def connected(database: PostgresDatabase) -> None:
    deadline = time.monotonic() + PATIENCE
    while not (await asked(database, "SELECT 1"))[1]:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many statements go out together, each time that something does."""
    numbers: list[int] = []
    send = Pipe.send

    def count_and_send(pipe: Pipe, given: Sequence[Dumped]) -> None:
        numbers.append(len(given))
        send(pipe, given)

    monkeypatch.setattr(Pipe, "send", count_and_send)
    return numbers


def test_many_that_ask_at_once_get_their_own_answers_in_few_round_trips(
    postgres_notes: PostgresDatabase, sent: list[int]
) -> None:
    async def scenario() -> None:
        await connected(postgres_notes)
        sent.clear()
        numbers = range(300)
        found = await asyncio.gather(*(asked(postgres_notes, "SELECT CAST(:n AS BIGINT)", n=n) for n in numbers))
        assert found == [([(n,)], True) for n in numbers]
        assert sum(sent) < 320
        assert len(sent) < 10

    uvloop.run(scenario())


def test_questions_that_go_out_together_see_one_snapshot_and_one_alone_is_sent_alone(
    postgres_notes: PostgresDatabase, sent: list[int]
) -> None:
    async def scenario() -> None:
        await connected(postgres_notes)
        sent.clear()
        assert (await asked(postgres_notes, "SELECT 1"))[0] == [(1,)]
        snapshots = [asked(postgres_notes, "SELECT now(), pg_current_snapshot()::text") for _ in range(4)]
        _, *together = await asyncio.gather(*snapshots)
        assert len({found[0] for found, _ in together}) == 1
        assert sent == [1, 1, 5]

    uvloop.run(scenario())


def test_what_was_written_before_is_seen(postgres_notes: PostgresDatabase) -> None:
    async def scenario() -> None:
        await connected(postgres_notes)
        for number in range(50):
            await postgres_notes.write(add, f"{number}")
            assert len((await asked(postgres_notes, TEXTS))[0]) == number + 1

    uvloop.run(scenario())


def test_who_asks_more_reads_all_of_it_on_one_snapshot(postgres_notes: PostgresDatabase) -> None:
    def ask_twice(tx: Transaction) -> Callable[[], tuple[list[Any], list[Any], str]]:
        first = tx.ask(TEXTS)
        return lambda: (first(), texts(tx), threading.current_thread().name)

    async def scenario() -> None:
        await connected(postgres_notes)
        await postgres_notes.write(add, "here")
        first, second, thread = await postgres_notes.glance(ask_twice)
        assert (first, second) == ([("here",)], ["here"])
        assert thread.startswith("reader")

    uvloop.run(scenario())


def test_what_the_work_raises_is_told(postgres_notes: PostgresDatabase) -> None:
    def refuse(tx: Transaction) -> Callable[[], None]:
        tx.ask(TEXTS)

        def fail() -> None:
            raise ValueError("not this one")

        return fail

    async def scenario() -> None:
        await connected(postgres_notes)
        with pytest.raises(ValueError, match="not this one"):
            await postgres_notes.glance(refuse)
        assert (await asked(postgres_notes, "SELECT 2"))[0] == [(2,)]

    uvloop.run(scenario())


def test_one_that_cannot_be_answered_keeps_no_other_from_its_answer(postgres_notes: PostgresDatabase) -> None:
    async def scenario() -> None:
        for _ in range(3):
            await connected(postgres_notes)
            questions = [
                asyncio.create_task(one)
                for one in (
                    asked(postgres_notes, "SELECT 1"),
                    asked(postgres_notes, "SELECT CAST(:t AS TEXT)", t="nul \0"),
                    asked(postgres_notes, "SELECT 1 / 0"),
                    asked(postgres_notes, "SELECT 2"),
                )
            ]
            with pytest.raises(NotStorable):
                await questions[1]
            with pytest.raises(psycopg.errors.DivisionByZero):
                await questions[2]
            assert [(await questions[place])[0] for place in (0, 3)] == [[(1,)], [(2,)]]

    uvloop.run(scenario())


def test_it_cannot_write(postgres_notes: PostgresDatabase) -> None:
    async def scenario() -> None:
        await connected(postgres_notes)
        with pytest.raises(Unavailable, match="read-only"):
            await asked(postgres_notes, "INSERT INTO notes (text) VALUES ('sneaked in') RETURNING id")
        assert await postgres_notes.read(texts) == []

    uvloop.run(scenario())


@pytest.mark.parametrize("question", ["SELECT 1", "SELECT count(*) FROM pg_sleep(0.3)"], ids=["idle", "asked"])
def test_a_lost_connection_costs_nobody_an_answer_and_is_replaced(
    postgres_notes: PostgresDatabase, place: Server, question: str
) -> None:
    async def scenario() -> None:
        await connected(postgres_notes)
        (((pid,),), _) = await asked(postgres_notes, "SELECT pg_backend_pid()")
        waits = asyncio.create_task(asked(postgres_notes, question))
        await asyncio.sleep(0.1)
        with place.connect() as other:
            other.execute("SELECT pg_terminate_backend(%s::int, 5000)", [pid])
        assert (await waits)[0] == [(1,)]
        assert (await asked(postgres_notes, "SELECT 3"))[0] == [(3,)]
        await connected(postgres_notes)

    uvloop.run(scenario())


def test_one_that_takes_long_holds_up_the_others_for_no_longer_than_the_patience_there_is(
    postgres_notes: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.1)

    async def scenario() -> None:
        await connected(postgres_notes)
        slow = asyncio.create_task(asked(postgres_notes, "SELECT count(*) FROM pg_sleep(2)"))
        await asyncio.sleep(0.05)
        assert (await asked(postgres_notes, "SELECT 1"))[0] == [(1,)]
        assert not slow.done()
        assert await slow == ([(1,)], False)

    uvloop.run(scenario())


def test_what_is_large_is_left_to_the_threads(
    postgres_notes: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = "x" * MOST_BYTES

    async def scenario() -> None:
        await connected(postgres_notes)
        assert await asked(postgres_notes, "SELECT CAST(:t AS TEXT)", t=large) == ([(large,)], False)
        monkeypatch.setattr(module, "MOST_ROWS", 2)
        for rows in (2, 3):
            question = "SELECT * FROM generate_series(1, CAST(:n AS INT))"
            assert (await asked(postgres_notes, question, n=rows))[1] == (rows <= 2)

    uvloop.run(scenario())


def test_one_that_is_given_up_leaves_the_others_theirs(postgres_notes: PostgresDatabase) -> None:
    async def scenario() -> None:
        await connected(postgres_notes)
        given_up = asyncio.create_task(asked(postgres_notes, "SELECT 1"))
        other = asyncio.create_task(asked(postgres_notes, "SELECT 2"))
        await asyncio.sleep(0)
        given_up.cancel()
        assert await other == ([(2,)], True)

    uvloop.run(scenario())


def test_another_event_loop_is_served_too_also_after_one_that_ended_too_early(
    postgres_notes: PostgresDatabase,
) -> None:
    async def leave() -> None:
        await connected(postgres_notes)
        task = asyncio.create_task(asked(postgres_notes, "SELECT count(*) FROM pg_sleep(0.5)"))
        await asyncio.sleep(0.05)
        task.cancel()

    asyncio.run(connected(postgres_notes))
    asyncio.run(leave())
    asyncio.run(connected(postgres_notes))
