"""What the rest of the program needs of a database, whichever it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Database(Protocol):
    """One request is one call: `work` gets a transaction, and what it returns is the result."""

    async def write(self, work: Callable[..., T], *args: Any) -> T:
        """Run `work(transaction, *args)`; returns once what it did is durable. Raises what `work` raises."""

    async def read(self, work: Callable[..., T], *args: Any) -> T:
        """Run `work(transaction, *args)` on one consistent snapshot."""

    def close(self) -> None:
        """Finish what was accepted, then let go."""
