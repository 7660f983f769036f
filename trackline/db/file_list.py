"""Which files a backup holds, in an SQLite file of its own: there may be millions."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_TABLE = """
CREATE TABLE IF NOT EXISTS files (
    root   TEXT    NOT NULL, -- the place of artifacts, as clients name it
    path   TEXT    NOT NULL, -- in it
    size   INTEGER NOT NULL,
    digest TEXT    NOT NULL, -- SHA-256
    key    TEXT    NOT NULL, -- what it is called in the backup
    PRIMARY KEY (root, path)
) WITHOUT ROWID
"""


class File(NamedTuple):
    root: str
    path: str
    size: int
    digest: str
    key: str


class FileList:
    """For one thread."""

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None)
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.execute(_TABLE)
        self._connection.execute("BEGIN")

    def add(self, file: File) -> None:
        self._connection.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)", file)

    def known(self, root: str, path: str, key: str) -> File | None:
        row = self._connection.execute(
            "SELECT * FROM files WHERE root = ? AND path = ? AND key = ?", (root, path, key)
        ).fetchone()
        return None if row is None else File(*row)

    def has(self, root: str, path: str) -> bool:
        return bool(
            self._connection.execute("SELECT 1 FROM files WHERE root = ? AND path = ?", (root, path)).fetchone()
        )

    def __iter__(self) -> Iterator[File]:
        return (File(*row) for row in self._connection.execute("SELECT * FROM files ORDER BY root, path"))

    def roots(self) -> list[str]:
        return [root for (root,) in self._connection.execute("SELECT DISTINCT root FROM files ORDER BY root")]

    def sums(self) -> tuple[int, int]:
        """Files and bytes."""
        files, size = self._connection.execute("SELECT count(*), coalesce(sum(size), 0) FROM files").fetchone()
        return int(files), int(size)

    def close(self) -> None:
        self._connection.execute("COMMIT")
        self._connection.close()
