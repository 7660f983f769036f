"""Endpoints that say how the server is and what it can do."""

from __future__ import annotations

import asyncio
import platform
import time
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from trackline import __version__
from trackline.blobs import BlobStore
from trackline.blobs.errors import BlobError
from trackline.domain.status import ServerStatus, StoreStatus
from trackline.server.services import NoDatabase, Services
from trackline.store.experiments import DEFAULT_EXPERIMENT, get_experiment
from trackline.store.status import read_status
from trackline.wire.requests import Nothing

# The MLflow release whose API this is; clients compare it with their own.
MLFLOW_VERSION = "3.17.2"
STORE_SECONDS = 5.0  # in which a store of artifacts answers

_BEGUN_MS = time.time_ns() // 1_000_000
_ANY_FOLDER = ".trackline-status"  # need not be there: that the store answers is what counts


async def health(request: Request) -> Response:  # noqa: ARG001 every raw endpoint takes the request
    """The process lives."""
    return PlainTextResponse("OK")


async def ready(request: Request) -> Response:
    """It can do its work: the database, where it has one, answers. 503 while it does not."""
    services: Services = request.state.services
    if not isinstance(services.database, NoDatabase):
        await services.database.read(get_experiment, str(DEFAULT_EXPERIMENT[0]))
    return JSONResponse({"status": "ready", "version": __version__})


async def version(request: Request) -> Response:  # noqa: ARG001
    return PlainTextResponse(MLFLOW_VERSION)


async def server_info(services: Services, request: Nothing) -> Any:  # noqa: ARG001
    """What MLflow 3 clients ask before they choose how to speak.

    With `multipart_downloads_enabled` they fetch every artifact by a presigned URL, without falling back.
    """
    past_the_server = services.artifacts.past_the_server if services.presigned_urls else False
    return {
        "store_type": "SqlStore",
        "workspaces_enabled": False,
        "trace_archival_enabled": False,
        "multipart_uploads_enabled": past_the_server,
        "multipart_downloads_enabled": past_the_server,
        "presigned_upload_run_id_supported": True,
        "presigned_upload_model_id_supported": True,
        "features_enabled": {"gateway": False},
    }


async def status(services: Services, request: Nothing) -> ServerStatus:  # noqa: ARG001
    """What the server works on, whether that answers, and what waits."""
    database = await services.database.read(read_status)
    stores = await asyncio.gather(*(_tried(place, store) for place, store in services.artifacts.stores.items()))
    return ServerStatus(
        version=__version__,
        mlflow=MLFLOW_VERSION,
        python=platform.python_version(),
        begun=_BEGUN_MS,
        sign_in=await services.sign_in.is_on(),
        database_place=services.database_place,
        database=database,
        artifacts_place=services.artifacts_place,
        artifact_root=services.artifact_root,
        stores=stores,
    )


async def _tried(place: str, store: BlobStore) -> StoreStatus:
    try:
        async with asyncio.timeout(STORE_SECONDS):
            await store.entries(_ANY_FOLDER)
    except BlobError as error:
        return StoreStatus(place, error.message)
    except TimeoutError:
        return StoreStatus(place, f"It gave no answer within {STORE_SECONDS:g} s.")
    return StoreStatus(place, "")
