"""A folder or a file that is there whole, or not at all."""

from __future__ import annotations

import io
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trackline.blobs.store import parts_of
from trackline.cli.tracker import Refused, WrongUse


def check_free(destination: Path) -> None:
    """Nothing that is there is overwritten: WrongUse unless `destination` can be made, or is an empty folder."""
    if not destination.parent.is_dir():
        raise WrongUse(f"There is no folder {destination.parent}; make it first.")
    if destination.is_dir() and not any(destination.iterdir()):
        return
    if os.path.lexists(destination):
        raise WrongUse(f"{destination} is there already; remove it, or name another place.")


def write_file(chunks: Iterator[bytes], destination: Path) -> None:
    with _staged(destination) as new, new.open("wb") as file:
        file.writelines(chunks)


def unpack(chunks: Iterator[bytes], destination: Path) -> None:
    """Make the folder of a tar whose files lie below one folder of their own.

    Raises Refused for a tar that holds anything else, or is cut off.
    """
    with _staged(destination) as new:
        new.mkdir()
        try:
            with tarfile.open(fileobj=_Reader(chunks), mode="r|") as archive:
                for member in archive:
                    _extract(archive, member, new)
        except tarfile.TarError as error:
            raise Refused(f"What came is not a whole tar ({error}); nothing was kept.") from error
        for _ in chunks:  # to its end: a connection that breaks off is known there
            pass


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    """Only files, by names that lead nowhere else; so there are no links to follow either."""
    try:
        _, *parts = parts_of(member.name)
    except ValueError:
        parts = []
    content = archive.extractfile(member) if member.isreg() else None
    if not parts or content is None or "\0" in member.name:
        raise Refused(f"The tar holds {member.name!r}, which is no file of a model; nothing was kept.")
    path = folder.joinpath(*parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        shutil.copyfileobj(content, file)


@contextmanager
def _staged(destination: Path) -> Iterator[Path]:
    """Where to make what becomes `destination` when the block ends; beside it, so that this is a renaming."""
    with tempfile.TemporaryDirectory(dir=destination.parent, prefix=f".{destination.name[:100]}.") as folder:
        new = Path(folder) / "new"
        yield new
        new.rename(destination)


class _Reader(io.RawIOBase):
    """Chunks as a file that tarfile can read."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks

    def read(self, _: int = -1, /) -> bytes:
        return next(self._chunks, b"")
