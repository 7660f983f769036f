"""Where experiments and model versions say that their files are, when a whole root moves."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

from trackline.db.transaction import Transaction
from trackline.domain.artifact_paths import PROXY_SCHEME
from trackline.store.editions import edited

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_EXPERIMENTS = ("experiments", "artifact_location")
_VERSIONS = ("model_versions", "location")
_MOVED = (("runs", "artifact_location"), ("logged_models", "artifact_location"))


class Locations(NamedTuple):
    """How many lie below a root. Runs and logged models follow an experiment and are not counted."""

    experiments: int
    model_versions: int


def count_locations(tx: Transaction, root: str) -> Locations:
    return Locations(len(_below(tx, *_EXPERIMENTS, root)), len(_below(tx, *_VERSIONS, root)))


def count_proxied_experiments(tx: Transaction) -> int:
    """Experiments whose files are wherever the server keeps what goes through it."""
    return count_locations(tx, f"{PROXY_SCHEME}:/").experiments


def move_locations(tx: Transaction, old: str, new: str) -> Locations:
    """Everything that lies below the root `old` lies below `new` from now on; returns how many were rewritten."""
    for moved in _MOVED:
        _move(tx, *moved, old, new)
    tx.execute(f"UPDATE experiments SET {edited(tx)}")
    return Locations(_move(tx, *_EXPERIMENTS, old, new), _move(tx, *_VERSIONS, old, new))


def path_below(location: str, root: str) -> str | None:
    """The path from `root` to `location`, "" where they are the same; None if it lies elsewhere."""
    for spelled in _spellings(root.rstrip("/")):
        if location.rstrip("/") == spelled:
            return ""
        if location.startswith(f"{spelled}/"):
            tail = location[len(spelled) :].strip("/")
            return unquote(tail) if spelled.startswith("file:") else tail
    return None


def folder_of(root: str) -> str | None:
    """The folder of this machine that a path or file: URI names; None for any other URI."""
    if root.startswith("file:"):
        return unquote(urlsplit(root).path)
    return None if _SCHEME.match(root) else root


def _move(tx: Transaction, table: str, column: str, old: str, new: str) -> int:
    moved = [
        {"id": number, "location": _joined(new, quote(tail) if new.startswith("file:") else tail)}
        for number, tail in _below(tx, table, column, old)
    ]
    tx.many(f"UPDATE {table} SET {column} = :location WHERE id = :id", moved)
    return len(moved)


def _below(tx: Transaction, table: str, column: str, root: str) -> list[tuple[int, str]]:
    """The ids of what lies below `root`, each with its path from there."""
    found = tx.rows(f"SELECT id, {column} FROM {table} WHERE {column} IS NOT NULL ORDER BY id")
    tails = ((number, path_below(location, root)) for number, location in found)
    return [(number, tail) for number, tail in tails if tail is not None]


def _joined(root: str, tail: str) -> str:
    return f"{root.rstrip('/')}/{tail}" if tail else root


def _spellings(root: str) -> list[str]:
    """The ways in which a root without its last slash is written in locations."""
    folder = folder_of(root)
    if folder is not None:
        return [folder, f"file://{quote(folder)}", f"file:{quote(folder)}"]
    scheme, _, rest = root.partition(":")
    return [f"s3:{rest}", f"s3a:{rest}"] if scheme in {"s3", "s3a"} else [root]
