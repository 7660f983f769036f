"""Does chores when they are due, each in one server at a time, whichever claims it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

from trackline.blobs.errors import BlobError
from trackline.db.database import Database
from trackline.db.errors import Overloaded, TookTooLong, Unavailable
from trackline.store import chores

log = logging.getLogger("trackline")

LOOK_EVERY_SECONDS = 10.0  # so that what a server had when it died is begun by another within half a minute
RENEW_SECONDS = chores.LEASE_MS / 1000 / 4


class Chore(NamedTuple):
    """`work` may be broken off at any await, and is then done again later."""

    name: str
    every_seconds: float
    work: Callable[[], Awaitable[Any]]


class Housekeeper:
    def __init__(self, database: Database, chores_of_all: Sequence[Chore]) -> None:
        self._database = database
        self._chores = chores_of_all
        self._name = uuid.uuid4().hex

    async def run(self) -> None:
        """Until it is cancelled; then what is under way is broken off and left to others."""
        await asyncio.gather(*(self._keep(chore) for chore in self._chores))

    async def _keep(self, chore: Chore) -> None:
        while True:
            try:
                await self.attempt(chore)
            except (BlobError, Overloaded, TookTooLong, Unavailable) as error:
                log.warning("The chore '%s' could not be done; it is tried again later. %s", chore.name, error)
            except Exception:
                log.exception("The chore '%s' failed; it is tried again later.", chore.name)
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def attempt(self, chore: Chore) -> bool:
        """Do it if it is due and nobody is at it; whether it was done. Raises what the work raises."""
        if not await self._database.read(chores.is_free, chore.name):
            return False
        if not await self._database.write(chores.claim, chore.name, self._name):
            return False
        due: int | None = None
        try:
            work = asyncio.ensure_future(chore.work())
            try:
                while not (await asyncio.wait({work}, timeout=RENEW_SECONDS))[0]:
                    if not await self._database.write(chores.renew, chore.name, self._name):
                        return False
            finally:
                work.cancel()
                with contextlib.suppress(asyncio.CancelledError, Exception):
                    await work
            due = int((time.time() + chore.every_seconds) * 1000)
            work.result()
            return True
        finally:
            await asyncio.shield(self._database.write(chores.give_back, chore.name, self._name, due))
