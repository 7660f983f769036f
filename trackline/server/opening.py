"""From settings to what a server works on: the database, and the stores of artifacts."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from random import SystemRandom
from typing import Any
from urllib.parse import urlsplit

import msgspec

from trackline.blobs import BlobStore, StoreOptions, open_blobs
from trackline.blobs.errors import UnknownDestination, WrongOption
from trackline.domain.access import Permission, permission_named
from trackline.domain.artifact_paths import PROXY_SCHEME
from trackline.domain.errors import InvalidParameter, RequestError
from trackline.domain.sign_on import Rules, group_roles
from trackline.jobs.webhooks import Secrets, Sender, UnusableKey
from trackline.server.artifact_places import ArtifactPlaces
from trackline.server.exposure import frame_ancestors, is_loopback
from trackline.server.identity import SignIn
from trackline.server.identity_provider import Provider
from trackline.server.logs import FORMATS
from trackline.server.metadata import Metadata, metadata_at
from trackline.server.numbers import Numbers
from trackline.server.rates import Rates
from trackline.server.services import NoDatabase, Services
from trackline.settings import (
    NOTEBOOKS_URL,
    OBJECT_STORE,
    OIDC_SECRET,
    WEBHOOK_KEY,
    ServerSettings,
    UnreadableSetting,
    listed,
    object_store_settings,
    variable,
)

PROXIED_ROOT = f"{PROXY_SCHEME}:/"
DEFAULT_FOLDER = "./trackline-artifacts"
MAX_WORKERS = 64

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_REMOTE = re.compile(r"(?!file:)[a-z][a-z0-9+.-]+:", re.IGNORECASE)


class CannotStart(Exception):
    """Something outside stands in the way; `hint` says what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def open_services(settings: ServerSettings, numbers: Numbers) -> Services:
    """Open, and where needed make, what the server works on. Raises CannotStart or DatabaseRefused."""
    _check(settings)
    try:
        metadata = _metadata_to_serve(settings)
        sender = _open_sender(settings, metadata.file if metadata else None)
        if settings.backup_to:
            backup_place(settings)  # now, and not when the first backup is due: whoever starts the server is there
        artifacts = open_places(settings)
        database, reading = (NoDatabase(), NoDatabase()) if metadata is None else metadata.open_for_serving()
        return Services(
            database=database,
            reading=reading,
            artifacts=artifacts,
            database_place=metadata.shown if metadata else "",
            artifacts_place=artifacts_destination(settings) if settings.serve_artifacts else "",
            artifact_root=artifact_root(settings),
            presigned_urls=settings.presigned_urls,
            framing=_framing(settings),
            random=SystemRandom(),
            sender=sender,
            sign_in=SignIn(
                database, default_permission(settings), metadata is not None, is_required=must_sign_in(settings)
            ),
            rates=Rates(settings.rate_limit),
            provider=_open_provider(settings) if settings.oidc_issuer else None,
            numbers=numbers,
            notebooks_url=variable(NOTEBOOKS_URL.variables) or "",
            shows_numbers=bool(settings.expose_prometheus),
        )
    except OSError as error:
        raise CannotStart(
            f"Cannot write to {error.filename}: {error.strerror}.",
            "Name folders that this user may write to: --backend-store-uri, --artifacts-destination, --backup-to.",
        ) from error


def _metadata_to_serve(settings: ServerSettings) -> Metadata | None:
    """None where only artifacts are served."""
    metadata = None if settings.artifacts_only else metadata_of(settings)
    if metadata is not None:
        metadata.check()  # before anything is made
    may_have_users = metadata is not None and (metadata.file is None or metadata.file.exists())
    # Now: a server that may not start makes nothing.
    check_exposure(settings, may_have_users or must_sign_in(settings))
    if metadata is not None:
        metadata.make_folder()  # before the folder of artifacts: it fails oftener
    return metadata


def check_settings(settings: ServerSettings) -> None:
    """Raises CannotStart for settings with which no server starts, whatever it works on. Makes nothing."""
    _check(settings)
    default_permission(settings)
    _framing(settings)
    _open_sender(settings, None)
    if settings.oidc_issuer:
        _open_provider(settings)


def metadata_of(settings: ServerSettings) -> Metadata:
    """Raises CannotStart and DatabaseRefused."""
    metadata = metadata_at(settings.backend_store_uri, settings.read_replica_backend_store_uri)
    if settings.workers > 1 and metadata.file is not None:
        raise CannotStart(
            f"--workers {settings.workers}: SQLite has a single writer, so more processes would only wait for each "
            "other.",
            "Leave --workers out: one process serves many clients at once. More need --backend-store-uri "
            "postgresql://….",
        )
    return metadata


