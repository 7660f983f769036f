"""From the name of a destination to a store."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from trackline.blobs.errors import NotOffered, UnknownDestination
from trackline.blobs.local import LocalStore
from trackline.blobs.options import StoreOptions
from trackline.blobs.patience import Patience, how_patient
from trackline.blobs.store import BlobStore

_SCHEME = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]+):")
_OBJECTS = re.compile(r"\w+://(?P<bucket>[^/@]*)(@(?P<host>[^/]+))?(/(?P<prefix>.*))?", re.DOTALL)
_DEFAULTS = StoreOptions()


def open_blobs(destination: str, options: StoreOptions = _DEFAULTS) -> BlobStore:
    """The store named by a path or URI. A folder is made if it is missing; an object store is not asked anything.

    Raises UnknownDestination and WrongOption, and OSError for a folder that cannot be made or written to.
    """
    match = _SCHEME.match(destination)
    if match is None:
        return LocalStore(Path(destination))
    match match["scheme"].lower():
        case "file":
            return _folder(destination)
        case "s3" | "s3a":
            from trackline.blobs.s3 import S3Store

            return S3Store(*_bucket_and_prefix(destination), options)
        case "gs":
            from trackline.blobs.clouds import open_gcs

            return open_gcs(*_bucket_and_prefix(destination), how_patient(options.hurried))
        case "wasb" | "wasbs" | "abfs" | "abfss":
            return _azure(destination, how_patient(options.hurried))
    raise UnknownDestination(
        f"Artifacts cannot be kept in {destination}: name a folder, or a URI that begins with "
        "file:, s3://, gs://, wasbs:// or abfss://."
    )


async def create_bucket(destination: str, options: StoreOptions = _DEFAULTS) -> bool:
    """Make the bucket of an S3 destination. False if it is there and can be used; raises what hinders it."""
    store = open_blobs(destination, options)
    if not hasattr(store, "create_bucket"):
        raise NotOffered(f"Only buckets of S3 (s3://…) can be made here, not {destination}.")
    made: bool = await store.create_bucket()
    return made


def _folder(destination: str) -> BlobStore:
    parts = urlsplit(destination)
    if parts.netloc not in ("", "localhost"):
        raise UnknownDestination(
            f"Artifacts cannot be kept in {destination}: it names the host {parts.netloc!r}. "
            f"A folder of this machine is written file:///{parts.netloc}{parts.path}."
        )
    return LocalStore(Path(unquote(parts.path)))


def _azure(destination: str, patience: Patience) -> BlobStore:
    from trackline.blobs.clouds import open_azure

    match = _OBJECTS.fullmatch(destination)
    account = re.fullmatch(r"([a-z0-9]+)\.(blob|dfs)\.core\.windows\.net", match["host"] or "") if match else None
    if match is None or account is None or not match["bucket"]:
        raise UnknownDestination(
            f"Artifacts cannot be kept in {destination}: write it as "
            "wasbs://CONTAINER@ACCOUNT.blob.core.windows.net/FOLDER."
        )
    return open_azure(match["bucket"], account[1], _prefix(destination, match["prefix"]), patience)


def _bucket_and_prefix(destination: str) -> tuple[str, str]:
    match = _OBJECTS.fullmatch(destination)
    if match is None or match["host"] or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]+", match["bucket"]):
        scheme = destination.partition(":")[0]
        raise UnknownDestination(f"Artifacts cannot be kept in {destination}: write it as {scheme}://BUCKET/FOLDER.")
    return match["bucket"], _prefix(destination, match["prefix"])


def _prefix(destination: str, given: str | None) -> str:
    prefix = (given or "").strip("/")
    if any(part in {"", ".", ".."} for part in prefix.split("/")) and prefix:
        raise UnknownDestination(f"Artifacts cannot be kept in {destination}: its folder has an empty part, . or ..")
    return prefix
