"""What the rest of the program needs of a database, whichever it is."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

from trackline.db.announcements import Listener
from trackline.db.load import Load
from trackline.db.transaction import Transaction

T = TypeVar("T")

READ_SECONDS = 30  # that one read may take (of PostgreSQL: one statement), so that a few cannot keep all others waiting


class Database(Protocol):
    """One request is one call: `work` gets a transaction, and what it returns is the result."""

    async def write(self, work: Callable[..., T], *args: Any, about: str = "") -> T:
        """Run `work(transaction, *args)`; returns once what it did is durable. Raises what `work` raises.

        `about`: what `jot` would be told, where the same is done by jots.
        """

    async def read(self, work: Callable[..., T], *args: Any) -> T:
        """Run `work(transaction, *args)` on one consistent snapshot. Raises TookTooLong after READ_SECONDS."""

    async def glance(self, work: Callable[..., Callable[[], T]], *args: Any) -> T:
        """`read`, for what is mostly answered in one round trip and takes little work: `work(transaction, *args)` asks
        (`tx.ask`), and the result comes by calling what it returns. Both may be called twice.
        """

    async def jot(self, about: str, work: Callable[..., Callable[[], T]], *args: Any) -> T:
        """`write`, for what mostly asks once and then only writes: `work(transaction, *args)` asks (`tx.ask`), and what
        it returns writes, and gives the result. Both may be called twice.

        Many may be one transaction, none of which sees what the others are about to write. So `work` changes nothing
        but what belongs to `about`, and adds to nothing else; one waits for another that is about the same.
        """

    def listen(self) -> AbstractContextManager[Listener]:
        """What is announced (`Transaction.announce`) from now on, here or by another process on the same database:

            with database.listen() as topics_changed:
                async for topics in topics_changed:  # a frozenset of topics; may have some that changed a little ago

        Announcements come after their commit. Some may be lost, for one who is slow or when a connection breaks; then
        `announcements.EVERYTHING` is among the topics. Call it from the event loop that will iterate.
        """

    def load(self) -> Load:
        """How busy it is."""

    def close(self) -> None:
        """Finish what was accepted, then let go."""


def answered(tx: Transaction, work: Callable[..., Callable[[], T]], args: tuple[Any, ...]) -> T:
    """The result of work that is made for `glance`."""
    return work(tx, *args)()