def check_exposure(settings: ServerSettings, sign_in: bool) -> None:
    """Raises CannotStart where anybody on a network could change everything and nobody said that they may."""
    if not (is_loopback(settings.host) or sign_in or settings.allow_anonymous):
        raise CannotStart(
            f"--host {settings.host} would let everybody who reaches this machine change and delete everything: "
            "nobody has to sign in.",
            "Make a first user (trackline user create NAME --admin), or say that it is meant so: --allow-anonymous.",
        )


def must_sign_in(settings: ServerSettings) -> bool:
    """Whether the settings say so, whoever is known yet."""
    return settings.require_sign_in or bool(settings.oidc_issuer)


def default_permission(settings: ServerSettings) -> Permission:
    """What signed-in people may do where nothing is granted. Raises CannotStart."""
    try:
        return permission_named(settings.default_permission)
    except RequestError as error:
        raise CannotStart(error.message, "Give one of them with --default-permission.") from None


def _framing(settings: ServerSettings) -> str:
    try:
        return frame_ancestors(settings.x_frame_options)
    except ValueError as error:
        raise CannotStart(
            f"--x-frame-options: '{error}' is neither SAMEORIGIN, DENY or NONE nor an origin.",
            "An origin is how an address begins: https://lab.example.org, or with a port.",
        ) from None


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
    given: dict[str, Any] = {}
    try:
        given = dict(object_store_settings())
        if "upload_args" in given:
            given["upload_args"] = msgspec.json.decode(given["upload_args"])
        return msgspec.convert(given, StoreOptions, strict=False)
    except UnreadableSetting as error:
        raise CannotStart(str(error), "Let it name a file that this user may read.") from error
    except msgspec.DecodeError as error:
        variables = ", ".join(setting.variables[0] for setting in OBJECT_STORE if setting.name in given)
        raise CannotStart(
            f"The environment says something of the object store that cannot be meant: {error}.",
            f"See docs/settings.md for {variables}.",
        ) from None


def object_stores(settings: ServerSettings) -> dict[str, BlobStore]:
    """Those among the places of artifacts, by name, as they are opened to be tried: they give up soon."""
    return {place: open_store(place, hurried=True) for place in artifact_stores(settings) if _REMOTE.match(place)}


def artifact_stores(settings: ServerSettings) -> list[str]:
    """The places of artifacts that this server opens."""
    places = [artifacts_destination(settings)] if settings.serve_artifacts else []
    root = artifact_root(settings)
    if not root.startswith(PROXIED_ROOT) and (settings.serve_artifacts or _SCHEME.match(root)):
        places.append(root)
    return list(dict.fromkeys(places))


def open_store(destination: str, hurried: bool = False) -> BlobStore:
    """Raises CannotStart for a name or an option that no store takes, and OSError."""
    try:
        return open_blobs(destination, replace(store_options(), hurried=hurried))
    except (UnknownDestination, WrongOption) as error:
        raise CannotStart(
            error.message, "Give the place of artifacts with --artifacts-destination or --default-artifact-root."
        ) from error


def webhook_key_file(database: Path) -> Path:
    return database.with_name(f"{database.name}.webhook-key")


def _open_sender(settings: ServerSettings, database: Path | None) -> Sender:
    """What sends webhooks. The key to their secrets lies beside an SQLite `database` unless one is given."""
    try:
        secrets = Secrets(variable(WEBHOOK_KEY.variables) or "", database and webhook_key_file(database))
    except UnreadableSetting as error:
        raise CannotStart(str(error), "Name a file that this user may read, or leave the variable out.") from error
    except UnusableKey:
        raise CannotStart(
            "MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY is no key: it should be 32 bytes in URL-safe base64.",
            "Make one with: openssl rand -base64 32 | tr +/ -_",
        ) from None
    return Sender(secrets, listed(settings.webhook_allowed_schemes.lower()), settings.webhook_allow_private_ips)


