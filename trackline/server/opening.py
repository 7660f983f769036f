"""From settings to what a server works on: the database, and the stores of artifacts."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from random import SystemRandom
from typing import Any

import msgspec

from trackline.blobs import BlobStore, StoreOptions, open_blobs
from trackline.blobs.errors import UnknownDestination, WrongOption
from trackline.db.database import Database
from trackline.db.migrate import check_sqlite, migrate_sqlite
from trackline.db.sqlite import SqliteDatabase
from trackline.db.uri import sqlite_file
from trackline.domain.artifact_paths import PROXY_SCHEME
from trackline.server.artifact_places import ArtifactPlaces
from trackline.server.services import NoDatabase, Services
from trackline.settings import OBJECT_STORE, ServerSettings, object_store_settings

MIGRATIONS = files("trackline.store") / "migrations" / "sqlite"
FOREIGN_TABLES = {"alembic_version": "MLflow"}
PROXIED_ROOT = f"{PROXY_SCHEME}:/"
DEFAULT_FOLDER = "./trackline-artifacts"

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")


class CannotStart(Exception):
    """Something outside stands in the way; `hint` says what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def open_services(settings: ServerSettings) -> Services:
    """Open, and where needed make, what the server works on. Raises CannotStart or DatabaseRefused."""
    _check(settings)
    try:
        path = None if settings.artifacts_only else sqlite_file(settings.backend_store_uri).path
        if path is not None:
            check_sqlite(path, MIGRATIONS, FOREIGN_TABLES)  # before anything is made
            path.parent.mkdir(parents=True, exist_ok=True)
        artifacts = _open_places(settings)
        return Services(
            database=NoDatabase() if path is None else _open_database(path),
            artifacts=artifacts,
            artifact_root=artifact_root(settings),
            presigned_urls=settings.presigned_urls,
            random=SystemRandom(),
        )
    except OSError as error:
        raise CannotStart(
            f"Cannot write to {error.filename}: {error.strerror}.",
            "Name folders that this user may write to with --backend-store-uri and --artifacts-destination.",
        ) from error


def artifact_root(settings: ServerSettings) -> str:
    """Below it the artifacts of new experiments go."""
    if settings.default_artifact_root:
        return _absolute(settings.default_artifact_root)
    return PROXIED_ROOT if settings.serve_artifacts else artifacts_destination(settings)


def artifacts_destination(settings: ServerSettings) -> str:
    """Where the server keeps what clients send through it."""
    if settings.artifacts_destination:
        return _absolute(settings.artifacts_destination)
    root = settings.default_artifact_root
    return _absolute(DEFAULT_FOLDER if not root or root.startswith(PROXIED_ROOT) else root)


def store_options() -> StoreOptions:
    """How to speak to object stores, as the environment says. Raises CannotStart."""
    given: dict[str, Any] = dict(object_store_settings())
    try:
        if "upload_args" in given:
            given["upload_args"] = msgspec.json.decode(given["upload_args"])
        return msgspec.convert(given, StoreOptions, strict=False)
    except msgspec.DecodeError as error:
        variables = ", ".join(setting.variables[0] for setting in OBJECT_STORE if setting.name in given)
        raise CannotStart(
            f"The environment says something of the object store that cannot be meant: {error}.",
            f"See docs/settings.md for {variables}.",
        ) from None


def open_store(destination: str) -> BlobStore:
    """Raises CannotStart for a name or an option that no store takes, and OSError."""
    try:
        return open_blobs(destination, store_options())
    except (UnknownDestination, WrongOption) as error:
        raise CannotStart(
            error.message, "Give the place of artifacts with --artifacts-destination or --default-artifact-root."
        ) from error


def _open_database(path: Path) -> Database:
    migrate_sqlite(path, MIGRATIONS, FOREIGN_TABLES)
    return SqliteDatabase(path)


def _open_places(settings: ServerSettings) -> ArtifactPlaces:
    """The proxied store, and the direct root that this server reads for its clients; one store where they agree."""
    destination, root = artifacts_destination(settings), artifact_root(settings)
    proxied = open_store(destination) if settings.serve_artifacts else None
    if root.startswith(PROXIED_ROOT) or (proxied is None and not _SCHEME.match(root)):
        return ArtifactPlaces(proxied, {})  # a folder that is not served is the clients' own affair
    direct = proxied if proxied is not None and root == destination else open_store(root)
    return ArtifactPlaces(proxied, {root: direct})


def _absolute(place: str) -> str:
    """A folder as an absolute path, since clients and later starts may be elsewhere; a URI as it is."""
    return place if _SCHEME.match(place) else str(Path(place).absolute())


def _check(settings: ServerSettings) -> None:
    if settings.workers != 1:
        raise CannotStart(
            f"--workers {settings.workers}: SQLite has a single writer, so more processes would only wait for each "
            "other.",
            "Leave --workers out: one process serves many clients at once.",
        )
    if settings.static_prefix and not settings.static_prefix.startswith("/"):
        raise CannotStart(
            f"--static-prefix {settings.static_prefix}: a path begins with a slash.",
            f"Write --static-prefix /{settings.static_prefix}.",
        )
    if settings.artifacts_only and not settings.serve_artifacts:
        raise CannotStart(
            "--artifacts-only and --no-serve-artifacts together leave nothing to do.", "Leave one of them out."
        )
