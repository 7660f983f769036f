"""An archive, as an export leaves it: one tar with all of some experiments, or of a whole tracker. In this order:

manifest.json  what it is, and how much of each kind it holds
metadata.db    a database of Trackline's, in SQLite
artifacts/…    of an archive with artifacts: what its database says is at mlflow-artifacts:/
SHA256SUMS     of all of these, as `sha256sum --check` reads it. What was cut off has none
"""

from __future__ import annotations

import hashlib
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, NamedTuple

import msgspec
from msgspec import Struct

from trackline.blobs.store import parts_of
from trackline.db.reading import OwnReading
from trackline.jobs.importers.source import UnusableSource
from trackline.jobs.importers.trackline_database import TracklineDatabase

FORMAT = 1
MANIFEST, METADATA, ARTIFACTS, SUMS = "manifest.json", "metadata.db", "artifacts", "SHA256SUMS"
CHUNK = 1 << 20  # bytes
_LONGEST_MANIFEST = 64 << 20  # bytes
_AGAIN = "Make it again with trackline export, or copy it here again."

Advance = Callable[[str, int], None]  # is told of things by name, as they are done


class Named(Struct, frozen=True):
    id: str
    name: str


class ArchiveManifest(Struct, frozen=True):
    """`tables`: how many rows each has. `artifacts`: whether the files are in it."""

    trackline_archive: int  # the format
    program: str
    made_ms: int
    artifacts: bool
    experiments: list[Named]
    tables: dict[str, int]


class Unpacked(NamedTuple):
    """`artifacts`: the folder of its files, where they were asked for and it has any."""

    metadata: Path
    artifacts: Path | None


class ArchivedTracker(TracklineDatabase):
    """Satisfies `Source`. `end` is called when it is closed."""

    def __init__(self, reading: OwnReading, shown: str, artifacts: Path | None, end: Callable[[], None]) -> None:
        super().__init__(reading, shown)
        self.artifacts = artifacts
        self._end = end

    def close(self) -> None:
        super().close()
        self._end()


def unpack(archive: Path, folder: Path, files: bool, advance: Advance) -> Unpacked:
    """Into an empty folder; artifacts only where `files` are wanted. Raises UnusableSource where a byte is wrong."""
    try:
        with tarfile.open(archive, "r|") as tar, TemporaryFile("w+", encoding="utf-8") as found:
            manifest = _read_manifest(archive, tar, found)
            unpacking = _Unpacking(tar, folder, files, found)
            while (member := tar.next()) is not None and member.name != SUMS:
                unpacking.take(member)
                tar.members.clear()  # type: ignore[attr-defined] # it would remember each
                advance("files", 1)
            _check_sums(archive, tar, member, found)
    except (tarfile.TarError, FileExistsError) as error:
        raise _damaged(archive, str(error)) from error
    if not (folder / METADATA).is_file():
        raise _damaged(archive, f"there is no {METADATA} in it")
    artifacts = folder / ARTIFACTS if files and manifest.artifacts else None
    if artifacts is not None:
        artifacts.mkdir(exist_ok=True)
    return Unpacked(folder / METADATA, artifacts)


def sum_line(digest: str, name: str) -> str:
    """As `sha256sum` writes it."""
    escaped = name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    mark = "" if escaped == name else "\\"
    return f"{mark}{digest}  {escaped}\n"


class _Unpacking:
    def __init__(self, tar: tarfile.TarFile, folder: Path, files: bool, found: IO[str]) -> None:
        self._tar = tar
        self._folder = folder
        self._files = files
        self._found = found

    def take(self, member: tarfile.TarInfo) -> None:
        """Only files, by names that lead nowhere else; so there are no links to follow either."""
        parts = _parts(member)
        content = self._tar.extractfile(member) if parts else None
        if content is None:
            raise UnusableSource(f"The archive holds {member.name!r}, which is no part of one.", _AGAIN)
        passing = _Summing(content)
        if parts == [METADATA] or self._files:
            path = self._folder.joinpath(*parts)
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                shutil.copyfileobj(passing, file, CHUNK)
        else:
            while passing.read(CHUNK):
                pass
        self._found.write(sum_line(passing.digest, member.name))


class _Summing:
    """A file that is read, and what it amounts to."""

    def __init__(self, content: IO[bytes]) -> None:
        self._content = content
        self._hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        chunk = self._content.read(size)
        self._hash.update(chunk)
        return chunk

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()


def _parts(member: tarfile.TarInfo) -> list[str]:
    """Of its path; none where it has no business in an archive."""
    try:
        parts = parts_of(member.name)
    except ValueError:
        return []
    fits = parts == [METADATA] or (len(parts) > 1 and parts[0] == ARTIFACTS)
    return parts if fits and member.isreg() and "\0" not in member.name else []


def _read_manifest(archive: Path, tar: tarfile.TarFile, found: IO[str]) -> ArchiveManifest:
    first = tar.next()
    content = tar.extractfile(first) if first and first.name == MANIFEST and first.size < _LONGEST_MANIFEST else None
    if content is None:
        raise UnusableSource(f"{archive} is a tar, but no archive of Trackline's.", "Name one that export has made.")
    text = content.read()
    found.write(sum_line(hashlib.sha256(text).hexdigest(), MANIFEST))
    try:
        manifest = msgspec.json.decode(text, type=ArchiveManifest)
    except msgspec.DecodeError as error:
        raise _damaged(archive, f"its manifest cannot be read ({error})") from None
    if manifest.trackline_archive > FORMAT:
        raise UnusableSource(
            f"{archive} was made by a newer Trackline ({manifest.program}).", "Use that version, or a newer one."
        )
    return manifest


def _check_sums(archive: Path, tar: tarfile.TarFile, sums: tarfile.TarInfo | None, found: IO[str]) -> None:
    content = None if sums is None else tar.extractfile(sums)
    if content is None:
        raise _damaged(archive, "its end is missing")
    found.seek(0)
    for line in found:
        if content.readline() != line.encode():
            raise _damaged(archive, f"the checksum of {line.rstrip().partition('  ')[2]} is another one")
    if content.readline():
        raise _damaged(archive, "files are missing")


def _damaged(archive: Path, how: str) -> UnusableSource:
    return UnusableSource(f"{archive} is damaged: {how}.", _AGAIN)
