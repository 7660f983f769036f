"""What PostgreSQL's errors mean for a request: whether to try again, and what to tell it otherwise."""

from __future__ import annotations

from enum import Enum, auto

import psycopg

from trackline.db.database import READ_SECONDS
from trackline.db.errors import NotStorable, TookTooLong, Unavailable


class Remedy(Enum):
    AGAIN = auto()  # another transaction came in between: the same work sees now what that one did
    RECONNECT = auto()  # the connection is lost, or what it remembers is out of date
    NONE = auto()


_CAME_BETWEEN = {
    "40001",  # serialization failure
    "40P01",  # deadlock
    "23505",  # unique violation: what was looked for and not found is there now
    "23503",  # foreign key violation: what was found is gone now
}
_OUT_OF_DATE = {
    "0A000",  # a plan from before a migration
    "25006",  # read-only: this server is no longer the primary
    "26000",  # a prepared statement that a pooler has left elsewhere
}
_ENDED = {
    "57P01",  # admin shutdown
    "57P02",  # crash shutdown
    "25P03",  # idle in transaction for too long
}
# How codes begin; "42501" is a right that this user lacks, "53100" a full disk.
_MACHINE_FAILED = ("08", "25006", "25P03", "42501", "53", "55P03", "57", "58", "XX")
_TOO_LARGE = "54000"  # for an index, in which a text has to fit whole
_BY_SOMEBODY = "user request"  # a statement was cancelled by an administrator: nothing is wrong with the request


def remedy(error: psycopg.Error, lost: bool) -> Remedy:
    """`lost`: the connection broke."""
    if lost or error.sqlstate in _ENDED or error.sqlstate in _OUT_OF_DATE:
        return Remedy.RECONNECT
    return Remedy.AGAIN if error.sqlstate in _CAME_BETWEEN else Remedy.NONE


def said(error: psycopg.Error) -> str:
    """In one line, without a period at its end, and without what libpq asks back, which it sets in."""
    lines = [line for line in str(error).splitlines() if not line[:1].isspace()]
    return error.diag.message_primary or " ".join(" ".join(lines).split()).rstrip(".")


def as_told(error: psycopg.Error) -> Exception:
    """`error` as the waiting request gets it."""
    if error.sqlstate is None and isinstance(error, psycopg.DataError):  # psycopg's own: it was never sent
        return NotStorable(f"PostgreSQL cannot store this: {error}.")
    if error.sqlstate == _TOO_LARGE:
        return NotStorable(f"PostgreSQL cannot store this: {said(error)}.")
    if error.sqlstate == "57014" and _BY_SOMEBODY not in str(error):  # else by statement_timeout
        return TookTooLong(READ_SECONDS)
    if error.sqlstate is None or error.sqlstate.startswith(_MACHINE_FAILED):
        return Unavailable(f"The database cannot be used: {said(error)}.")
    return error
