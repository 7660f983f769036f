"""Documents of runs as they are sent, kept by a process, and how it knows that they are still right.

A run that has ended has an edition: a number drawn by chance, and drawn anew by whatever changes what its document
says. It is read in the transaction that asks for the document, so that no process shows what another has changed. By
chance, since a counter would give a number again after a change was lost, as when a standby takes over.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import NamedTuple

from trackline.db.transaction import Transaction
from trackline.domain.entities import ENDED, Run

MOST_BYTES = 32 * 1024 * 1024  # of the documents that one process keeps


class Edition(NamedTuple):
    """Which document of a run is right. `location` is where its files lie, which changes with its experiment's, too."""

    run: int
    number: int | None  # None: the run goes on, and no document is kept
    location: str


class Documents:
    """Those of one process; from any thread. `encode` makes one."""

    def __init__(self, encode: Callable[[Run], bytes], most_bytes: int = MOST_BYTES) -> None:
        self.encode = encode
        self._most_bytes = most_bytes
        self._kept: dict[int, tuple[Edition, bytes]] = {}  # by run, the oldest first
        self._bytes = 0
        self._lock = threading.Lock()

    def find(self, edition: Edition) -> bytes | None:
        kept = self._kept.get(edition.run)
        return kept[1] if kept is not None and kept[0] == edition else None

    def keep(self, edition: Edition, document: bytes) -> None:
        if edition.number is None:
            return
        with self._lock:
            self._forget(edition.run)
            self._kept[edition.run] = (edition, document)
            self._bytes += len(document)
            while self._bytes > self._most_bytes:
                self._forget(next(iter(self._kept)))

    def _forget(self, run: int) -> None:
        if (kept := self._kept.pop(run, None)) is not None:
            self._bytes -= len(kept[1])


def edited(tx: Transaction) -> str:
    """An assignment to `runs`: whatever is kept of these runs is out of date. For all that changes a run's document."""
    return f"edition = CASE WHEN edition IS NULL THEN NULL ELSE {tx.dialect.chance} END"


def edition_with(tx: Transaction, status: str) -> str:
    """The edition of a run that gets the status which the expression gives."""
    ended = ", ".join(f"'{one}'" for one in sorted(ENDED))
    return f"CASE WHEN {status} IN ({ended}) THEN {tx.dialect.chance} END"
