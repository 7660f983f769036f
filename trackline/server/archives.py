"""Endpoints that answer a whole folder of artifacts as one tar file, streamed as it is read."""

from __future__ import annotations

import tarfile
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from trackline.blobs import Entry
from trackline.domain.artifact_paths import folder_path
from trackline.domain.errors import InvalidParameter, NotFound
from trackline.server.artifact_places import Place
from trackline.server.services import Services
from trackline.store.logged_models import artifact_uri_of_model
from trackline.store.runs import artifact_uri_of_run

BLOCK = tarfile.BLOCKSIZE


async def folder(request: Request) -> Response:
    """The folder `path` (all of it, without one) of the run `run_id` or the model `model_id`."""
    services: Services = request.state.services
    run_id, model_id = request.query_params.get("run_id"), request.query_params.get("model_id")
    if bool(run_id) == bool(model_id):
        raise InvalidParameter("Name the owner of the folder: exactly one of run_id and model_id.")
    path = folder_path(request.query_params.get("path", ""))
    if run_id:
        uri = await services.database.read(artifact_uri_of_run, run_id)
    else:
        uri = await services.database.read(artifact_uri_of_model, model_id or "")
    place = services.artifacts.of(uri).below(path)
    files = place.store.walk(place.path)
    first = await anext(files, None)
    if first is None:
        raise NotFound(f"There is no folder with files at '{path}'.")
    name = path.rpartition("/")[2] or "artifacts"
    return StreamingResponse(
        _tar(place, name, first, files),
        media_type="application/x-tar",
        headers={
            "content-disposition": f'attachment; filename="{run_id or model_id}.tar"',
            "x-content-type-options": "nosniff",
        },
    )


async def _tar(place: Place, name: str, first: Entry, others: AsyncIterator[Entry]) -> AsyncIterator[bytes]:
    """The files, below one folder called `name`, in POSIX (pax) format: any name and size."""
    async for chunk in _member(place, name, first):
        yield chunk
    async for entry in others:
        async for chunk in _member(place, name, entry):
            yield chunk
    yield bytes(2 * BLOCK)


async def _member(place: Place, name: str, entry: Entry) -> AsyncIterator[bytes]:
    blob = await place.store.get(place.below(entry.name).path)
    try:
        head = tarfile.TarInfo(f"{name}/{entry.name}")
        head.size, head.mtime = blob.size, blob.modified_ms // 1000
        yield head.tobuf(tarfile.PAX_FORMAT)
        async for chunk in blob.chunks:
            yield chunk
        yield bytes(-blob.size % BLOCK)
    finally:
        await blob.chunks.aclose()
