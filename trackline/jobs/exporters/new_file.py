"""A file that is seen whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class AlreadyThere(Exception):
    """What is there is not overwritten."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"There is something at {path} already.")
        self.message = str(self)
        self.hint = "Name another place, or move it away first."


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Gives the name to write to until the file is finished. Raises AlreadyThere."""
    if path.exists():
        raise AlreadyThere(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        yield unfinished
        with unfinished.open("rb+") as file:
            os.fsync(file.fileno())
        unfinished.rename(path)
    finally:
        unfinished.unlink(missing_ok=True)
