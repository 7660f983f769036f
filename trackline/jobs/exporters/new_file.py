"""A file, or a folder of files, that is seen whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
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
    unfinished = _unfinished(path)
    unfinished.unlink(missing_ok=True)
    try:
        yield unfinished
        _sync(unfinished)
        unfinished.rename(path)
    finally:
        unfinished.unlink(missing_ok=True)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """The same of a folder of files."""
    with _passing_folder(_unfinished(path)) as unfinished:
        yield unfinished
        for file in unfinished.iterdir():
            _sync(file)
        unfinished.rename(path)


def parts_beside(path: Path) -> AbstractContextManager[Path]:
    """A folder beside `path` for what it is put together from; it goes in the end."""
    return _passing_folder(path.with_name(f"{path.name}.parts"))


@contextmanager
def _passing_folder(folder: Path) -> Iterator[Path]:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def check_free(path: Path) -> None:
    """Raises AlreadyThere."""
    if path.exists():
        raise AlreadyThere(path)


def _unfinished(path: Path) -> Path:
    check_free(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.with_name(f"{path.name}.unfinished")


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
