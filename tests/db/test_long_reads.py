"""A read that takes long keeps no other waiting; one that takes too long is given up."""

from __future__ import annotations

import asyncio

import pytest

from tests.db.notes import Held, until
from trackline.db import line, sqlite, turns
from trackline.db.errors import Overloaded, TookTooLong
from trackline.db.sqlite import SqliteDatabase
from trackline.db.transaction import Transaction

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) SELECT count(*) FROM n"


def count_for_ever(tx: Transaction) -> None:
    tx.rows(ENDLESS)


def one(tx: Transaction) -> object:
    return tx.rows("SELECT 1")[0][0]


def test_a_read_without_an_end_is_given_up_with_advice(notes: SqliteDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "READ_SECONDS", 0.2)

    async def scenario() -> None:
        for _ in range(sqlite.READERS + 1):  # none of them stays occupied
            with pytest.raises(TookTooLong, match="Ask for less"):
                await notes.read(count_for_ever)
        assert await notes.read(one) == 1

    asyncio.run(scenario())


def test_reads_that_take_long_keep_no_other_waiting_until_there_are_too_many_of_them(
    notes: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "TURN_SECONDS", 0.01)

    async def scenario() -> None:
        held = Held()
        long = [asyncio.create_task(notes.read(held.hold)) for _ in range(sqlite.SPARE_READERS)]
        await until(held)
        assert await notes.read(one) == 1
        long += [asyncio.create_task(notes.read(held.hold)) for _ in range(sqlite.READERS)]
        await asyncio.sleep(0)  # they take their turns, and have to keep them
        monkeypatch.setattr(turns, "WAIT_SECONDS", 0.2)
        with pytest.raises(Overloaded):
            await notes.read(one)
        held.release()
        await asyncio.gather(*long)
        for _ in range(2):  # all turns and spare threads are there again
            assert (
                await asyncio.gather(*(notes.read(one) for _ in range(2 * sqlite.READERS))) == [1] * 2 * sqlite.READERS
            )

    asyncio.run(scenario())
