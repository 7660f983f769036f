"""The checks of a PostgreSQL database."""

from __future__ import annotations

from importlib.resources.abc import Traversable

import psycopg

from trackline.db.postgres.connect import Server
from trackline.db.postgres.database import READERS, SPARE_READERS, WRITERS
from trackline.db.postgres.health import PostgresHealth, Table, read_health, seconds_behind
from trackline.domain.quantities import readable_duration
from trackline.jobs.doctor.clocks import check_clock
from trackline.jobs.doctor.finding import Finding, error, ok, warning
from trackline.jobs.doctor.schema import check_parts, check_schema

CONNECTIONS = WRITERS + READERS + SPARE_READERS + 3  # of one process; the last are for glances, jots and announcements
DEAD_ROWS, DEAD_PART = 10_000, 0.2  # of a table: more than both ask for a vacuum
LONG_SECONDS = 3600.0  # of a transaction: what is deleted meanwhile stays
BEHIND_SECONDS = 10.0

# What each setting must not be, and what that would do.
_ERRORS = {
    "fsync": ("off", "a power loss can destroy the whole database"),
    "synchronous_commit": ("off", "what was acknowledged in the last moments is lost when it crashes"),
    "full_page_writes": ("off", "a power loss can tear pages"),
}
_WARNINGS = {
    "autovacuum": ("off", "tables grow without end"),
    "track_counts": ("off", "autovacuum does not know where to go, and tables grow without end"),
}


def examine_postgres(server: Server, standby: Server | None, migrations: Traversable, workers: int) -> list[Finding]:
    """`workers`: processes of the server that is meant."""
    versions = f"psycopg {psycopg.__version__} ({psycopg.pq.__impl__}), libpq {_libpq()}"
    try:
        health = read_health(server)
    except psycopg.Error as problem:
        said = " ".join(str(problem).split())
        return [
            ok("versions", f"{versions}."),
            error("database", f"{server.name} does not say how it is: {said}.", "See the log of PostgreSQL."),
        ]
    return [
        ok("versions", f"PostgreSQL {health.version}; {versions}."),
        ok("database", f"{server.name} can be reached."),
        check_schema(health.book, migrations),
        *check_parts(health.book, health.parts, migrations),
        *_settings(health.settings),
        _connections(health, CONNECTIONS * workers),
        *_bloat(health),
        check_clock(f"The clock of {server.name}", health.ahead_seconds),
        *([] if standby is None else [_replica(standby)]),
    ]


def _settings(settings: dict[str, str]) -> list[Finding]:
    found = []
    for make, rules in ((error, _ERRORS), (warning, _WARNINGS)):
        for name, (bad, consequence) in rules.items():
            if settings.get(name) == bad:
                advice = f"Set {name} = on in postgresql.conf, and for role and database, and reload."
                found.append(make("settings", f"{name} is {bad}: {consequence}.", advice))
    return found or [ok("settings", f"{', '.join(_ERRORS)} and autovacuum are as they should be.")]


def _connections(health: PostgresHealth, needed: int) -> Finding:
    left = health.allowed - health.others
    found = f"{health.allowed} for this user, {health.others} taken by other programs; one server needs {needed}."
    advice = "Raise max_connections (or the limit of role or database), or start with fewer --workers."
    if left < needed:
        return error("connections", found, advice)
    if left < 2 * needed:
        return warning("connections", f"{found} A second server, or a restart beside the first, has no room.", advice)
    return ok("connections", found)


def _bloat(health: PostgresHealth) -> list[Finding]:
    bad = [one for one in health.tables if one.dead > max(DEAD_ROWS, DEAD_PART * (one.live + one.dead))]
    found = [
        warning("bloat", f"{one.name}: {one.dead:,} dead rows beside {one.live:,}, {_vacuumed(one)}.", _advice(one))
        for one in bad
    ]
    if health.oldest_seconds > LONG_SECONDS:
        found.append(
            warning(
                "bloat",
                f"A transaction has been open for {readable_duration(health.oldest_seconds)}: nothing that was deleted "
                "since can be cleared away.",
                "Find it in pg_stat_activity (by xact_start), and end it: select pg_terminate_backend(PID);",
            )
        )
    dead = sum(one.dead for one in health.tables)
    return found or [ok("bloat", f"{dead:,} dead rows in {len(health.tables)} tables.")]


def _vacuumed(table: Table) -> str:
    return "never vacuumed" if table.vacuumed is None else f"last vacuumed {table.vacuumed:%Y-%m-%d %H:%M}"


def _advice(table: Table) -> str:
    return (
        f"VACUUM ANALYZE {table.name}; if it happens again, autovacuum cannot keep up: raise "
        "autovacuum_vacuum_cost_limit and autovacuum_max_workers."
    )


def _replica(standby: Server) -> Finding:
    try:
        behind = seconds_behind(standby)
    except psycopg.Error as problem:
        said = " ".join(str(problem).split())
        return warning("read replica", f"{standby.name}: {said}. The primary reads.", "Start it, or leave it out.")
    if behind is None:
        return error(
            "read replica",
            f"{standby.name} is no standby; it would never have what is written.",
            "Name a streaming replica with --read-replica-backend-store-uri, or leave it out.",
        )
    if behind > BEHIND_SECONDS:
        return warning(
            "read replica",
            f"{standby.name} is {readable_duration(behind)} behind, so that the primary reads.",
            "See whether it is stopped (pg_wal_replay_resume), busy with long queries, or far away.",
        )
    return ok("read replica", f"{standby.name} follows.")


def _libpq() -> str:
    number = psycopg.pq.version()
    return f"{number // 10_000}.{number % 10_000}"
