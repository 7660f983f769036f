"""From the name of a destination to a store."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from trackline.blobs.errors import UnknownDestination
from trackline.blobs.local import LocalStore
from trackline.blobs.store import BlobStore

_SCHEME = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]+):")


def open_blobs(destination: str) -> BlobStore:
    """The store named by a path or `file:` URI; its folder is made if it is missing.

    Raises UnknownDestination, and OSError for a folder that cannot be made or written to.
    """
    scheme = _SCHEME.match(destination)
    if scheme is None:
        return LocalStore(Path(destination))
    if scheme["scheme"].lower() != "file":
        raise UnknownDestination(f"Artifacts cannot be kept in {destination}: name a folder or a file: URI.")
    parts = urlsplit(destination)
    if parts.netloc not in ("", "localhost"):
        raise UnknownDestination(
            f"Artifacts cannot be kept in {destination}: it names the host {parts.netloc!r}. "
            f"A folder of this machine is written file:///{parts.netloc}{parts.path}."
        )
    return LocalStore(Path(unquote(parts.path)))
