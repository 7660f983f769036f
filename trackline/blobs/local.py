"""Artifacts as plain files in a folder of this machine, under their own names.

Symbolic links are neither followed nor listed, so nothing outside the folder can be reached. Each folder on
the way to a file is opened from the one above it, which leaves no moment in which a link could be put in.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import shutil
import stat
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator, Sequence
from hashlib import blake2b
from io import FileIO
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from trackline.blobs.batches import batched
from trackline.blobs.errors import BlobError, IsFolder, NoRoom, NoSuchBlob, NotAFolder, OutOfRange, StoreFailed
from trackline.blobs.local_io import FileChunks, Upload, remove_leftovers
from trackline.blobs.store import Blob, Entry, Span, Stat, parts_of

T = TypeVar("T")

STAGING = ".trackline-uploads"  # in the root, so that a finished file only has to be renamed
PUBLISH_ATTEMPTS = 10  # a delete may take a folder away just as a file is put into it

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NOT_A_FOLDER = {errno.ENOTDIR, errno.ELOOP}
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class LocalStore:
    """A `BlobStore` in the folder `root`, which is made if missing. OSError if it cannot be written to."""

    def __init__(self, root: Path) -> None:
        try:
            root.mkdir(parents=True, exist_ok=True)
            self.root = root.resolve()
            with self._staging() as folder:
                remove_leftovers(folder)
            probe = Upload(self._staging)
            probe.finish()
            probe.end()
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(root)) from error

    async def put(self, path: str, chunks: AsyncIterable[bytes], size: int | None = None) -> None:  # noqa: ARG002
        parts = _parts(path)
        await _in_thread(path, self._check_place, parts)
        upload = Upload(self._staging)
        try:
            async for batch in batched(chunks):
                await _in_thread(path, upload.write, batch)
            await _in_thread(path, self._publish, upload, parts)
        finally:
            # Given to a thread at once: a task could be cancelled, as this one may be, before it has begun.
            await asyncio.shield(asyncio.get_running_loop().run_in_executor(None, upload.end))

    async def get(self, path: str, span: Span | None = None) -> Blob:
        return await _in_thread(path, self._get, path, span)

    async def stat(self, path: str) -> Stat:
        blob = await self.get(path)
        await blob.chunks.aclose()
        return Stat(blob.size, blob.etag, blob.modified_ms)

    async def entries(self, path: str) -> list[Entry]:
        return await _in_thread(path, self._entries, path)

    async def walk(self, path: str) -> AsyncIterator[Entry]:
        for entry in await self.entries(path):
            if entry.size is not None:
                yield entry
                continue
            async for found in self.walk(f"{path}/{entry.name}" if path else entry.name):
                yield Entry(f"{entry.name}/{found.name}", found.size)

    async def delete(self, path: str) -> None:
        await _in_thread(path, self._delete, path)

    def _check_place(self, parts: Sequence[str]) -> None:
        """Refuse before the bytes come rather than after."""
        with contextlib.suppress(FileNotFoundError), self._folder(parts[:-1]) as folder:
            if stat.S_ISDIR(os.stat(parts[-1], dir_fd=folder, follow_symlinks=False).st_mode):
                raise _is_folder("/".join(parts))

    def _publish(self, upload: Upload, parts: Sequence[str]) -> None:
        upload.finish()
        for attempt in range(1, PUBLISH_ATTEMPTS + 1):
            try:
                with self._staging() as staging, self._folder(parts[:-1], make=True) as folder:
                    os.rename(upload.name, parts[-1], src_dir_fd=staging, dst_dir_fd=folder)
                    os.fsync(folder)
            except IsADirectoryError:
                raise _is_folder("/".join(parts)) from None
            except FileNotFoundError:
                if attempt == PUBLISH_ATTEMPTS:
                    raise
            else:
                return

    def _get(self, path: str, span: Span | None) -> Blob:
        missing = NoSuchBlob(f"No such artifact: '{path}'")
        try:
            parts = _parts(path)
            with self._folder(parts[:-1]) as folder:
                file = FileIO(parts[-1], opener=lambda name, _: os.open(name, _FILE, dir_fd=folder))
        except (FileNotFoundError, NotAFolder):
            raise missing from None
        except IsADirectoryError:
            raise _is_folder(path) from None
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise missing from None
            raise
        try:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise missing
            return _blob(file, status, span)
        except BlobError:
            file.close()
            raise

    def _entries(self, path: str) -> list[Entry]:
        entries = []
        with contextlib.suppress(FileNotFoundError, NotAFolder), self._folder(_parts(path)) as folder:
            for found in _visible(folder):
                if found.is_file(follow_symlinks=False):
                    with contextlib.suppress(FileNotFoundError):  # deleted meanwhile
                        entries.append(Entry(found.name, found.stat(follow_symlinks=False).st_size))
                elif (path or found.name != STAGING) and _holds_file(folder, found.name):
                    entries.append(Entry(found.name, None))
        return sorted(entries)

    def _delete(self, path: str) -> None:
        try:
            parts = _parts(path)
            with self._folder(parts[:-1]) as folder:
                if stat.S_ISDIR(os.stat(parts[-1], dir_fd=folder, follow_symlinks=False).st_mode):
                    self._delete_folder(folder, parts[-1])
                else:
                    os.unlink(parts[-1], dir_fd=folder)
        except (FileNotFoundError, NotAFolder):
            return
        with contextlib.suppress(OSError, NotAFolder):  # not empty, or already gone
            for end in range(len(parts) - 1, 0, -1):
                with self._folder(parts[: end - 1]) as folder:
                    os.rmdir(parts[end - 1], dir_fd=folder)

    def _delete_folder(self, folder: int, name: str) -> None:
        """Out of sight at once, whole; then piece by piece."""
        hidden = uuid4().hex
        with self._staging() as staging:
            os.rename(name, hidden, src_dir_fd=folder, dst_dir_fd=staging)
            shutil.rmtree(hidden, dir_fd=staging)

    def _staging(self) -> contextlib.AbstractContextManager[int]:
        return self._folder((STAGING,), make=True)

    @contextlib.contextmanager
    def _folder(self, parts: Sequence[str], *, make: bool = False) -> Iterator[int]:
        """The descriptor of the folder. Raises FileNotFoundError unless `make`, and NotAFolder."""
        folder = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for part in parts:
                inner = _enter(folder, part, make)
                os.close(folder)
                folder = inner
            yield folder
        finally:
            os.close(folder)


def _enter(folder: int, name: str, make: bool) -> int:
    try:
        return os.open(name, _FOLDER, dir_fd=folder)
    except FileNotFoundError:
        if not make:
            raise
        with contextlib.suppress(FileExistsError):
            os.mkdir(name, dir_fd=folder)
            os.fsync(folder)
        return os.open(name, _FOLDER, dir_fd=folder)
    except OSError as error:
        if error.errno in _NOT_A_FOLDER:
            raise NotAFolder(f"'{name}' on the way to it is not a folder.") from None
        raise


def _blob(file: FileIO, status: os.stat_result, span: Span | None) -> Blob:
    size = status.st_size
    positions = range(size) if span is None else span.of(size)
    if positions is None:
        raise OutOfRange(f"The file has {size} bytes.", size)
    version = f"{status.st_ino}-{status.st_mtime_ns}-{size}"
    etag = blake2b(version.encode(), digest_size=16).hexdigest()
    return Blob(size, etag, status.st_mtime_ns // 1_000_000, positions, FileChunks(file, positions))


def _visible(folder: int) -> Iterator[os.DirEntry[str]]:
    """The files and folders in a folder, without links, devices and names that are not Unicode."""
    with os.scandir(folder) as found:
        for entry in found:
            named = entry.name.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in entry.name)
            if named and (entry.is_dir(follow_symlinks=False) or entry.is_file(follow_symlinks=False)):
                yield entry


def _holds_file(folder: int, name: str) -> bool:
    """Whether a file lies anywhere below the folder `name` in `folder`."""
    try:
        inner = _enter(folder, name, make=False)
    except (OSError, NotAFolder):  # gone meanwhile, or not ours to read, such as lost+found
        return False
    try:
        folders = []
        for entry in _visible(inner):
            if entry.is_file(follow_symlinks=False):
                return True
            folders.append(entry.name)
        return any(_holds_file(inner, entry) for entry in folders)
    finally:
        os.close(inner)


def _parts(path: str) -> list[str]:
    parts = parts_of(path)
    if parts and parts[0] == STAGING:
        raise NotAFolder(f"'{STAGING}' is reserved for uploads on their way.")
    return parts


def _is_folder(path: str) -> IsFolder:
    return IsFolder(f"Artifact path refers to a directory, not a file: '{path}'")


async def _in_thread(path: str, work: Callable[..., T], *args: object) -> T:
    try:
        return await asyncio.to_thread(work, *args)
    except OSError as error:
        if error.errno in _FULL:
            raise NoRoom(f"The artifact folder of the server has no room for '{path}': {error.strerror}.") from error
        raise StoreFailed(f"The artifact folder of the server fails on '{path}': {error.strerror}.") from error
