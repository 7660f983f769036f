"""Endpoints that send clients of MLflow 3 to the object store itself: uploads in parts, presigned URLs.

They answer where `--presigned-urls` says that clients can reach the store; otherwise, and for stores without
such URLs, they refuse in the words by which clients know to go through this server.
"""

from __future__ import annotations

import mimetypes
from typing import Any
from urllib.parse import quote

from trackline.blobs import MultipartUploads, Presigner
from trackline.blobs.errors import NotOffered
from trackline.domain.artifact_paths import PROXY_SCHEME, file_path, folder_path
from trackline.domain.errors import InvalidParameter, NotServed
from trackline.server.artifact_places import Place, artifact_uri_of_owner
from trackline.server.services import Services
from trackline.store.runs import artifact_uri_of_run
from trackline.wire import requests

PART_URL_SECONDS = 3600
DOWNLOAD_SECONDS = 300
UPLOAD_SECONDS = 900
LONGEST_SECONDS = 7 * 24 * 3600  # what S3 signs at the most


async def begin(services: Services, request: requests.BeginMultipart) -> Any:
    uploads, path = _uploads(services, request.folder, request.path)
    try:
        upload_id = await uploads.begin(path)
        urls = await uploads.part_urls(path, upload_id, request.num_parts or 0, PART_URL_SECONDS)
    except NotOffered:
        raise _no_multipart_upload() from None
    credentials = [{"url": url, "part_number": number} for number, url in enumerate(urls, start=1)]
    return {"upload_id": upload_id, "credentials": credentials} if credentials else {"upload_id": upload_id}


async def complete(services: Services, request: requests.CompleteMultipart) -> Any:
    uploads, path = _uploads(services, request.folder, request.path)
    await uploads.complete(path, request.upload_id, [(part.part_number, part.etag) for part in request.parts])
    return {}


async def abort(services: Services, request: requests.AbortMultipart) -> Any:
    uploads, path = _uploads(services, request.folder, request.path)
    await uploads.abort(path, request.upload_id)
    return {}


async def proxied_download_url(services: Services, request: requests.PresignedProxied) -> Any:
    """Where a file that was sent through this server can be fetched past it."""
    store = services.artifacts.proxied
    if not services.presigned_urls or not isinstance(store, Presigner):
        raise NotServed("Multipart download is not supported for the current artifact repository")
    path = file_path(request.path)
    size = (await store.stat(path)).size
    name = path.rpartition("/")[2]
    url = await store.download_url(path, DOWNLOAD_SECONDS, f"attachment; filename*=UTF-8''{quote(name, safe='')}")
    return {"url": url, "headers": {}, "file_size": size}


async def upload_url(services: Services, request: requests.PresignedUpload) -> Any:
    """Where a file of a run or model with a direct place can be sent."""
    uri = await artifact_uri_of_owner(services.database, request.run_id, request.model_id)
    place, signer = _direct(services, uri, "upload", file_path(request.path))
    seconds = _seconds(request.expiration, UPLOAD_SECONDS)
    kind = mimetypes.guess_type(place.path)[0] or "application/octet-stream"
    signed = await signer.upload_url(place.path, seconds, kind)
    return {"presigned_url": signed.url, "headers": signed.headers}


async def download_url(services: Services, request: requests.PresignedDownload) -> Any:
    """Where a file of a run with a direct place can be fetched."""
    uri = await services.database.read(artifact_uri_of_run, request.run_id)
    place, signer = _direct(services, uri, "download", file_path(request.path))
    seconds = _seconds(request.expiration, DOWNLOAD_SECONDS)
    size = (await place.store.stat(place.path)).size
    return {"presigned_url": await signer.download_url(place.path, seconds), "file_size": size}


def _uploads(services: Services, folder: str, file: str) -> tuple[MultipartUploads, str]:
    """The store, and the path in it: the folder of the URL, and the name that the file has at the client."""
    store = services.artifacts.proxied
    if not services.presigned_urls or not isinstance(store, MultipartUploads):
        raise _no_multipart_upload()
    return store, Place(store, folder_path(folder)).below(file_path(file.rpartition("/")[2])).path


def _no_multipart_upload() -> NotServed:
    return NotServed("Multipart upload is not supported for the current artifact repository")


def _direct(services: Services, uri: str, direction: str, path: str) -> tuple[Place, Presigner]:
    scheme = uri.partition(":")[0]
    if scheme == PROXY_SCHEME:
        raise InvalidParameter(
            f"Presigned {direction} is not supported for proxied artifact storage (artifact URI scheme: {scheme}). "
            "This endpoint requires a direct cloud storage artifact URI."
        )
    place = services.artifacts.of(uri).below(path)
    if not isinstance(place.store, Presigner):
        raise NotServed(f"Presigned {direction} is not supported for the current artifact repository")
    return place, place.store


def _seconds(given: int | None, default: int) -> int:
    seconds = default if given is None else given
    if not 1 <= seconds <= LONGEST_SECONDS:
        raise InvalidParameter(f"expiration must be between 1 and {LONGEST_SECONDS} seconds (got {seconds}).")
    return seconds
