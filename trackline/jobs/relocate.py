"""Moves artifacts from one root to another: copies and compares every file, then rewrites the locations.

Until the last file is found to be the same in both places, experiments stay at the old root, so a relocation may be
interrupted at any time; one that is started again passes over what is there already. Nothing is deleted.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from enum import Enum
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar

from trackline.blobs import Blob, BlobStore, Entry, StoreOptions, open_blobs
from trackline.blobs.errors import IsFolder, NoSuchBlob, StoreFailed, UnknownDestination
from trackline.blobs.local import LocalStore
from trackline.db.database import Database
from trackline.jobs.many_files import each_of
from trackline.store.artifact_locations import Locations, folder_of, move_locations, path_below

T = TypeVar("T")

LOOKS = 10  # at all files, until one finds nothing new


class Refused(Exception):
    """The experiments stay at the old root; the message says why, and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Root(NamedTuple):
    """`location` is what experiments say, `place` the folder or object store that has the bytes.

    They differ for mlflow-artifacts:/, which is wherever the server keeps what goes through it.
    """

    location: str
    place: str


class Different(Enum):
    """What becomes of a file at the new root that was there before, with other content."""

    STOP = "stop"
    KEEP = "keep"
    REPLACE = "replace"


class Size(NamedTuple):
    files: int
    bytes: int


class Watcher(Protocol):
    """Is told how far it is; the work of one `begin` ends when its size has come by `advance`."""

    def begin(self, doing: str, size: Size) -> None: ...

    def advance(self, files: int, size: int) -> None: ...


@dataclass
class Done:
    """Files by what became of them."""

    copied: int = 0
    there: int = 0  # with the same content
    kept: int = 0  # with other content, as Different.KEEP says
    bytes: int = 0  # copied
    different: list[str] = field(default_factory=list)  # paths that stand in the way


class _Gone(Exception):
    """The file at the old root was deleted meanwhile, or is no more than some program's mark of a folder."""


class _Print(NamedTuple):
    """A file's content in short."""

    size: int
    digest: bytes


async def relocate(database: Database, old: Root, new: Root, copier: Copier | None) -> tuple[Done, Locations]:
    """Without a copier, only the locations are rewritten: both roots are the same place.

    Raises Refused and BlobError; then no location was touched.
    """
    done = await copier.copy() if copier is not None else Done()
    return done, await database.write(move_locations, old.location, new.location)


def check_roots(old: Root, new: Root) -> bool:
    """Whether there is anything to copy. Raises Refused for two roots of which nothing good can come."""
    tail = path_below(new.place, old.place)
    if tail:
        raise Refused(f"{new.place} lies inside of {old.place}: the copies would be copied again. Choose another root.")
    if tail == "" and path_below(new.location, old.location) == "":
        raise Refused(f"{old.location} and {new.location} are the same: there is nothing to move.")
    return tail is None


def open_source(place: str, options: StoreOptions) -> BlobStore:
    """The store at the old root; a folder is not touched. Raises as `open_blobs`."""
    folder = folder_of(place)
    if folder is None:
        return open_blobs(place, options)
    if not Path(folder).is_dir():
        raise UnknownDestination(f"There is no folder {folder}.")
    return _FolderAsItIs(Path(folder))


async def size_of(store: BlobStore) -> Size:
    files = total = 0
    async for entry in store.walk(""):
        files += 1
        total += entry.size or 0
    return Size(files, total)


class _FolderAsItIs(LocalStore):
    """For reading: it may belong to somebody else, so nothing is made in it."""

    def __init__(self, root: Path) -> None:  # without what LocalStore does to be able to write
        self.root = root.resolve(strict=True)


