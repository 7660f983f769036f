"""Endpoints that answer a whole folder of artifacts as one tar file, streamed as it is read."""

from __future__ import annotations

import asyncio
import hashlib
import tarfile
from collections.abc import AsyncIterator, Sequence
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from trackline.blobs import Entry, Stat
from trackline.domain.artifact_paths import folder_path
from trackline.domain.errors import InvalidParameter, NotFound
from trackline.domain.model_sources import OfVersion, parse_source
from trackline.server.artifact_places import Place, artifact_uri_of_query
from trackline.server.attachments import attachment, has_already
from trackline.server.services import Services
from trackline.store.registry.files import find_files

BLOCK = tarfile.BLOCKSIZE
KNOWN = 1000  # files, up to which the size of an archive and an ETag are found out before it is sent
AT_ONCE = 16  # of these, asked of the store


async def folder(request: Request) -> Response:
    """The folder `path` (all of it, without one) of a run, a logged model or a version."""
    services: Services = request.state.services
    path = folder_path(request.query_params.get("path", ""))
    uri = await artifact_uri_of_query(services.database, request.query_params)
    place = services.artifacts.of(uri).below(path)
    archive = Archive(place, path.rpartition("/")[2] or "artifacts")
    owner = [request.query_params.get(name) for name in ("run_id", "model_id", "name")]
    return await archive.response(request, f"{next(filter(None, owner))}.tar")


async def version(request: Request) -> Response:
    """The files of the version that is named as in a `models:/` URI, in a folder that is called as its model."""
    services: Services = request.state.services
    reference = request.path_params["reference"]
    named = parse_source(f"models:/{reference}")
    if not isinstance(named, OfVersion):
        raise InvalidParameter(
            f"Which version of '{reference}'? Ask for {reference}@ALIAS.tar, {reference}/VERSION.tar or "
            f"{reference}/STAGE.tar."
        )
    found = await services.database.read(find_files, named)
    archive = Archive(services.artifacts.of(found.uri), named.name)
    answer = await archive.response(request, f"{named.name}-{found.number}.tar")
    root = request.scope["path"].removesuffix(f"{reference}.tar")
    answer.headers["content-location"] = quote(f"{root}{named.name}/{found.number}.tar")
    return answer


class Archive:
    """The files of `place`, below one folder called `folder`, in POSIX (pax) format: any name and size."""

    def __init__(self, place: Place, folder: str) -> None:
        self._place = place
        self._folder = folder

    async def response(self, request: Request, name: str) -> Response:
        others = self._place.store.walk(self._place.path)
        first = [entry async for entry in _at_most(KNOWN, others)]
        if not first:
            raise NotFound(f"There is no folder with files at '{self._place.path}'.")
        headers = attachment(name)
        if len(first) < KNOWN:  # these are all
            first.sort()
            stats = await self._stats(first)
            etag = _digest(first, stats)
            headers |= {"etag": f'"{etag}"', "cache-control": "no-cache"}
            if has_already(request, etag):
                return Response(status_code=304, headers=headers)
            headers["content-length"] = str(self._size(first, stats))
        if request.method == "HEAD":
            return Response(headers=headers)
        return StreamingResponse(self._tar(first, others), headers=headers)

    async def _stats(self, files: Sequence[Entry]) -> list[Stat]:
        stats: list[Stat] = []
        for start in range(0, len(files), AT_ONCE):
            some = files[start : start + AT_ONCE]
            stats += await asyncio.gather(*(self._place.store.stat(self._place.below(one.name).path) for one in some))
        return stats

    def _size(self, files: Sequence[Entry], stats: Sequence[Stat]) -> int:
        heads = (self._head(entry.name, stat.size, stat.modified_ms) for entry, stat in zip(files, stats, strict=True))
        return sum(map(len, heads)) + sum(stat.size + -stat.size % BLOCK for stat in stats) + 2 * BLOCK

    async def _tar(self, first: Sequence[Entry], others: AsyncIterator[Entry]) -> AsyncIterator[bytes]:
        for entry in first:
            async for chunk in self._member(entry):
                yield chunk
        async for entry in others:
            async for chunk in self._member(entry):
                yield chunk
        yield bytes(2 * BLOCK)

    async def _member(self, entry: Entry) -> AsyncIterator[bytes]:
        blob = await self._place.store.get(self._place.below(entry.name).path)
        try:
            yield self._head(entry.name, blob.size, blob.modified_ms)
            async for chunk in blob.chunks:
                yield chunk
            yield bytes(-blob.size % BLOCK)
        finally:
            await blob.chunks.aclose()

    def _head(self, name: str, size: int, modified_ms: int) -> bytes:
        head = tarfile.TarInfo(f"{self._folder}/{name}")
        head.size, head.mtime = size, modified_ms // 1000
        return head.tobuf(tarfile.PAX_FORMAT)


def _digest(files: Sequence[Entry], stats: Sequence[Stat]) -> str:
    """Another one for any other archive."""
    told = [(one.name, stat.etag, stat.size, stat.modified_ms // 1000) for one, stat in zip(files, stats, strict=True)]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:32]


async def _at_most(count: int, entries: AsyncIterator[Entry]) -> AsyncIterator[Entry]:
    """The rest stays in `entries`."""
    for _ in range(count):
        try:
            yield await anext(entries)
        except StopAsyncIteration:
            return
