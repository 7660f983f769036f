"""What people write as the address of a database, and what it means."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from trackline.db.errors import DatabaseRefused

_EXAMPLE = "Write --backend-store-uri sqlite:///trackline.db (current folder) or sqlite:////var/lib/trackline.db."


class SqliteFile(NamedTuple):
    """The file, absolute; `warning` says where it is probably not the one that was meant."""

    path: Path
    warning: str | None


def sqlite_file(uri: str) -> SqliteFile:
    """The file of a `sqlite:///…` address. Raises DatabaseRefused for anything else."""
    scheme, colon, rest = uri.partition(":")
    if not colon or scheme != "sqlite":
        known = f"{scheme}: is not supported" if colon else f"{uri!r} is no database address"
        raise DatabaseRefused(f"{known}; this version keeps its data in SQLite.", _EXAMPLE)
    name = rest.removeprefix("///").partition("?")[0]
    if not rest.startswith("///") or name in ("", ":memory:"):
        raise DatabaseRefused(f"{uri} names no file.", _EXAMPLE)
    given = Path(name)
    try:
        path = given.expanduser().absolute()
        first = given.parts[0] if given.parts else ""
        is_slip = not given.is_absolute() and Path("/", first).is_dir() and not Path(first).exists()
    except (OSError, RuntimeError) as error:
        raise DatabaseRefused(f"{uri} is no address of a file: {error}.", _EXAMPLE) from None
    if not is_slip:
        return SqliteFile(path, None)
    meant = f"If you meant {Path('/', given)}, write sqlite:////{given}."
    return SqliteFile(path, f"{uri} has three slashes, so it means {path}. {meant}")
