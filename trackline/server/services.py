"""What every endpoint may use; made once when the server starts, closed when it stops."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any, TypeVar

from trackline.db.database import Database
from trackline.domain.errors import NotServed
from trackline.server.artifact_places import ArtifactPlaces

T = TypeVar("T")


@dataclass(frozen=True)
class Services:
    database: Database
    artifacts: ArtifactPlaces
    artifact_root: str  # below it lie the artifacts of experiments that name no place of their own
    presigned_urls: bool  # clients are sent straight to the object store
    random: Random


class NoDatabase:
    """The database of a server that serves artifacts only: whatever asks for it is not offered there."""

    async def write(self, _: Callable[..., T], *__: Any) -> T:
        raise NotServed("This server runs with --artifacts-only; tracking is on another one.")

    async def read(self, work: Callable[..., T], *args: Any) -> T:
        return await self.write(work, *args)

    def close(self) -> None:
        """Nothing is open."""
