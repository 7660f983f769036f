"""The web interface's files: one page for all its addresses, and what that page loads."""

from __future__ import annotations

import mimetypes
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import NamedTuple

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Scope

from trackline.domain.errors import NotFound
from trackline.server.services import Services

# Every address that a person may paste; which of them shows what is the page's own affair (web/src/app.tsx).
PAGES = (
    "/experiments",
    "/experiments/{rest:path}",
    "/runs/{rest:path}",
    "/compare",
    "/models",
    "/models/{rest:path}",
    "/status",
)
PACKED = (("br", ".br"), ("gzip", ".gz"))  # the encodings that the build wrote beside each file, the best first

_STATIC = files("trackline") / "static"
_BASE = '<base href="./">'  # as the build writes it
_NOT_BUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Trackline</title>
<h1>The web interface is not built</h1>
<p>This server runs from its source code. Build the pages once, then load this one again:</p>
<pre>make web</pre>
<p>Clients can log all the same: the API does not need the pages.</p></html>
"""
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; media-src 'self'; base-uri 'self'; form-action 'none'"
)
_HEADERS = {
    "content-security-policy": f"{_POLICY}; frame-ancestors 'self'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
_FOR_EVER = {"cache-control": "public, max-age=31536000, immutable", "vary": "accept-encoding"}


class _File(NamedTuple):
    content: bytes
    type: str
    packed: dict[str, bytes]  # by encoding


async def page(request: Request, status: int = 200) -> Response:
    """The page, whatever its address below the prefix; it finds out itself what to show."""
    path = request.scope["raw_path"].decode("latin-1")
    root = request.scope["root_path"]
    if root and path == root:
        return RedirectResponse(f"{root.rpartition('/')[2]}/", 308)  # below it, relative addresses are right
    content = _page_file()
    if content is None:
        return Response(_NOT_BUILT, 503, _HEADERS | {"cache-control": "no-cache"}, "text/html")
    # Relative, so that it is right behind any proxy, whichever prefix that adds or takes away.
    up = "../" * (path.removeprefix(root).count("/") - 1) or "./"
    text = content.replace(_BASE, f'<base href="{up}">')
    services: Services = request.state.services
    policy = {"content-security-policy": f"{_POLICY}; frame-ancestors {services.framing}"}
    return Response(text, status, _HEADERS | policy | {"cache-control": "no-cache"}, "text/html")


def wants_page(scope: Scope) -> bool:
    """Whether a person has typed the address, or followed a link: programs say that they take anything."""
    root, path = scope["root_path"], scope["path"]
    if scope["method"] not in ("GET", "HEAD") or not path.startswith(f"{root}/") or _page_file() is None:
        return False
    of_api = path.startswith((f"{root}/api/", f"{root}/ajax-api/"))
    return not of_api and "text/html" in Headers(scope=scope).get("accept", "")


async def asset(request: Request) -> Response:
    """A file whose name holds a digest of what is in it: it never changes."""
    file = _asset_files(_page_file()).get(request.path_params["name"])
    if file is None:
        raise NotFound(f"There is no {request.path_params['name']} in this version; load the page again.")
    accepted = {part.partition(";")[0].strip() for part in request.headers.get("accept-encoding", "").split(",")}
    for encoding, content in file.packed.items():
        if encoding in accepted:
            return Response(content, 200, _HEADERS | _FOR_EVER | {"content-encoding": encoding}, file.type)
    return Response(file.content, 200, _HEADERS | _FOR_EVER, file.type)


def _page_file() -> str | None:
    index = _STATIC / "index.html"
    return index.read_text(encoding="utf-8") if index.is_file() else None


@lru_cache(maxsize=1)
def _asset_files(index: str | None) -> dict[str, _File]:
    """Those of the build that `index` is the page of; in memory, since together they are smaller than one picture."""
    if index is None:
        return {}
    found = {one.name: one for one in (_STATIC / "assets").iterdir()}
    plain = [name for name in found if not name.endswith(tuple(suffix for _, suffix in PACKED))]
    return {name: _read(name, found) for name in plain}


def _read(name: str, found: dict[str, Traversable]) -> _File:
    packed = {encoding: found[name + suffix].read_bytes() for encoding, suffix in PACKED if name + suffix in found}
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return _File(found[name].read_bytes(), kind, packed)
