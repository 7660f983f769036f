from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.db.notes import Held, add, texts, until
from trackline.db import line, sqlite
from trackline.db.errors import Overloaded, Unavailable
from trackline.db.sqlite import SqliteDatabase
from trackline.db.transaction import Transaction


@pytest.fixture(autouse=True)
def groups_are_made_of_all_that_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is."""
    monkeypatch.setattr(sqlite, "GROUP_SECONDS", 600.0)


def test_concurrent_writes_are_all_kept_and_each_gets_its_own_result(notes: SqliteDatabase) -> None:
    async def scenario() -> None:
        wanted = [f"note {number}" for number in range(1000)]
        results = await asyncio.gather(*(notes.write(add, text) for text in wanted))
        assert [text for _, text in results] == wanted
        assert [number for number, _ in results] == list(range(1, 1001))
        assert await notes.read(texts) == wanted

    asyncio.run(scenario())


def test_requests_that_wait_together_are_committed_together_and_told_only_then(notes: SqliteDatabase) -> None:
    async def scenario() -> None:
        first, last = Held(), Held()
        begun = asyncio.create_task(notes.write(first.hold))
        await until(first)
        early = asyncio.create_task(notes.write(add, "early"))
        late = asyncio.create_task(notes.write(last.hold))
        await asyncio.sleep(0)
        first.release()
        await until(last)

        assert await notes.read(texts) == []  # "early" was written, but its group is still open
        assert not begun.done() and not early.done()

        last.release()
        await asyncio.gather(begun, early, late)
        assert await notes.read(texts) == ["early"]

    asyncio.run(scenario())


def test_a_group_that_took_its_time_is_committed_before_the_next_request_is_taken(
    notes: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "GROUP_SECONDS", 0.0)

    async def scenario() -> None:
        first, last = Held(), Held()
        begun = asyncio.create_task(notes.write(first.hold))
        await until(first)
        early = asyncio.create_task(notes.write(add, "early"))
        late = asyncio.create_task(notes.write(last.hold))
        await asyncio.sleep(0)
        first.release()
        await asyncio.gather(begun, early)
        await until(last)
        assert await notes.read(texts) == ["early"]
        assert not late.done()
        last.release()
        await late

    asyncio.run(scenario())


def test_one_that_fails_takes_back_its_own_work_and_nobody_elses(notes: SqliteDatabase) -> None:
    async def scenario() -> None:
        await notes.write(add, "taken")
        results = await in_one_group(
            notes,
            lambda: notes.write(add, "before"),
            lambda: notes.write(add_then, "half", ValueError("changed my mind")),
            lambda: notes.write(add_then, "half of another", lambda tx: add(tx, "taken")),
            lambda: notes.write(add, "after"),
        )
        assert isinstance(results[1], ValueError) and str(results[1]) == "changed my mind"
        assert isinstance(results[2], sqlite3.IntegrityError)
        assert [result[1] for result in (results[0], results[3])] == ["before", "after"]
        assert await notes.read(texts) == ["taken", "before", "after"]

    asyncio.run(scenario())


def test_a_request_sees_what_was_written_before_it_in_its_group(notes: SqliteDatabase) -> None:
    async def scenario() -> None:
        results = await in_one_group(notes, lambda: notes.write(add, "first"), lambda: notes.write(texts))
        assert results[1] == ["first"]

    asyncio.run(scenario())


def test_a_read_is_one_snapshot(notes: SqliteDatabase) -> None:
    async def scenario() -> None:
        await notes.write(add, "old")
        held = Held()

        def twice(tx: Transaction) -> tuple[list[str], list[str]]:
            before = texts(tx)
            held.hold(tx)
            return before, texts(tx)

        reading = asyncio.create_task(notes.read(twice))
        await until(held)
        await notes.write(add, "new")
        held.release()
        assert await reading == (["old"], ["old"])
        assert await notes.read(texts) == ["old", "new"]

    asyncio.run(scenario())


def test_reads_go_on_while_the_writer_is_busy(notes: SqliteDatabase) -> None:
    async def scenario() -> None:
        held = Held()
        writing = asyncio.create_task(notes.write(held.hold))
        await until(held)
        assert await asyncio.gather(*(notes.read(texts) for _ in range(20))) == [[]] * 20
        held.release()
        await writing

    asyncio.run(scenario())


def test_a_read_cannot_write(notes: SqliteDatabase) -> None:
    async def scenario() -> None:
        with pytest.raises(Unavailable, match="readonly"):
            await notes.read(add, "sneaked in")
        assert await notes.read(texts) == []

    asyncio.run(scenario())


def test_a_read_that_fails_leaves_its_connection_usable(notes: SqliteDatabase) -> None:
    def fail(tx: Transaction) -> None:
        texts(tx)
        raise ValueError("no good")

    async def scenario() -> None:
        for _ in range(2 * sqlite.READERS):
            with pytest.raises(ValueError, match="no good"):
                await notes.read(fail)
        await notes.write(add, "seen")
        assert await asyncio.gather(*(notes.read(texts) for _ in range(20))) == [["seen"]] * 20

    asyncio.run(scenario())


def test_a_request_that_was_given_up_does_no_harm_to_those_beside_it(notes: SqliteDatabase) -> None:
    async def scenario() -> None:
        held = Held()
        blocking = asyncio.create_task(notes.write(held.hold))
        await until(held)
        given_up = asyncio.create_task(notes.write(add, "given up"))
        beside = asyncio.create_task(notes.write(add, "beside"))
        await asyncio.sleep(0)
        given_up.cancel()
        held.release()
        await asyncio.gather(blocking, beside)
        assert "beside" in await notes.read(texts)

    asyncio.run(scenario())


def test_an_event_loop_that_ended_with_work_under_way_does_not_stop_the_next(notes: SqliteDatabase) -> None:
    held = Held()

    async def leave() -> None:
        task = asyncio.create_task(notes.write(held.hold))
        await until(held)
        task.cancel()

    async def come_back() -> None:
        held.release()
        await notes.write(add, "written by the second loop")
        assert await notes.read(texts) == ["written by the second loop"]

    asyncio.run(leave())
    asyncio.run(come_back())


def test_too_many_in_line_are_turned_away_and_the_rest_is_served(
    notes: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "MAX_WAITING", 50)

    async def scenario() -> None:
        held = Held()
        blocking = asyncio.create_task(notes.write(held.hold))
        await until(held)
        waiting = [asyncio.create_task(notes.write(add, f"{number:02}")) for number in range(50)]
        await asyncio.sleep(0)
        with pytest.raises(Overloaded) as refusal:
            await notes.write(add, "one too many")
        assert refusal.value.retry_after >= 1
        held.release()
        await asyncio.gather(blocking, *waiting)
        assert await notes.read(texts) == [f"{number:02}" for number in range(50)]
        await notes.write(add, "there is room again")

    asyncio.run(scenario())


def test_too_many_reads_in_line_are_turned_away_and_the_rest_is_served(
    notes: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "MAX_WAITING", 50)

    async def scenario() -> None:
        held = Held()
        holding = [asyncio.create_task(notes.read(held.hold)) for _ in range(sqlite.READERS)]
        waiting = [asyncio.create_task(notes.read(texts)) for _ in range(50 - sqlite.READERS)]
        await until(held)
        with pytest.raises(Overloaded):
            await notes.read(texts)
        held.release()
        await asyncio.gather(*holding, *waiting)
        assert await notes.read(texts) == []

    asyncio.run(scenario())


def test_closing_finishes_what_was_accepted(file: Path) -> None:
    async def scenario() -> None:
        database = SqliteDatabase(file)
        accepted = [asyncio.create_task(database.write(add, f"{number:03}")) for number in range(600)]
        reading = asyncio.create_task(database.read(texts))
        await asyncio.sleep(0)
        database.close()
        assert [text for _, text in await asyncio.gather(*accepted)] == [f"{number:03}" for number in range(600)]
        await reading
        with pytest.raises(Overloaded):
            await database.write(add, "too late")

    asyncio.run(scenario())
    assert [text for (text,) in sqlite3.connect(file).execute("SELECT text FROM notes ORDER BY id")] == [
        f"{number:03}" for number in range(600)
    ]


def test_closing_leaves_one_file_behind(file: Path) -> None:
    async def scenario(database: SqliteDatabase) -> None:
        await database.write(add, "kept")
        await asyncio.gather(*(database.read(texts) for _ in range(10)))

    database = SqliteDatabase(file)
    asyncio.run(scenario(database))
    threads = {thread.name for thread in threading.enumerate()}
    assert "writer" in threads
    database.close()

    assert not {"writer"} & {thread.name for thread in threading.enumerate()}
    assert sorted(path.name for path in file.parent.glob("notes.db*")) == ["notes.db"]


def test_work_gets_the_time_from_the_clock_it_was_given(file: Path) -> None:
    database = SqliteDatabase(file, clock=lambda: 123)
    assert asyncio.run(database.write(lambda tx: tx.now_ms)) == 123
    assert asyncio.run(database.read(lambda tx: tx.now_ms)) == 123
    database.close()


async def in_one_group(notes: SqliteDatabase, *writes: Callable[[], Awaitable[Any]]) -> list[Any]:
    """The outcomes of writes that were all waiting when the writer came free."""
    held = Held()
    blocking = asyncio.create_task(notes.write(held.hold))
    await until(held)
    waiting = [asyncio.ensure_future(write()) for write in writes]
    await asyncio.sleep(0)
    held.release()
    await blocking
    return await asyncio.gather(*waiting, return_exceptions=True)


def add_then(tx: Transaction, text: str, end: Exception | Callable[[Transaction], Any]) -> None:
    add(tx, text)
    if isinstance(end, Exception):
        raise end
    end(tx)
