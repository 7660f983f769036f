"""The one interface of all places in which bytes are kept.

A path is relative, its parts are separated by "/", and any character but NUL may stand in a part. A folder
is there when a file lies somewhere below it, and only then.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator
from typing import NamedTuple, Protocol


class Span(NamedTuple):
    """Bytes of a file, counted as in HTTP: first and last inclusive; without first, the `last` final ones."""

    first: int | None
    last: int | None

    def of(self, size: int) -> range | None:
        """The positions meant in a file of `size` bytes; None if there are none."""
        if self.first is None:
            found = range(max(0, size - (self.last or 0)), size)
        else:
            found = range(self.first, size if self.last is None else min(self.last + 1, size))
        return found or None


class Chunks(Protocol):
    """Bytes as they come. Whoever got them closes them, whether all were read or none."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...

    async def aclose(self) -> None: ...


class Blob(NamedTuple):
    """A stored file as it is opened. Replacing the file meanwhile does no harm to what is read here."""

    size: int  # of the whole file
    etag: str  # changes with the content; without quotes
    modified_ms: int
    span: range  # the positions that `chunks` brings
    chunks: Chunks


class Entry(NamedTuple):
    """A file or folder in a folder."""

    name: str
    size: int | None  # None for a folder


class BlobStore(Protocol):
    """Every method raises StoreFailed when the store itself is at fault."""

    async def put(self, path: str, chunks: AsyncIterable[bytes]) -> None:
        """Store a file, replacing one that is there. It is seen whole or not at all.

        An exception from `chunks` is passed on, and nothing is kept. Raises IsFolder, NotAFolder, NoRoom.
        """

    async def get(self, path: str, span: Span | None = None) -> Blob:
        """Raises NoSuchBlob, IsFolder, OutOfRange."""

    async def entries(self, path: str) -> list[Entry]:
        """What lies directly in the folder, by name; nothing if it is a file or not there. "" is the top."""

    async def delete(self, path: str) -> None:
        """Remove the file, or the folder with everything in it; no error if nothing is there."""
