"""What becomes of requests when the database cannot take them, and of the database afterwards."""

from __future__ import annotations

import asyncio
import resource
import signal
import sqlite3
import threading
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.db.notes import PATIENCE, Held, add, texts, until
from trackline.db import sqlite
from trackline.db.errors import Unavailable
from trackline.db.sqlite import SqliteDatabase
from trackline.db.transaction import Transaction

LONG = "x" * 5_000_000


@pytest.fixture(autouse=True)
def groups_are_made_of_all_that_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "GROUP_SECONDS", 600.0)


def test_a_commit_that_fails_is_an_error_for_everyone_in_it(notes: SqliteDatabase) -> None:
    def break_the_commit(tx: Transaction) -> None:
        tx.execute("INSERT INTO remarks (note_id) VALUES (404)")

    async def scenario() -> None:
        held = Held()
        group = [
            asyncio.create_task(notes.write(held.hold)),
            asyncio.create_task(notes.write(add, "before")),
            asyncio.create_task(notes.write(break_the_commit)),
            asyncio.create_task(notes.write(add, "after")),
        ]
        await until(held)
        held.release()
        for outcome in await asyncio.gather(*group, return_exceptions=True):
            assert isinstance(outcome, Unavailable), outcome
        assert await notes.read(texts) == []
        await notes.write(add, "later")
        assert await notes.read(texts) == ["later"]

    asyncio.run(scenario())


def test_a_disk_that_is_full_at_the_commit_loses_nothing_and_works_again_with_room(
    notes: SqliteDatabase, file: Path
) -> None:
    async def scenario() -> None:
        await notes.write(add, "kept")
        with files_no_larger_than(1_000_000):
            outcomes = await asyncio.gather(
                notes.write(add, LONG), *(notes.write(add, str(n)) for n in range(20)), return_exceptions=True
            )
        failed = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        assert failed and all(isinstance(outcome, Unavailable) for outcome in failed)
        acknowledged = [outcome[1] for outcome in outcomes if isinstance(outcome, tuple)]
        assert await notes.read(texts) == ["kept", *acknowledged]
        await notes.write(add, LONG)
        assert await notes.read(texts) == ["kept", *acknowledged, LONG]

    asyncio.run(scenario())
    notes.close()
    assert intact(file)


def test_a_file_that_may_not_grow_turns_away_only_what_needs_room(notes: SqliteDatabase, file: Path) -> None:
    async def scenario() -> None:
        await notes.write(add, "kept")
        await notes.write(lambda tx: tx.execute("PRAGMA max_page_count = 100"))
        outcomes = await asyncio.gather(
            *(notes.write(add, text) for text in ("short", LONG, "brief")), return_exceptions=True
        )
        assert isinstance(outcomes[1], Unavailable)
        for outcome in (outcomes[0], outcomes[2]):  # SQLite may have given up the whole group
            assert isinstance(outcome, tuple | Unavailable)
        acknowledged = [outcome[1] for outcome in outcomes if isinstance(outcome, tuple)]
        assert await notes.read(texts) == ["kept", *acknowledged]
        await notes.write(lambda tx: tx.execute("PRAGMA max_page_count = 1000000"))
        await notes.write(add, LONG)
        assert await notes.read(texts) == ["kept", *acknowledged, LONG]

    asyncio.run(scenario())
    notes.close()
    assert intact(file)


def test_a_database_that_another_program_has_locked_is_unavailable_until_it_is_free(
    notes: SqliteDatabase, file: Path
) -> None:
    other = sqlite3.connect(file, isolation_level=None)

    async def scenario() -> None:
        await notes.write(lambda tx: tx.row("PRAGMA busy_timeout = 20"))
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="locked"):
            await notes.write(add, "too early")
        assert await notes.read(texts) == []
        other.execute("ROLLBACK")
        await notes.write(add, "now")
        assert await notes.read(texts) == ["now"]

    asyncio.run(scenario())
    other.close()


def test_a_file_that_is_damaged_while_it_is_read_is_unavailable(notes: SqliteDatabase, file: Path) -> None:
    async def scenario() -> None:
        await notes.write(add, LONG)
        await notes.write(add, "short")
        checkpoint(file)
        with file.open("r+b") as pages:
            pages.seek(4096)
            pages.write(b"\xaa" * 4096 * 3)
        with pytest.raises(Unavailable, match="malformed"):
            await notes.read(texts)

    asyncio.run(scenario())


class Odd(BaseException):
    pass


@pytest.mark.parametrize(("error", "told"), [(Odd(), Odd), (StopIteration(), RuntimeError)])
def test_work_that_raises_what_nobody_expects_stops_neither_writer_nor_readers(
    notes: SqliteDatabase, error: BaseException, told: type[BaseException]
) -> None:
    def fail(tx: Transaction) -> None:
        raise error

    def write_and_fail(tx: Transaction) -> None:
        add(tx, "odd")
        raise error

    async def scenario() -> None:
        outcomes = await asyncio.gather(
            caught(notes.write(write_and_fail)), caught(notes.write(add, "even")), caught(notes.read(fail))
        )
        assert isinstance(outcomes[0], told) and isinstance(outcomes[2], told)
        assert await notes.read(texts) == ["even"]

    asyncio.run(scenario())


def test_work_that_ends_the_transaction_itself_does_not_stop_the_writer(notes: SqliteDatabase) -> None:
    def meddle(tx: Transaction) -> None:
        add(tx, "meddled")
        tx.execute("ROLLBACK")

    async def scenario() -> None:
        outcomes = await asyncio.gather(notes.write(meddle), notes.write(add, "beside it"), return_exceptions=True)
        assert isinstance(outcomes[0], Unavailable)
        await notes.write(add, "later")
        assert "meddled" not in await notes.read(texts)

    asyncio.run(scenario())
    assert "writer" in {thread.name for thread in threading.enumerate()}


async def caught(request: Awaitable[Any]) -> Any:
    try:
        return await asyncio.wait_for(request, PATIENCE)
    except BaseException as error:  # noqa: BLE001 whatever it is
        return error


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """What a full disk is to SQLite: writes beyond `size` bytes of any file fail."""
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)


def checkpoint(file: Path) -> None:
    connection = sqlite3.connect(file)
    assert connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    connection.close()


def intact(file: Path) -> bool:
    connection = sqlite3.connect(file)
    try:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    finally:
        connection.close()
