"""A read that takes too long is given up, and the next one finds the reader free."""

from __future__ import annotations

import asyncio

import pytest

from trackline.db import sqlite
from trackline.db.errors import TookTooLong
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
