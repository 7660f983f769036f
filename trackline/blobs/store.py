"""The one interface of all places in which bytes are kept.

A path is relative, its parts are separated by "/", and any character but NUL may stand in a part; object stores
refuse control characters with BadName, Azure backslashes as well. A folder is there when a file lies somewhere
below it, and only then. In an object store, a file and a folder may have the same name; then both are listed, and
deleted together.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Sequence
from typing import NamedTuple, Protocol, runtime_checkable


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


class Stat(NamedTuple):
    """What is known of a file without opening it; as in Blob."""

    size: int
    etag: str
    modified_ms: int


class Entry(NamedTuple):
    """A file or folder in a folder."""

    name: str
    size: int | None  # None for a folder


class BlobStore(Protocol):
    """Every method raises StoreFailed and StoreUnavailable when the store itself is at fault, and BadName."""

    async def put(self, path: str, chunks: AsyncIterable[bytes], size: int | None = None) -> None:
        """Store a file, replacing one that is there. It is seen whole or not at all.

        `size` is how many bytes will come, where that is known: object stores choose the size of parts by it,
        and take no more than 48 GiB without. An exception from `chunks` is passed on, and nothing is kept.
        Raises IsFolder, NotAFolder, NoRoom.
        """

    async def get(self, path: str, span: Span | None = None) -> Blob:
        """Raises NoSuchBlob, IsFolder, OutOfRange."""

    async def stat(self, path: str) -> Stat:
        """Raises NoSuchBlob, IsFolder."""

    async def entries(self, path: str) -> list[Entry]:
        """What lies directly in the folder, by name; nothing if it is a file or not there. "" is the top."""

    def walk(self, path: str) -> AsyncIterator[Entry]:
        """Every file below the folder, in no certain order; names are the paths from there."""

    async def delete(self, path: str) -> None:
        """Remove the file, or the folder with everything in it; no error if nothing is there."""


class SignedUrl(NamedTuple):
    url: str
    headers: dict[str, str]  # to be sent with it


@runtime_checkable
class Presigner(Protocol):
    """A store that lets clients come to it directly, by URLs that are valid for some seconds (at most 604,800)."""

    async def download_url(self, path: str, seconds: int, disposition: str = "") -> str:
        """For GET; `disposition` is the Content-Disposition of the answer, where the store can be told so."""

    async def upload_url(self, path: str, seconds: int, content_type: str = "") -> SignedUrl:
        """For PUT of a whole file."""


@runtime_checkable
class MultipartUploads(Protocol):
    """A store to which clients send the parts of a file themselves, numbered from 1, all but the last ≥ 5 MiB.

    Every method raises NotOffered where the store's keys come from a place that does not hand them out.
    """

    async def begin(self, path: str) -> str:
        """The id of a new upload. It costs room until it is completed or aborted."""

    async def part_urls(self, path: str, upload_id: str, count: int, seconds: int) -> list[str]:
        """URLs for PUT of the parts 1 to `count`; each answer's ETag is needed to complete."""

    async def complete(self, path: str, upload_id: str, parts: Sequence[tuple[int, str]]) -> None:
        """Make the file of its parts: number and ETag. Raises NoSuchUpload, BadParts."""

    async def abort(self, path: str, upload_id: str) -> None:
        """Throw the parts away; no error if there is no such upload."""


def parts_of(path: str) -> list[str]:
    """ValueError if it is not the path of a blob; "" is the top."""
    parts = path.split("/") if path else []
    if any(part in {"", ".", ".."} for part in parts):
        raise ValueError(f"not the path of a blob: {path!r}")
    return parts
