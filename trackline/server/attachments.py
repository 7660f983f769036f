"""What answers that carry a file say of it in their headers."""

from __future__ import annotations

import mimetypes
import re
import unicodedata
from urllib.parse import quote

from starlette.requests import Request

# An HTML document may run its own scripts, since reports draw their charts so, in an origin of its own: it has no
# cookies, reaches neither this server nor any other, and opens nothing.
_SHOWN = {
    "text/html": "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'unsafe-inline'; img-src data: blob:; font-src data:; media-src data: blob:",
    # The browser's own viewer shows it, and refuses to do so in a sandbox.
    "application/pdf": "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'",
}
TEXT = frozenset(
    {"txt", "log", "err", "cfg", "conf", "cnf", "cf", "ini", "properties", "prop", "hocon", "toml", "yaml", "yml"}
    | {"xml", "json", "js", "py", "py3", "csv", "tsv", "md", "rst", "ipynb", "MLmodel", "MLproject"}
)


def attachment(name: str) -> dict[str, str]:
    """Headers for a file that a browser saves and never runs."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode() or "download"
    quoted = re.sub(r'["\\\\]', r"\\\g<0>", plain)
    disposition = f'attachment; filename="{quoted}"'
    if plain != name:
        disposition += f"; filename*=UTF-8''{quote(name, safe='')}"
    return {
        "content-type": _content_type(name),
        "content-disposition": disposition,
        "content-security-policy": "sandbox; default-src 'none'",
        "x-content-type-options": "nosniff",
    }


def shown(name: str, framing: str) -> dict[str, str]:
    """Headers for a document that a frame of our pages shows; what is none of these kinds is an attachment.

    `framing` says who may show those pages (`Services.framing`): all of them stand above the document.
    """
    headers = attachment(name)
    policy = _SHOWN.get(headers["content-type"])
    if policy is None:
        return headers
    ancestors = "'self'" if framing == "'none'" else framing
    return headers | {
        "content-disposition": "inline",
        "content-security-policy": f"{policy}; frame-ancestors {ancestors}",
        "referrer-policy": "no-referrer",
    }


def has_already(request: Request, etag: str) -> bool:
    """Whether `If-None-Match` says that the client has what `etag` (without quotes) stands for."""
    given = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    return "*" in given or f'"{etag}"' in given


def _content_type(name: str) -> str:
    if name.rpartition(".")[2] in TEXT:
        return "text/plain"
    kind, encoding = mimetypes.guess_type(name, strict=False)
    return "application/octet-stream" if kind is None or encoding else kind
