"""A standby that takes reads off the primary, and is never seen to be behind it.

Before each read the primary is asked how far its log of changes goes, which costs it next to nothing; the standby
reads once it has come so far. So whoever wrote sees it, and what was taken back a moment ago is refused there too.
Where the standby is away or too far behind, the primary reads.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TypeVar

import psycopg

from trackline.db.announcements import Listener
from trackline.db.errors import DatabaseRefused, Overloaded, Unavailable
from trackline.db.load import Load
from trackline.db.postgres.connect import Server, ServerConnection
from trackline.db.postgres.crew import Crew
from trackline.db.postgres.database import READERS, SPARE_READERS, PostgresDatabase, read_on
from trackline.db.postgres.pipe import Statement

T = TypeVar("T")

log = logging.getLogger("trackline")

BEHIND_SECONDS = 0.3  # that a read waits for the standby
LOOK_SECONDS = 0.005  # between two looks how far it is
PAUSE_SECONDS = 5.0  # until a standby that failed is tried again


class _Behind(Exception):
    """The standby has not yet what the primary has."""


class ReplicatedDatabase:
    """Satisfies `Database`: `primary`, whose reads `standby` does where it can."""

    def __init__(self, primary: PostgresDatabase, standby: Server) -> None:
        self._primary = primary
        self._standby = standby
        self._crew = Crew(standby, "standby reader", READERS, SPARE_READERS)
        self._is_used = True
        self._try_again = 0.0  # the moment, by time.monotonic(), while it is not used

    async def write(self, work: Callable[..., T], *args: Any, about: str = "") -> T:
        return await self._primary.write(work, *args, about=about)

    async def read(self, work: Callable[..., T], *args: Any) -> T:
        """As `PostgresDatabase.read`, and as fresh."""
        if not self._may_try():
            return await self._primary.read(work, *args)
        try:
            position = await self._primary.position()
            found = await self._crew.run(lambda connection: self._read(connection, position, work, args))
        except (_Behind, Overloaded, Unavailable, psycopg.Error) as error:
            self._leave(error)
            return await self._primary.read(work, *args)
        self._come_back()
        return found

    async def glance(self, work: Callable[..., Callable[[], T]], *args: Any) -> T:
        return await self._primary.glance(work, *args)

    async def jot(self, about: str, work: Callable[..., Callable[[], T]], *args: Any) -> T:
        return await self._primary.jot(about, work, *args)

    def listen(self) -> AbstractContextManager[Listener]:
        return self._primary.listen()

    def load(self) -> Load:
        """Of both."""
        load = self._primary.load()
        return load._replace(
            waiting=load.waiting + self._crew.waiting, connections=load.connections + self._crew.connections
        )

    def close(self) -> None:
        """The primary as well."""
        self._crew.close()
        self._primary.close()

    def _read(self, connection: ServerConnection, position: str, work: Callable[..., T], args: tuple[Any, ...]) -> T:
        deadline = time.monotonic() + BEHIND_SECONDS
        while not _has(connection, position):
            if time.monotonic() >= deadline:
                raise _Behind("it is behind the primary")
            time.sleep(LOOK_SECONDS)
        return read_on(connection, self._primary.now_ms(), work, args)

    def _may_try(self) -> bool:
        """One request at a time tries a standby that failed, so that no others wait for it."""
        if self._is_used:
            return True
        now = time.monotonic()
        if now < self._try_again:
            return False
        self._try_again = now + PAUSE_SECONDS
        return True

    def _leave(self, error: Exception) -> None:
        if self._is_used:
            reason = str(error).rstrip(".")
            log.warning("The read replica %s is not used: %s. The primary reads.", self._standby.name, reason)
        self._is_used = False
        self._try_again = time.monotonic() + PAUSE_SECONDS

    def _come_back(self) -> None:
        if not self._is_used:
            log.warning("The read replica %s is used again.", self._standby.name)
        self._is_used = True


def _has(connection: ServerConnection, position: str) -> bool:
    """Whether it has replayed so much; not, where it is no standby any more."""
    asked = Statement("SELECT pg_last_wal_replay_lsn() >= $1::text::pg_lsn", [position])
    ((has,),) = connection.pipe.rows(connection.pipe.run([asked])[0])
    return bool(has)


def check_standby(standby: Server) -> None:
    """Raises DatabaseRefused for a server that is no standby. One that cannot be reached may come later."""
    try:
        with standby.connect() as connection:
            row = connection.execute("SELECT pg_is_in_recovery()").fetchone()
    except psycopg.Error:
        return
    if row is None or not row[0]:
        raise DatabaseRefused(
            f"--read-replica-backend-store-uri: {standby.name} is no standby; it would never have what is written.",
            "Name a streaming replica of the database at --backend-store-uri, or leave it out.",
        )
