"""Is the schema the one that this program knows, and is all of it there?"""

from __future__ import annotations

from importlib.resources.abc import Traversable

from trackline.db.health import Book, Parts, made_by
from trackline.db.migrate import migration_files
from trackline.jobs.doctor.finding import Finding, error, ok, warning


def check_schema(book: Book, migrations: Traversable) -> Finding:
    """A database that this program must not use has been refused before."""
    known = [number for number, _ in migration_files(migrations)]
    applied = {number for number, _ in book}
    if not applied:
        return warning("schema", "Nothing is in it yet.", "Start the server: it makes its tables.")
    if missing := sorted(set(known) - applied):
        return warning(
            "schema",
            f"It is at {max(applied)}; this program works with {max(known)} (missing: {_listed(missing)}).",
            "Start this version of the server: it brings the database up to date. Make a copy of it before.",
        )
    if max(applied) > max(known):
        return warning(
            "schema",
            f"It is at {max(applied)}, this program knows up to {max(known)}: a newer Trackline has added to it.",
            "This one can go on working; upgrade it soon.",
        )
    return ok("schema", f"{max(applied)}, as this program knows it.")


def check_parts(book: Book, found: Parts, migrations: Traversable) -> list[Finding]:
    """Tables, indexes and triggers of what has been applied."""
    applied = {number for number, _ in book}
    if not applied:
        return []
    made = made_by(file for number, file in migration_files(migrations) if number in applied)
    findings = [
        error(
            "indexes",
            f"{name} is missing: what it is for reads whole tables, or takes what it should refuse.",
            f"Make it again, when little is going on: {made.indexes[name]}",
        )
        for name in sorted(made.indexes.keys() - found.indexes)
    ]
    findings += [
        error(
            "indexes",
            f"{name} is not valid: PostgreSQL keeps it up to date and does not use it.",
            f"REINDEX INDEX CONCURRENTLY {name};",
        )
        for name in sorted(found.invalid)
    ]
    lost = sorted((made.tables - found.tables) | (made.triggers - found.triggers))
    if lost:
        findings.append(
            error("schema", f"Something was removed by hand: {_listed(lost)}.", "Restore the database from a backup.")
        )
    return findings or [ok("indexes", f"All {len(made.indexes)} are there and valid.")]


def _listed(things: list[int] | list[str]) -> str:
    return ", ".join(map(str, things))
