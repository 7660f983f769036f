"""Documents of runs and experiments as they are sent, kept by a process, and how it knows that they are still right.

An experiment, and a run that has ended, has an edition: a number drawn by chance, and drawn anew by whatever changes
what its document says. It is read in the transaction that asks for the document, so that no process shows what another
has changed. By chance, since a counter would give a number again after a change was lost, as when a standby takes over.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeAlias, TypeVar

from trackline.db.transaction import Transaction
from trackline.domain.entities import ENDED

T = TypeVar("T")

MOST_BYTES = 32 * 1024 * 1024  # of the documents of one kind that one process keeps

# Which document is right: the number of what it is of; the edition, None where none is kept, as of a run that goes on;
# and what else it depends on. Rows as they are read, for there may be a thousand.
Edition: TypeAlias = tuple[Any, ...]


class Documents(Generic[T]):
    """Those of one kind and process; from any thread. `encode` makes one."""

    def __init__(self, encode: Callable[[T], bytes], most_bytes: int = MOST_BYTES) -> None:
        self._encode = encode
        self._most_bytes = most_bytes
        self._kept: dict[Edition, bytes] = {}  # the oldest first
        self._editions: dict[int, Edition] = {}  # of those that are kept, by number
        self._bytes = 0
        self._lock = threading.Lock()

    def of(self, editions: list[Edition], read: Callable[[list[int]], list[T]]) -> list[bytes]:
        """In their order: kept ones, and new ones of what `read` gives of the others' numbers, kept from now on."""
        found: list[Any] = list(map(self._kept.get, editions))
        if missing := [place for place, document in enumerate(found) if document is None]:
            for place, one in zip(missing, read([editions[place][0] for place in missing]), strict=True):
                found[place] = self._encode(one)
                self._keep(editions[place], found[place])
        return found

    def _keep(self, edition: Edition, document: bytes) -> None:
        number, drawn, *_ = edition
        if drawn is None:
            return
        with self._lock:
            if (before := self._editions.get(number)) is not None:
                self._forget(before)
            self._kept[edition], self._editions[number] = document, edition
            self._bytes += len(document)
            while self._bytes > self._most_bytes:
                self._forget(next(iter(self._kept)))

    def _forget(self, edition: Edition) -> None:
        self._bytes -= len(self._kept.pop(edition))
        del self._editions[edition[0]]


def edited(tx: Transaction) -> str:
    """An assignment to `runs` or `experiments`: whatever is kept of these is out of date. For all that changes what
    their documents say.
    """
    return f"edition = CASE WHEN edition IS NULL THEN NULL ELSE {tx.dialect.chance} END"


def edition_with(tx: Transaction, status: str) -> str:
    """The edition of a run that gets the status which the expression gives."""
    ended = ", ".join(f"'{one}'" for one in sorted(ENDED))
    return f"CASE WHEN {status} IN ({ended}) THEN {tx.dialect.chance} END"
