"""The checks of an SQLite file. Sizes are in bytes."""

from __future__ import annotations

import sqlite3
from importlib.resources.abc import Traversable
from pathlib import Path

from trackline.db.sqlite_health import SqliteHealth, read_health
from trackline.domain.quantities import readable_size
from trackline.jobs.doctor.finding import Finding, error, ok, warning
from trackline.jobs.doctor.schema import check_parts, check_schema

LARGE_LOG = 256 * 2**20  # the write-ahead log is folded into the file at some 4 MB
WASTE = 256 * 2**20
WASTED_PART = 0.5


def examine_sqlite(path: Path, migrations: Traversable, deep: bool) -> list[Finding]:
    """`deep` reads the whole file for damage."""
    versions = ok("versions", f"SQLite {sqlite3.sqlite_version}.")
    if not path.exists():
        return [versions, warning("database", f"{path} is not there yet.", "Start the server: it makes it.")]
    try:
        health = read_health(path, deep)
    except (sqlite3.Error, OSError) as problem:
        return [versions, error("database", f"{path} cannot be read: {problem}.", "Restore it from a backup.")]
    return [
        versions,
        ok("database", f"{path} can be read: {readable_size(health.size)}."),
        check_schema(health.book, migrations),
        *check_parts(health.book, health.parts, migrations),
        _settings(health),
        _bloat(health),
        *_damage(health),
    ]


def _settings(health: SqliteHealth) -> Finding:
    if health.is_wal:
        return ok("settings", "Write-ahead log; each commit is synced to the disk.")
    return error(
        "settings",
        "The file is not in WAL mode: reads and writes wait for each other.",
        "Stop the server and run: sqlite3 FILE 'pragma journal_mode = wal'",
    )


def _bloat(health: SqliteHealth) -> Finding:
    size, free, log = map(readable_size, (health.size, health.free, health.log_size))
    if health.log_size > LARGE_LOG:
        return warning(
            "bloat",
            f"The write-ahead log has grown to {log}: somebody keeps it from being folded in.",
            "End programs that have the file open beside the server (lsof shows them), then restart the server.",
        )
    if health.free > max(WASTE, WASTED_PART * health.size):
        return warning(
            "bloat",
            f"{free} of {size} are free pages, which new data fills before the file grows.",
            "If the disk needs them back: stop the server and run: sqlite3 FILE vacuum",
        )
    return ok("bloat", f"{free} in free pages, {log} of write-ahead log.")


def _damage(health: SqliteHealth) -> list[Finding]:
    if health.damage is None:
        return []
    if health.damage:
        return [
            error(
                "damage",
                f"The file is damaged: {'; '.join(health.damage)}.",
                "Stop the server, keep a copy, restore a backup; sqlite3 FILE .recover gets out what can be read.",
            )
        ]
    return [ok("damage", "The whole file was read, and none was found.")]
