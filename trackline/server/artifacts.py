"""Endpoints of artifacts: files sent and fetched through the server, and what runs and models have of them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from email.utils import formatdate
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from trackline.blobs import Blob, Span
from trackline.blobs.errors import OutOfRange
from trackline.domain.artifact_paths import file_path, folder_path
from trackline.domain.errors import BadRequest, InvalidParameter
from trackline.domain.registry import version_number
from trackline.server.artifact_places import ArtifactPlaces, Place, artifact_uri_of_query
from trackline.server.attachments import attachment, has_already, shown
from trackline.server.services import Services
from trackline.store.logged_models import artifact_uri_of_model
from trackline.store.registry.versions import artifact_uri_of_version
from trackline.store.runs import artifact_uri_of_run
from trackline.wire.responses import encode

MAX_FORM_UPLOAD = 10 * 1024 * 1024  # bytes; MLflow's limit for uploads by its web page
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


async def upload(request: Request) -> Response:
    await _places(request).proxied.put(file_path(request.path_params["path"]), request.stream(), _size(request))
    return Response()


async def download(request: Request) -> Response:
    return await _download(request, Place(_places(request).proxied, file_path(request.path_params["path"])))


async def delete(request: Request) -> Response:
    path = folder_path(request.path_params["path"])
    if not path:
        raise InvalidParameter("Deleting everything at once is not offered: name a file or folder.")
    await _places(request).proxied.delete(path)
    return _json(200, b"{}")


async def list_folder(request: Request) -> Response:
    path = folder_path(request.query_params.get("path", ""))
    return await _listing(Place(_places(request).proxied, path), prefix="")


async def list_of_run(request: Request) -> Response:
    return await _listing_below(request, await _uri_of_run(request), request.query_params.get("path", ""))


async def list_of_model(request: Request) -> Response:
    folder = request.query_params.get("artifact_directory_path", "")
    return await _listing_below(request, await _uri_of_model(request), folder)


async def download_of_run(request: Request) -> Response:
    path = file_path(_required(request, "path"))
    return await _download(request, (await _place_of_run(request)).below(path))


async def download_of_model(request: Request) -> Response:
    path = request.query_params.get("artifact_file_path")
    if not path:
        raise BadRequest('Request must include the "artifact_file_path" query parameter.')
    path = file_path(path)
    return await _download(request, _places(request).of(await _uri_of_model(request)).below(path))


async def download_of_version(request: Request) -> Response:
    path = file_path(_required(request, "path"))
    name, version = _required(request, "name"), version_number(_required(request, "version"))
    uri = await _services(request).database.read(artifact_uri_of_version, name, version)
    return await _download(request, _places(request).of(uri).below(path))


async def list_of_owner(request: Request) -> Response:
    """A folder of the run, logged model or version that the query names."""
    uri = await artifact_uri_of_query(_services(request).database, request.query_params)
    return await _listing_below(request, uri, request.query_params.get("path", ""))


async def download_of_owner(request: Request) -> Response:
    return await _download(request, await _file_of_owner(request))


async def show_of_owner(request: Request) -> Response:
    """A document to be looked at in a frame, where it can do nothing."""
    framing = _services(request).framing
    return await _download(request, await _file_of_owner(request), partial(shown, framing=framing))


async def upload_to_run(request: Request) -> Response:
    for name in ("run_uuid", "path"):
        if not request.query_params.get(name):
            raise InvalidParameter(f"Request must specify {name}.")
    path = file_path(request.query_params["path"])
    place = (await _place_of_run(request)).below(path)
    await place.store.put(place.path, _limited(request.stream()))
    return _json(200, b"")


def _services(request: Request) -> Services:
    services: Services = request.state.services
    return services


def _places(request: Request) -> ArtifactPlaces:
    return _services(request).artifacts


def _size(request: Request) -> int | None:
    """How long the body says it is."""
    given = request.headers.get("content-length", "")
    return int(given) if given.isdecimal() else None


def _required(request: Request, name: str) -> str:
    value = request.query_params.get(name)
    if not value:
        raise InvalidParameter(
            f"Missing value for required parameter '{name}'. "
            "See the API docs for more information about request parameters."
        )
    return value


async def _uri_of_run(request: Request) -> str:
    run_uuid = request.query_params.get("run_uuid") or _required(request, "run_id")
    return await _services(request).database.read(artifact_uri_of_run, run_uuid)


async def _uri_of_model(request: Request) -> str:
    return await _services(request).database.read(artifact_uri_of_model, request.path_params["model_id"])


async def _file_of_owner(request: Request) -> Place:
    path = file_path(_required(request, "path"))
    uri = await artifact_uri_of_query(_services(request).database, request.query_params)
    return _places(request).of(uri).below(path)


async def _place_of_run(request: Request) -> Place:
    return _places(request).of(await _uri_of_run(request))


async def _listing_below(request: Request, uri: str, given: str) -> Response:
    """The folder `given` below `uri`; the paths in the answer are relative to `uri`, too."""
    path = folder_path(given)
    place = _places(request).of(uri).below(path)
    return await _listing(place, prefix=f"{path}/" if path else "", root_uri=uri)


async def _listing(folder: Place, prefix: str, **answer: Any) -> Response:
    files: list[dict[str, Any]] = []
    for entry in await folder.store.entries(folder.path):
        size = {} if entry.size is None else {"file_size": entry.size}
        files.append({"path": f"{prefix}{entry.name}", "is_dir": entry.size is None, **size})
    if files:
        answer["files"] = files
    return _json(200, encode(answer))


def _json(status: int, body: bytes) -> Response:
    return Response(body, status, media_type="application/json")


async def _limited(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > MAX_FORM_UPLOAD:
            raise InvalidParameter("Artifact size is too large. Max size is 10MB.")
        yield chunk
    if not size:
        raise InvalidParameter("Request must specify data.")


async def _download(
    request: Request, place: Place, described: Callable[[str], dict[str, str]] = attachment
) -> Response:
    """`described`: headers for a file of this name."""
    span = await _wanted(request, place)
    try:
        blob = await place.store.get(place.path, span)
    except OutOfRange as error:
        return Response(status_code=416, headers={"content-range": f"bytes */{error.size}"})
    headers = {
        "etag": f'"{blob.etag}"',
        "last-modified": formatdate(blob.modified_ms / 1000, usegmt=True),
        "cache-control": "no-cache",
        "accept-ranges": "bytes",
    }
    if has_already(request, blob.etag):
        await blob.chunks.aclose()
        return Response(status_code=304, headers=headers)
    headers |= described(place.path.rpartition("/")[2])
    headers["content-length"] = str(len(blob.span))
    status = 200
    if span is not None:
        status = 206
        headers["content-range"] = f"bytes {blob.span.start}-{blob.span.stop - 1}/{blob.size}"
    if request.method == "HEAD":
        await blob.chunks.aclose()
        return Response(status_code=status, headers=headers)
    return _BlobResponse(blob, status, headers)


async def _wanted(request: Request, place: Place) -> Span | None:
    """The bytes asked for; None, for all, where `If-Range` says that the client has a part of another version."""
    span = _span(request.headers.get("range", ""))
    part_of = request.headers.get("if-range")
    if span is None or part_of is None:
        return span
    current = await place.store.get(place.path)
    await current.chunks.aclose()
    return span if part_of == f'"{current.etag}"' else None


class _BlobResponse(StreamingResponse):
    """Closes the file however the sending ends; when it fails on the way, the connection is cut."""

    def __init__(self, blob: Blob, status: int, headers: dict[str, str]) -> None:
        super().__init__(blob.chunks, status, headers)
        self._chunks = blob.chunks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._chunks.aclose()


def _span(header: str) -> Span | None:
    """The one range that is asked for. Several ranges and what is no range are answered with the whole file."""
    match = _RANGE.fullmatch(header)
    if match is None:
        return None
    first, last = (int(digits) if digits else None for digits in match.groups())
    if (first is None and last is None) or (first is not None and last is not None and last < first):
        return None
    return Span(first, last)
