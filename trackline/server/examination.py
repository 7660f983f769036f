"""From settings to findings: all that a server with these settings would stand on, looked at without starting one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from trackline.db.errors import DatabaseRefused, Unavailable
from trackline.jobs.doctor import Finding, error, ok, warning
from trackline.jobs.doctor.artifacts import examine_store
from trackline.jobs.doctor.machine import check_folder, check_open_files, check_permissions, check_room
from trackline.server.exposure import is_loopback
from trackline.server.listening import FILES, check_certificate
from trackline.server.metadata import Metadata
from trackline.server.opening import (
    CannotStart,
    artifact_stores,
    check_exposure,
    check_settings,
    metadata_of,
    must_sign_in,
    open_store,
    webhook_key_file,
)
from trackline.settings import ServerSettings
from trackline.store.access.users import has_users
from trackline.store.artifact_locations import folder_of


async def examine(settings: ServerSettings, deep: bool) -> list[Finding]:
    """`deep` reads all of an SQLite file. Nothing is changed, but that a file is written to each store and deleted."""
    findings = _start(settings)
    metadata, of_database = (
        (None, []) if settings.artifacts_only else await asyncio.to_thread(_database, settings, deep)
    )
    findings += of_database
    for place in artifact_stores(settings):
        findings += await _artifacts(place)
    file = metadata.file if metadata else None
    if file is not None:
        findings += check_permissions(file, webhook_key_file(file)) if file.exists() else check_folder(file.parent)
    findings += check_room([*([] if file is None else [file.parent]), *_folders(settings)])
    findings.append(check_open_files(FILES))
    findings += _exposure(settings, await asyncio.to_thread(_sign_in, settings, metadata))
    return findings


def _start(settings: ServerSettings) -> list[Finding]:
    """What of the settings keeps a server from starting."""
    checks: list[Callable[[ServerSettings], None]] = [check_settings, check_certificate]
    found = []
    for check in checks:
        try:
            check(settings)
        except CannotStart as reason:
            found.append(error("start", reason.message, reason.hint))
    return found


def _database(settings: ServerSettings, deep: bool) -> tuple[Metadata | None, list[Finding]]:
    """None for the metadata that cannot be used at all."""
    try:
        metadata = metadata_of(settings)
        warned = [warning("database", metadata.warning, "Write the address anew.")] if metadata.warning else []
        metadata.check()
        return metadata, warned + metadata.examine(settings.workers, deep)
    except (CannotStart, DatabaseRefused) as reason:
        return None, [error("database", reason.message, reason.hint)]


async def _artifacts(place: str) -> list[Finding]:
    folder = _folder(place)
    if folder is None or folder.exists():
        return await examine_store(place, lambda: open_store(place, hurried=True))
    return check_folder(folder) or [ok("artifacts", f"{place} is not there yet; the server makes it.")]


def _folders(settings: ServerSettings) -> list[Path]:
    return [folder for place in artifact_stores(settings) if (folder := _folder(place)) is not None]


def _folder(place: str) -> Path | None:
    """None for an object store."""
    path = folder_of(place)
    return None if path is None else Path(path)


def _sign_in(settings: ServerSettings, metadata: Metadata | None) -> bool | None:
    """Whether people have to; None where that cannot be found out."""
    if must_sign_in(settings) or settings.artifacts_only:
        return must_sign_in(settings)
    if metadata is None:
        return None
    if metadata.file is not None and not metadata.file.exists():
        return False
    try:
        return metadata.look(has_users)
    except Unavailable:
        return None


def _exposure(settings: ServerSettings, sign_in: bool | None) -> list[Finding]:
    try:
        check_exposure(settings, sign_in is not False)
    except CannotStart as reason:
        return [error("exposure", reason.message, reason.hint)]
    if is_loopback(settings.host):
        who = "Only this machine reaches it"
        return [ok("exposure", f"{who}, and people have to sign in." if sign_in else f"{who}; nobody has to sign in.")]
    found = []
    if sign_in is False:
        found.append(
            warning(
                "exposure",
                f"--host {settings.host} --allow-anonymous: whoever reaches it may change and delete everything.",
                "Make a first user: trackline user create NAME --admin",
            )
        )
    if not settings.ssl_certfile and urlsplit(settings.public_url).scheme != "https":
        found.append(
            warning(
                "exposure",
                f"--host {settings.host} without TLS: what is sent, passwords too, can be read on the way.",
                "Give --ssl-certfile, or put a proxy with TLS before it and say so with --public-url https://….",
            )
        )
    return found or [ok("exposure", f"{settings.host}: encrypted, and people have to sign in.")]