def _open_provider(settings: ServerSettings) -> Provider:
    """Of identities. It is asked nothing yet: it may be away while this server starts. Raises CannotStart."""
    try:
        secret = variable(OIDC_SECRET.variables) or ""
        groups = group_roles(listed(settings.oidc_groups))
    except UnreadableSetting as error:
        raise CannotStart(str(error), "Let it name a file that this user may read.") from error
    except InvalidParameter as error:
        raise CannotStart(f"--oidc-groups: {error.message}", "Write: ml-admins=admin, lab=research.") from None
    _check_provider(settings, secret)
    return Provider(
        rules=Rules(
            issuer=settings.oidc_issuer,
            username_claim=settings.oidc_username_claim,
            groups_claim=settings.oidc_groups_claim,
            groups=groups,
            email_domains=tuple(listed(settings.oidc_email_domains.lower())),
        ),
        client_id=settings.oidc_client_id,
        client_secret=secret,
        scopes=settings.oidc_scopes,
        public_url=whole_public_url(settings),
        title=settings.oidc_name,
    )


def _check_provider(settings: ServerSettings, secret: str) -> None:
    needed = {
        "--oidc-client-id": settings.oidc_client_id,
        "the client's secret (TRACKLINE_OIDC_CLIENT_SECRET, or …_FILE)": secret,
        "--public-url, to which the provider sends people back": settings.public_url,
    }
    for name, value in needed.items():
        if not value:
            raise CannotStart(f"--oidc-issuer needs {name}.", "See docs/access.md.")
    issuer = urlsplit(settings.oidc_issuer)
    if issuer.scheme != "https" and not (issuer.scheme == "http" and is_loopback(issuer.hostname or "")):
        raise CannotStart(
            f"--oidc-issuer {settings.oidc_issuer}: what comes from there without encryption could be anybody's.",
            "Give an address with https://.",
        )


def whole_public_url(settings: ServerSettings) -> str:
    """With the prefix, which --public-url may leave out."""
    url = settings.public_url.rstrip("/")
    return url if urlsplit(url).path else url + settings.static_prefix.rstrip("/")


def open_places(settings: ServerSettings) -> ArtifactPlaces:
    """The proxied store, and the direct root that this server reads for its clients; one store where they agree."""
    destination, root = artifacts_destination(settings), artifact_root(settings)
    proxied = open_store(destination) if settings.serve_artifacts else None
    if root.startswith(PROXIED_ROOT) or (proxied is None and not _SCHEME.match(root)):
        return ArtifactPlaces(proxied, {})  # a folder that is not served is the clients' own affair
    direct = proxied if proxied is not None and root == destination else open_store(root)
    return ArtifactPlaces(proxied, {root: direct})


def backup_place(settings: ServerSettings) -> BlobStore:
    """Raises CannotStart and OSError."""
    return open_store(_absolute(settings.backup_to))


def _absolute(place: str) -> str:
    """A folder as an absolute path, since clients and later starts may be elsewhere; a URI as it is."""
    return place if _SCHEME.match(place) else str(Path(place).absolute())


def _check(settings: ServerSettings) -> None:
    if not 1 <= settings.workers <= MAX_WORKERS:
        raise CannotStart(
            f"--workers {settings.workers}: a server is 1 to {MAX_WORKERS} processes.", "Leave it out for one."
        )
    if settings.log_format not in FORMATS:
        raise CannotStart(f"--log-format {settings.log_format} is none.", f"Give {' or '.join(FORMATS)}.")
    if min(settings.backup_every, settings.backup_keep) < 1:
        raise CannotStart("--backup-every and --backup-keep are at least 1.", "Leave --backup-to out for no backups.")
    if min(settings.fail_silent_after, settings.trash_retention) < 0:
        raise CannotStart("--fail-silent-after and --trash-retention are not below 0.", "Leave them out for never.")
    if settings.static_prefix and not settings.static_prefix.startswith("/"):
        raise CannotStart(
            f"--static-prefix {settings.static_prefix}: a path begins with a slash.",
            f"Write --static-prefix /{settings.static_prefix}.",
        )
    if settings.public_url and not urlsplit(settings.public_url).scheme.startswith("http"):
        raise CannotStart(
            f"--public-url {settings.public_url}: an address as people open it begins with http:// or https://.",
            f"Write --public-url https://{settings.public_url}.",
        )
    if settings.artifacts_only and must_sign_in(settings):
        raise CannotStart(
            "--artifacts-only: such a server has no users, so nobody can sign in.",
            "Leave --require-sign-in and --oidc-issuer out, or --artifacts-only.",
        )
    if settings.artifacts_only and not settings.serve_artifacts:
        raise CannotStart(
            "--artifacts-only and --no-serve-artifacts together leave nothing to do.", "Leave one of them out."
        )
