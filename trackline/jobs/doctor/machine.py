"""The checks of this machine: who may read and write what, room on the disk, files that may be open."""

from __future__ import annotations

import os
import resource
import shutil
import stat
from collections.abc import Iterable
from pathlib import Path

from trackline.domain.quantities import readable_size
from trackline.jobs.doctor.finding import Finding, error, ok, warning

LITTLE, FULL = 5 * 2**30, 2**29  # bytes that are left on a disk

_MINE = "Run this as the user that the server runs as; if it is, give it the rights."


def check_permissions(database: Path, key: Path) -> list[Finding]:
    """Of an SQLite file and what lies beside it; `key` is the file with the key to the secrets of webhooks."""
    found = [*_not_writable(database), *_open_to_all(database), *_readable_key(key)]
    return found or [ok("permissions", f"{database.parent} can be written to, and is not open to everybody.")]


def check_folder(folder: Path) -> list[Finding]:
    """Of one that the server would make: nothing, where it can."""
    there = _nearest(folder)
    if there == folder or (there.is_dir() and _may(there, os.W_OK | os.X_OK)):
        return []
    return [error("permissions", f"{folder} cannot be made in {there}.", _MINE)]


def check_room(folders: Iterable[Path]) -> list[Finding]:
    """Once for each disk."""
    disks = {there.stat().st_dev: there for there in map(_nearest, folders)}
    found = []
    for there in disks.values():
        usage = shutil.disk_usage(there)
        said = f"{readable_size(usage.free)} of {readable_size(usage.total)} are free at {there}."
        advice = "Make room, or move the data to a larger disk: without room the server answers 503 and 507."
        make = error if usage.free < FULL else warning
        found.append(make("disk space", said, advice) if usage.free < LITTLE else ok("disk space", said))
    return found


def check_open_files(wanted: int) -> Finding:
    """`wanted`: with as many connections as a server takes. It raises its own limit, up to the hard one."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        return ok("open files", "A process may have any number.")
    if hard >= wanted:
        return ok("open files", f"A process may have {hard:,}.")
    return warning(
        "open files",
        f"A process may have {hard:,}; at full load the server needs {wanted:,}, and would refuse connections before.",
        "Raise the hard limit: LimitNOFILE= in a systemd unit, --ulimit nofile= of a container, limits.conf.",
    )


def _not_writable(database: Path) -> list[Finding]:
    places = [database.parent, *(path for path in _files(database) if path.exists())]
    return [
        error("permissions", f"{path} cannot be written to.", _MINE)
        for path in places
        if path.exists() and not _may(path, os.W_OK | (os.X_OK if path.is_dir() else 0))
    ]


def _open_to_all(database: Path) -> list[Finding]:
    if not all(_mode(above) & stat.S_IXOTH for above in database.parents if above.exists()):
        return []  # nobody else gets as far as the files
    files = [path for path in _files(database) if path.exists()]
    writable = [path for path in files if _mode(path) & stat.S_IWOTH]
    if writable:
        names = " ".join(map(str, writable))
        return [error("permissions", f"Everybody on this machine may change {names}.", f"chmod o-rwx {names}")]
    readable = [path for path in files if _mode(path) & stat.S_IROTH]
    if readable:
        names = " ".join(map(str, readable))
        return [
            warning(
                "permissions",
                f"Everybody on this machine may read {names}.",
                f"chmod o-rwx {names}, or better the folder: chmod o-rwx {database.parent}",
            )
        ]
    return []


def _readable_key(key: Path) -> list[Finding]:
    if not key.exists() or not _mode(key) & (stat.S_IRWXG | stat.S_IRWXO):
        return []
    return [error("permissions", f"{key}, the key to webhooks' secrets, is open to others.", f"chmod 600 {key}")]


def _files(database: Path) -> list[Path]:
    return [Path(f"{database}{suffix}") for suffix in ("", "-wal", "-shm")]


def _may(path: Path, what: int) -> bool:
    return os.access(path, what, effective_ids=os.access in os.supports_effective_ids)


def _mode(path: Path) -> int:
    return path.stat().st_mode


def _nearest(folder: Path) -> Path:
    """The folder, or the first above it that is there."""
    return next(path for path in (folder, *folder.parents) if path.exists())
