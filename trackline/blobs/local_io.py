"""Files being written and read in threads. Locks keep a file open until the thread that is at it is done,
however suddenly the request that wanted it ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import shutil
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from io import FileIO
from uuid import uuid4

from trackline.blobs.errors import StoreFailed

READ_SIZE = 1024 * 1024  # bytes
# Bytes written between two flushes. The last one never keeps a client waiting long, and no flush those who commit to a
# database on the same disk.
SYNC_SIZE = 8 * 1024 * 1024

Folder = Callable[[], AbstractContextManager[int]]  # opens a folder, for the descriptor


class Upload:
    """A file in the staging folder that nobody sees until it is renamed to where it belongs.

    It is locked as long as it is open, which tells it from one whose process was killed.
    """

    def __init__(self, staging: Folder) -> None:
        self.name = uuid4().hex
        self._staging = staging
        self._lock = threading.Lock()
        self._file: FileIO | None = None
        self._ended = False
        self._unsynced = 0

    def write(self, data: bytes) -> None:
        with self._lock:
            file = self._open()
            view = memoryview(data)
            while view:
                view = view[file.write(view) :]
            self._unsynced += len(data)
            if self._unsynced >= SYNC_SIZE:
                os.fsync(file)
                self._unsynced = 0

    def finish(self) -> None:
        """Everything written is on the disk when this returns."""
        with self._lock:
            os.fsync(self._open())

    def end(self) -> None:
        """Close, and remove what was not renamed."""
        with self._lock:
            self._ended = True
            if self._file is None:
                return
            with contextlib.suppress(FileNotFoundError), self._staging() as folder:
                os.unlink(self.name, dir_fd=folder)
            self._file.close()

    def _open(self) -> FileIO:
        if self._ended:
            raise StoreFailed("The upload was given up.")
        while self._file is None:
            with self._staging() as folder:
                file = FileIO(self.name, "xb", opener=_creator(folder))
            with contextlib.suppress(OSError):  # some network file systems have no locks
                fcntl.flock(file, fcntl.LOCK_EX)
            if os.fstat(file.fileno()).st_nlink:
                self._file = file
            else:  # taken for a leftover in the moment before it was locked
                file.close()
        return self._file


def remove_leftovers(staging: int) -> None:
    """Empty the staging folder of what killed processes left; other processes may be using it."""
    with os.scandir(staging) as found:
        leftovers = list(found)
    for entry in leftovers:
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.name, ignore_errors=True, dir_fd=staging)
            continue
        # BlockingIOError: somebody is writing it
        with contextlib.suppress(OSError), FileIO(entry.name, opener=_opener(staging)) as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.unlink(entry.name, dir_fd=staging)


class FileChunks:
    """The bytes of an open file at the positions of `span`, which closes the file at the end."""

    def __init__(self, file: FileIO, span: range) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._position = span.start
        self._stop = span.stop

    def __aiter__(self) -> FileChunks:
        return self

    async def __anext__(self) -> bytes:
        if self._position == self._stop:
            raise StopAsyncIteration
        return await asyncio.to_thread(self._read)

    async def aclose(self) -> None:
        await asyncio.to_thread(self._close)

    def __del__(self) -> None:
        """Whoever was cancelled while the file was being opened never gets to close it."""
        self._file.close()

    def _read(self) -> bytes:
        with self._lock:
            chunk = os.pread(self._file.fileno(), min(READ_SIZE, self._stop - self._position), self._position)
        if not chunk:
            raise StoreFailed("The file became shorter while it was read.")
        self._position += len(chunk)
        return chunk

    def _close(self) -> None:
        with self._lock:
            self._file.close()


def _creator(folder: int) -> Callable[[str, int], int]:
    return lambda name, flags: os.open(name, flags | os.O_NOFOLLOW, 0o666, dir_fd=folder)


def _opener(folder: int) -> Callable[[str, int], int]:
    return lambda name, flags: os.open(name, flags | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
