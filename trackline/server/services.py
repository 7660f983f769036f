"""What every endpoint may use; made once when the server starts, closed when it stops."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar

from trackline.db.announcements import Listener
from trackline.db.database import Database, answered
from trackline.db.load import Load
from trackline.domain.entities import Experiment, Run
from trackline.domain.errors import NotServed
from trackline.jobs.webhooks import Sender
from trackline.server.artifact_places import ArtifactPlaces
from trackline.server.identity import SignIn
from trackline.server.identity_provider import Provider
from trackline.server.numbers import Numbers
from trackline.server.rates import Rates
from trackline.store.editions import MOST_BYTES, Documents
from trackline.wire.responses import encoded_experiment, encoded_run

T = TypeVar("T")


@dataclass(frozen=True)
class Services:
    database: Database
    reading: Database  # the same, for reads that cost: a read replica does them where there is one
    artifacts: ArtifactPlaces
    database_place: str  # for people: without a password
    artifacts_place: str  # where what clients send through this server is kept, "" where none is
    artifact_root: str  # below it lie the artifacts of experiments that name no place of their own
    framing: str  # whose frames may show pages, as `frame-ancestors` says it
    presigned_urls: bool  # clients are sent straight to the object store
    random: Random
    sender: Sender
    sign_in: SignIn
    rates: Rates
    provider: Provider | None = None  # of identities, where people sign in by one
    numbers: Numbers = field(default_factory=Numbers)
    shows_numbers: bool = False  # at /metrics
    notebooks_url: str = ""  # with its token; "" where there are none
    documents: Documents[Run] = field(default_factory=lambda: Documents(encoded_run))
    experiment_documents: Documents[Experiment] = field(
        default_factory=lambda: Documents(encoded_experiment, MOST_BYTES // 4)
    )
    stopping: asyncio.Event = field(default_factory=asyncio.Event)  # set when streams without an end should end

    def close(self) -> None:
        """Finish what was accepted, then let go."""
        self.reading.close()  # and so `database`


class NoDatabase:
    """The database of a server that serves artifacts only: whatever asks for it is not offered there."""

    async def write(self, _: Callable[..., T], *__: Any, about: str = "") -> T:  # noqa: ARG002
        raise NotServed("This server runs with --artifacts-only; tracking is on another one.")

    async def read(self, work: Callable[..., T], *args: Any) -> T:
        return await self.write(work, *args)

    async def glance(self, work: Callable[..., Callable[[], T]], *args: Any) -> T:
        return await self.read(answered, work, args)

    async def jot(self, _: str, work: Callable[..., Callable[[], T]], *args: Any) -> T:
        return await self.write(answered, work, args)

    def listen(self) -> AbstractContextManager[Listener]:
        raise NotServed("This server runs with --artifacts-only; tracking is on another one.")

    def load(self) -> Load:
        return Load()

    def close(self) -> None:
        """Nothing is open."""
