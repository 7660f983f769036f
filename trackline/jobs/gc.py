"""Empties the trash: rows first, with a note of each folder, then the folders, some at a time.

It may be broken off anywhere, and run by several servers at once: what is noted is removed by whoever comes next.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from trackline.blobs import BlobStore
from trackline.db.database import Database
from trackline.store import trash
from trackline.store.trash import Item, Look, Wanted

PAGE = 50  # runs in one transaction

# The store and the path in it that a URI names; None for a place that this program does not serve.
Places = Callable[[str], tuple[BlobStore, str] | None]
Advance = Callable[[str, int], None]  # is told of things by kind, as they are done


@dataclass
class Emptied:
    """`bytes` are of artifacts, `points_bytes` of metrics. `kept`: what is needed by others; `elsewhere`: folders in
    places that this program does not serve, whose bytes stay.
    """

    runs: int = 0
    models: int = 0
    experiments: int = 0
    files: int = 0
    bytes: int = 0
    points_bytes: int = 0
    kept: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)


class Collector:
    """`advance` is told how many "runs", "models", "experiments" and "folders" were done."""

    def __init__(self, database: Database, places: Places, advance: Advance = lambda _, __: None) -> None:
        self._database = database
        self._places = places
        self._advance = advance
        self._done = Emptied()

    async def look(self, wanted: Wanted) -> Emptied:
        """What `empty` would remove. Raises BlobError."""
        for runs, look in ((True, trash.look_at_runs), (False, trash.look_at_models)):
            after: int | None = 0
            while after is not None:
                page = await self._database.read(look, wanted, after, PAGE)
                gone = self._note(page.items, runs=runs)
                for item in gone:
                    await self._measure(item.folder)
                if runs and gone:
                    numbers = [item.number for item in gone]
                    self._done.points_bytes += await self._database.read(trash.bytes_of_points, numbers)
                after = page.last
        return self._done

    async def empty(self, wanted: Wanted) -> Emptied:
        """Raises BlobError; what was not removed then is noted, and goes the next time."""
        await self._sweep()
        await self._purge(trash.purge_runs, wanted, runs=True)
        if not wanted.run_ids:
            await self._purge(trash.purge_models, wanted, runs=False)
            after = 0
            while numbers := await self._database.write(trash.purge_experiments, wanted, after, PAGE):
                self._done.experiments += len(numbers)
                self._advance("experiments", len(numbers))
                after = numbers[-1]
        return self._done

    async def _purge(self, purge: Look, wanted: Wanted, *, runs: bool) -> None:
        after: int | None = 0
        while after is not None:
            page = await self._database.write(purge, wanted, after, PAGE)
            self._advance("runs" if runs else "models", len(self._note(page.items, runs=runs)))
            await self._sweep()
            after = page.last

    def _note(self, items: list[Item], *, runs: bool) -> list[Item]:
        gone = [item for item in items if not item.kept]
        self._done.kept += [f"{'run' if runs else 'model'} {item.name}" for item in items if item.kept]
        if runs:
            self._done.runs += len(gone)
        else:
            self._done.models += len(gone)
        return gone

    async def _sweep(self) -> None:
        """Remove the folders that are noted."""
        after = 0
        while folders := await self._database.read(trash.doomed_folders, after, PAGE):
            after = folders[-1][0]
            removed = []
            for number, uri in folders:
                if (place := await self._measure(uri)) is not None:
                    store, path = place
                    await store.delete(path)
                    removed.append(number)
                    self._advance("folders", 1)
            if removed:
                await self._database.write(trash.forget_doomed, removed)

    async def _measure(self, uri: str) -> tuple[BlobStore, str] | None:
        """Count what is in the folder."""
        place = self._places(uri)
        if place is None:
            if uri not in self._done.elsewhere:
                self._done.elsewhere.append(uri)
            return None
        async for entry in place[0].walk(place[1]):
            self._done.files += 1
            self._done.bytes += entry.size or 0
        return place
