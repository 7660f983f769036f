"""The log of sign-ins and of changes to who may do what; it is only added to."""

from __future__ import annotations

from msgspec import Struct

from trackline.db.transaction import Transaction
from trackline.store.access.identities import asker

MAX_DETAIL = 500  # characters
OPERATOR = "(command line)"  # whoever has the database in their hands


class LogEntry(Struct, frozen=True):
    id: int
    at: int
    actor: str
    what: str
    subject: str
    detail: str


def note_access(tx: Transaction, what: str, subject: str, detail: str = "", actor: str | None = None) -> None:
    """`subject`: the user or role that it is about. `actor`: who did it, unless it is the one who asks."""
    tx.execute(
        "INSERT INTO access_log (at_ms, actor, what, subject, detail) VALUES (:at, :actor, :what, :subject, :detail)",
        {
            "at": tx.now_ms,
            "actor": (asker(tx).name or OPERATOR) if actor is None else actor,
            "what": what,
            "subject": subject[:MAX_DETAIL],
            "detail": detail[:MAX_DETAIL],
        },
    )


def read_access_log(tx: Transaction, most: int, before: int | None = None) -> list[LogEntry]:
    """The newest first; `before` is the id of the last one of the page before."""
    rows = tx.rows(
        "SELECT id, at_ms, actor, what, subject, detail FROM access_log "
        f"WHERE {'TRUE' if before is None else 'id < :before'} ORDER BY id DESC LIMIT :most",
        {"most": most, "before": before},
    )
    return [LogEntry(*row) for row in rows]
