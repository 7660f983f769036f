"""Tries the object stores when the server starts, so that it can say at once whether they work."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from trackline.blobs import BlobStore, probe

SECONDS = 3.0  # whatever a store does not do by then, it does not do


async def tried(stores: Mapping[str, BlobStore]) -> dict[str, str]:
    """What keeps each store from being used, "" if nothing; by the name that it was given by."""
    return dict(zip(stores, await asyncio.gather(*map(_problem, stores.values())), strict=True))


async def _problem(store: BlobStore) -> str:
    last = (await probe(store, SECONDS))[-1]
    return last.problem.message if last.problem else ""
