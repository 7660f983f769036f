"""What a backup is made of, and where its parts lie in the place of backups:

2026-11-28T210304Z/metadata.db    the database as an SQLite file
2026-11-28T210304Z/files.db       which artifacts belong to it (trackline/db/file_list.py)
2026-11-28T210304Z/manifest.json  sizes and checksums; written last, so that without it there is no backup
artifacts/3f/3f9a…                artifacts, which several backups share
"""

from __future__ import annotations

import re

import msgspec
from msgspec import Struct

from trackline.blobs import BlobStore
from trackline.blobs.errors import BlobError, NoSuchBlob

FORMAT = 1
METADATA, FILES, MANIFEST, ARTIFACTS = "metadata.db", "files.db", "manifest.json", "artifacts"

_NAME = re.compile(r"\d{4}-\d\d-\d\dT\d{6}Z")


class BackupRefused(BlobError):
    """There is no such backup, or it cannot be made or restored there; the message says why and what to do."""


class Part(Struct, frozen=True):
    size: int
    sha256: str


class Manifest(Struct, frozen=True):
    """`tables`: how many rows each has. `files` and `bytes` are of artifacts, whose list is `file_list`; `gone` is how
    many were deleted while they were copied. Times are milliseconds.
    """

    format: int
    name: str
    program: str
    database: str
    begun_ms: int
    ended_ms: int
    metadata: Part
    tables: dict[str, int]
    file_list: Part | None = None
    files: int = 0
    bytes: int = 0
    gone: int = 0


async def names_in(place: BlobStore) -> list[str]:
    """Of what looks like a backup, finished or not; the oldest first."""
    return sorted(entry.name for entry in await place.entries("") if entry.size is None and _NAME.fullmatch(entry.name))


async def read_manifest(place: BlobStore, name: str) -> Manifest | None:
    """None for one that was not finished. Raises BackupRefused for what a newer program has written."""
    try:
        blob = await place.get(f"{name}/{MANIFEST}")
    except NoSuchBlob:
        return None
    try:
        content = b"".join([chunk async for chunk in blob.chunks])
    finally:
        await blob.chunks.aclose()
    try:
        manifest = msgspec.json.decode(content, type=Manifest)
    except msgspec.DecodeError as error:
        raise BackupRefused(f"The manifest of the backup {name} cannot be read: {error}.") from None
    if manifest.format > FORMAT:
        raise BackupRefused(
            f"The backup {name} was made by a newer Trackline ({manifest.program}). Use that version, or a newer one."
        )
    return manifest


async def finished(place: BlobStore) -> list[Manifest]:
    """All backups there, the oldest first."""
    found = [await read_manifest(place, name) for name in await names_in(place)]
    return [manifest for manifest in found if manifest is not None]


async def chosen(place: BlobStore, name: str | None) -> Manifest:
    """The backup of this name, or the newest. Raises BackupRefused."""
    all_of_them = await finished(place)
    known = ", ".join(one.name for one in all_of_them[-5:]) or "none"
    if name is None and all_of_them:
        return all_of_them[-1]
    for manifest in all_of_them:
        if manifest.name == name:
            return manifest
    raise BackupRefused(f"There is no backup {name or ''} there. There are: {known}.".replace("backup  ", "backup "))
