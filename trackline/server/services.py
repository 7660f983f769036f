"""What every endpoint may use; made once when the server starts, closed when it stops."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from trackline.blobs import BlobStore
from trackline.db.sqlite import SqliteDatabase


@dataclass(frozen=True)
class Services:
    database: SqliteDatabase
    blobs: BlobStore | None  # None where the server does not serve artifacts
    artifact_root: str  # below it lie the artifacts of experiments that name no place of their own
    random: Random
