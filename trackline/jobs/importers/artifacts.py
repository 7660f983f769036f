"""Copies the artifacts of what was imported to where it has them here. Nothing is deleted at the source.

Files that are there already are compared by size and checksum, so a copy that was interrupted goes on.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from trackline.blobs import BlobStore
from trackline.db.database import Database
from trackline.domain.artifact_paths import proxied_path
from trackline.domain.errors import NotFound
from trackline.domain.moving import Settled
from trackline.jobs.importers.importing import Watcher
from trackline.jobs.importers.source import Left, Source
from trackline.jobs.relocate import Copier, Different, Done, Size
from trackline.store.logged_models import artifact_uri_of_model
from trackline.store.runs import artifact_uri_of_run

# The store in which a URI's files lie. None: this machine cannot tell, or there is nothing.
Opener = Callable[[str], BlobStore | None]


class _Unwatched:
    """Of the files of one run nothing is shown."""

    def begin(self, doing: str, size: Size) -> None: ...

    def advance(self, files: int, size: int) -> None: ...


class ArtifactCopier:
    """`old` opens what the source names, `new` what is named here. It raises what `Copier` does."""

    def __init__(self, source: Source, database: Database, old: Opener, new: Callable[[str], BlobStore]) -> None:
        self._source = source
        self._database = database
        self._old = old
        self._new = new
        self._unreachable = self._stayed = 0
        self.done = Done()

    async def copy(self, settled: list[Settled], watcher: Watcher) -> list[Left]:
        """The files of all runs and logged models of these experiments; returns what was not copied, and why."""
        experiments = [one.experiment.experiment_id for one in settled]
        watcher.begin("Copying artifacts", self._source.amounts(experiments)._replace(points=0))
        async for there, here in self._places(experiments):
            await self._copy(there, here)
            watcher.advance(1, 0)
        left = [
            Left("runs' and models' artifacts", self._unreachable, "their place cannot be opened from here"),
            Left("runs' and models' artifacts", self._stayed, "they stayed at their place in an earlier import"),
            Left("files", self.done.kept, "another file has the same name here, and stays"),
        ]
        return [one for one in left if one.amount]

    async def _places(self, experiments: list[str]) -> AsyncIterator[tuple[str, str]]:
        """Where the source has the artifacts of each run and model, and where they are to lie here."""
        for runs in self._source.runs(experiments):
            for info in (one.run.info for one in runs):
                yield info.artifact_uri, await self._database.read(artifact_uri_of_run, info.run_id)
        for models in self._source.logged_models(experiments):
            for model in (one.model.info for one in models):
                try:
                    yield model.artifact_uri, await self._database.read(artifact_uri_of_model, model.model_id)
                except NotFound:  # a deleted one
                    continue

    async def _copy(self, there: str, here: str) -> None:
        if there == here and proxied_path(there) is None:  # of that scheme each server has a place of its own
            self._stayed += 1
            return
        store = self._old(there)
        if store is None:
            self._unreachable += 1
            return
        done = await Copier(store, self._new(here), Different.KEEP, _Unwatched()).copy()
        self.done.copied += done.copied
        self.done.bytes += done.bytes
        self.done.there += done.there
        self.done.kept += done.kept