class Copier:
    """Makes `target` hold every file of `source`."""

    def __init__(self, source: BlobStore, target: BlobStore, different: Different, watcher: Watcher) -> None:
        self._source = source
        self._target = target
        self._different = different
        self._watcher = watcher
        self._settled: dict[str, str] = {}  # the path of each file that is done: the ETag it had then
        self._done = Done()

    async def copy(self) -> Done:
        """Look at all files again until none has come or changed. Raises Refused where that does not end."""
        doing, size = "Copying", await size_of(self._source)
        for _ in range(LOOKS):
            self._watcher.begin(doing, size)
            before = self._done.copied + self._done.there + self._done.kept
            await each_of(self._source.walk(""), self._settle)
            if self._done.different:
                raise _in_the_way(self._done.different)
            if before == self._done.copied + self._done.there + self._done.kept:
                return self._done
            doing = "Looking for changes"
        raise Refused(
            "Files at the old root keep changing. Stop what writes them and run the same command again: it goes on "
            "where it was. The experiments stay at the old root until then."
        )

    async def _settle(self, entry: Entry) -> None:
        path, seen = entry.name, self._settled.get(entry.name)
        try:
            if seen is not None and (await _unless_gone(self._source.stat(path))).etag == seen:
                self._watcher.advance(1, entry.size or 0)
            elif seen is None and (there := await self._size_at_target(path)) is not None:
                await self._compare(path, there)
            else:
                await self._carry(path)
        except _Gone:
            self._watcher.advance(1, entry.size or 0)

    async def _size_at_target(self, path: str) -> int | None:
        try:
            return (await self._target.stat(path)).size
        except NoSuchBlob:
            return None
        except IsFolder:
            await _unless_gone(self._source.stat(path))
            raise Refused(
                f"'{path}' is a folder at the new root and a file at the old one. Move one of them."
            ) from None

    async def _compare(self, path: str, size_at_target: int) -> None:
        """Settle a file that is there, though it was not this copier that put it there."""
        stat = await _unless_gone(self._source.stat(path))
        if stat.size == size_at_target:
            blob = await _unless_gone(self._source.get(path))
            if await _print_of(blob) == await _print_of(await self._target.get(path)):
                self._settled[path] = blob.etag
                self._done.there += 1
                self._watcher.advance(1, blob.size)
                return
        if self._different is Different.REPLACE:
            await self._carry(path)
            return
        self._settled[path] = stat.etag
        self._watcher.advance(1, stat.size)
        if self._different is Different.KEEP:
            self._done.kept += 1
        else:
            self._done.different.append(path)

    async def _carry(self, path: str) -> None:
        blob = await _unless_gone(self._source.get(path))
        passing = _Passing(blob, lambda size: self._watcher.advance(0, size))
        try:
            await self._target.put(path, passing.chunks(), blob.size)
        finally:
            await blob.chunks.aclose()
        if await _print_of(await self._target.get(path)) != passing.print:
            raise StoreFailed(f"The store at the new root gives back other bytes of '{path}' than were written.")
        self._settled[path] = blob.etag
        self._done.copied += 1
        self._done.bytes += blob.size
        self._watcher.advance(1, 0)


class _Passing:
    """The bytes of a file on their way, and what they amount to."""

    def __init__(self, blob: Blob, passed: Callable[[int], None]) -> None:
        self._blob = blob
        self._passed = passed
        self._hash = blake2b()
        self._size = 0

    async def chunks(self) -> AsyncIterator[bytes]:
        async for chunk in self._blob.chunks:
            self._hash.update(chunk)
            self._size += len(chunk)
            self._passed(len(chunk))
            yield chunk
        if self._size != self._blob.size:
            raise StoreFailed("A file at the old root became shorter while it was read; run the same command again.")

    @property
    def print(self) -> _Print:
        return _Print(self._size, self._hash.digest())


async def _print_of(blob: Blob) -> _Print:
    passing = _Passing(blob, lambda _: None)
    try:
        async for _ in passing.chunks():
            pass
    finally:
        await blob.chunks.aclose()
    return passing.print


async def _unless_gone(looking: Awaitable[T]) -> T:
    try:
        return await looking
    except (NoSuchBlob, IsFolder):
        raise _Gone from None


def _in_the_way(paths: list[str]) -> Refused:
    files = "1 file" if len(paths) == 1 else f"{len(paths)} files"
    return Refused(
        f"{files} at the new root had other content before ('{min(paths)}'). Run it again with --replace to overwrite "
        "or with --keep to leave what is there. The experiments stay at the old root until then."
    )
