"""The table of endpoints as a document: for programs at /openapi.json, for people at /docs."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import cache

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from trackline import __version__
from trackline.server.access import Needs
from trackline.server.endpoints import ROOT, Call, Raw
from trackline.server.identity import COOKIE
from trackline.server.openapi_page import HEADERS, html
from trackline.wire.openapi import Described, Schema, document

Endpoints = tuple[Call | Raw, ...]

_ABOUT = (
    "An ML experiment tracker that speaks the MLflow REST API. What stands below /api/2.0/mlflow and /api/3.0/mlflow "
    "answers below /ajax-api/… as well. Times are milliseconds since 1970, UTC. A refusal is "
    '{"error_code": …, "message": …}. Signing in is only asked for on servers with users: by name and password, by '
    "a token, or by the cookie of a session."
)
_NEW = {"cache-control": "no-cache"}
_OF_ARTIFACT = {"path": True, "run_id": False, "run_uuid": False}
_OF_OWNER = {"run_id": False, "model_id": False, "name": False, "version": False}
_OF_RUNS = dict.fromkeys(("filter", "search", "order_by", "columns", "view_type", "top"), False)
# What raw endpoints read from the query, and whether it must be given.
QUERIES: Mapping[str, Mapping[str, bool]] = {
    "/runs.csv": {"experiment_id": True, **_OF_RUNS},
    "/runs.json": {"experiment_id": True, **_OF_RUNS},
    "/live": {"topics": True},
    "/get-artifact": _OF_ARTIFACT,
    "/model-versions/get-artifact": {"path": True, "name": True, "version": True},
    "/artifacts.tar": {**_OF_OWNER, "path": False},
    "/artifacts/folder": {**_OF_OWNER, "path": False},
    "/artifacts/file": {**_OF_OWNER, "path": True},
    "/artifacts/shown": {**_OF_OWNER, "path": True},
    "/artifacts/list": {**_OF_ARTIFACT, "path": False},
    "/upload-artifact": {"run_uuid": True, "path": True},
    "/logged-models/{model_id}/artifacts/directories": {"artifact_directory_path": False},
    "/logged-models/{model_id}/artifacts/files": {"artifact_file_path": True},
    "/artifacts": {"path": False},
}


def describing(table: Callable[[], Endpoints]) -> tuple[Raw, ...]:
    """The endpoints that show `table`, of which they are a part themselves."""

    async def as_json(request: Request) -> Response:  # noqa: ARG001 every raw endpoint takes the request
        """This document."""
        return Response(_encoded(table()), media_type="application/json", headers=_NEW)

    async def as_page(request: Request) -> Response:  # noqa: ARG001
        """This document, for people."""
        return Response(_page(table()), media_type="text/html", headers=_NEW | HEADERS)

    return Raw("GET", "/openapi.json", as_json, ROOT), Raw("GET", "/docs", as_page, ROOT)


def description(endpoints: Endpoints) -> Schema:
    """The OpenAPI document of the endpoints."""
    info = {"title": "Trackline", "version": __version__, "description": _ABOUT}
    return document(info, [_described(one, root) for one in endpoints for root in _roots(one)], COOKIE)


@cache
def _encoded(endpoints: Endpoints) -> bytes:
    return msgspec.json.encode(description(endpoints))


@cache
def _page(endpoints: Endpoints) -> bytes:
    return html(description(endpoints)).encode()


def _described(one: Call | Raw, root: str) -> Described:
    return Described(
        one.method,
        root + one.path,
        _about(one),
        _words(one.needs),
        one.needs.is_open,
        one.shape if isinstance(one, Call) else None,
        {} if isinstance(one, Call) else QUERIES.get(one.path, {}),
        isinstance(one, Call) and one.packed,
    )


def _roots(one: Call | Raw) -> list[str]:
    """Each thing once: the roots for pages answer as the others do."""
    return [root for root in one.api if not root.startswith("/ajax-api")] or list(one.api)


def _about(one: Call | Raw) -> str:
    """The first line of what the endpoint says of itself, else its name."""
    said = inspect.getdoc(one.endpoint) or ""
    name = f"{one.endpoint.__module__.rpartition('.')[2]}: {one.endpoint.__name__}".replace("_", " ")
    return said.partition("\n")[0] or name


def _words(needs: Needs) -> str:
    if needs.words.startswith(("to be ", "nothing", "an ")):
        return needs.words
    return f"{needs.permission.name} on {needs.words}"
