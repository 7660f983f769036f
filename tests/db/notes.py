"""Work for the database of notes."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from trackline.db.transaction import Transaction

PATIENCE = 30.0  # seconds until a test that hangs is a test that fails


def add(tx: Transaction, text: str) -> tuple[int, str]:
    (row,) = tx.rows("INSERT INTO notes (text) VALUES (:text) RETURNING id, text", {"text": text})
    number, kept = row
    return number, kept


def texts(tx: Transaction) -> list[str]:
    return [text for (text,) in tx.rows("SELECT text FROM notes ORDER BY id")]


class Held:
    """Work that stays in its transaction until it is let go."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self._may_end = threading.Event()

    def hold(self, tx: Transaction) -> Any:  # noqa: ARG002 work takes a transaction
        self.begun.set()
        assert self._may_end.wait(PATIENCE)

    def release(self) -> None:
        self._may_end.set()


async def until(held: Held) -> None:
    """Return when `held` has begun."""
    assert await asyncio.to_thread(held.begun.wait, PATIENCE)
