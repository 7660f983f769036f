"""Commits, with an end to how long they may wait, and what became of them where that was not heard.

With a synchronous standby a commit waits for it, for ever where it is away: PostgreSQL's statement_timeout does not
count then. So a thread looks after the commits under way and cancels the wait of those that take too long. PostgreSQL
keeps them all the same and says that its standby may not have them; they are not acknowledged.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator, Sequence

import psycopg
from psycopg.errors import Diagnostic
from psycopg.pq.abc import PGresult

from trackline.db.errors import Unavailable
from trackline.db.postgres.connect import Server, ServerConnection
from trackline.db.postgres.pipe import Statement
from trackline.db.postgres.transaction import COMMIT

PATIENCE_SECONDS = 10.0
OUTCOME_SECONDS = 10.0  # to find out what became of a commit
LOOK_SECONDS = 1.0


class Commits:
    """Of one database."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._under_way: dict[psycopg.Connection, float] = {}  # since when
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._until_closed, name="commits", daemon=True)
        self._thread.start()

    def commit(self, connection: ServerConnection, last: Sequence[Statement]) -> None:
        """Send `last` and commit. Raises what psycopg raises, and as `watched`."""
        with self.watched(connection):
            check_committed(connection.pipe.run([*last, COMMIT])[-1])

    @contextlib.contextmanager
    def watched(self, connection: psycopg.Connection) -> Iterator[None]:
        """Around a commit. Raises Unavailable where the standby did not confirm it."""
        warned: list[Diagnostic] = []
        connection.add_notice_handler(warned.append)
        self._under_way[connection] = time.monotonic()
        try:
            yield
        finally:
            with self._lock:  # a cancellation must not reach what comes after
                del self._under_way[connection]
            connection.remove_notice_handler(warned.append)
        if warned:
            raise Unavailable(
                f"The database kept this, perhaps without its standby: {warned[0].message_primary}. "
                "Look before you send it again."
            )

    def was_kept(self, xid: str, life: str) -> bool:
        """What became of a transaction of that `life` of the server's, whose connection was lost while it committed.

        Raises Unavailable where that cannot be said.
        """
        deadline = time.monotonic() + OUTCOME_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(psycopg.OperationalError), self._server.connect() as connection:
                try:
                    row = connection.execute("SELECT pg_xact_status(%s::text::xid8)", [xid]).fetchone()
                except psycopg.errors.InvalidParameterValue:  # "in the future": a standby took over without it
                    return False
                status = row[0] if row else None
                if connection.life != life:
                    if status == "committed":  # or was this another, which got the number after a crash?
                        break
                    return False
                if status != "in progress":
                    return bool(status == "committed")
            time.sleep(0.1)
        raise Unavailable(
            "The connection to the database was lost during the commit, and it cannot be said whether it kept this. "
            "Look before you send it again."
        )

    def close(self) -> None:
        """When no more commits come."""
        self._closing.set()
        self._thread.join()

    def _until_closed(self) -> None:
        while not self._closing.wait(LOOK_SECONDS):
            now = time.monotonic()
            for connection, since in list(self._under_way.items()):
                if now - since > PATIENCE_SECONDS:
                    self._cancel(connection)

    def _cancel(self, connection: psycopg.Connection) -> None:
        with self._lock, contextlib.suppress(psycopg.Error):
            if connection in self._under_way:
                connection.cancel_safe(timeout=LOOK_SECONDS)


def check_committed(result: PGresult) -> None:
    """`result`: what came of a COMMIT. Raises psycopg.InternalError."""
    if result.command_status != b"COMMIT":
        raise psycopg.InternalError("A statement failed, and the work went on as if it had not.")
