"""What one look found."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"  # works, and will not always
    ERROR = "error"  # does not work, or loses data or secrets


class Finding(NamedTuple):
    """`check` names what was looked at; `advice` says what to do, "" where all is well."""

    check: str
    level: Level
    found: str
    advice: str = ""


def ok(check: str, found: str) -> Finding:
    return Finding(check, Level.OK, found)


def warning(check: str, found: str, advice: str) -> Finding:
    return Finding(check, Level.WARNING, found, advice)


def error(check: str, found: str, advice: str) -> Finding:
    return Finding(check, Level.ERROR, found, advice)
