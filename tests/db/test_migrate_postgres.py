from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.postgres import Cluster
from trackline.db.errors import DatabaseRefused
from trackline.db.postgres import migrate
from trackline.db.postgres.connect import Server, server_of
from trackline.db.postgres.migrate import check_postgres, migrate_postgres
from trackline.db.uri import PostgresAddress


def tables(place: Server) -> list[str]:
    with place.connect() as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
    return [name for (name,) in rows]


def test_an_empty_database_gets_all_tables_and_a_second_time_changes_nothing(
    place: Server, postgres_migrations: Path
) -> None:
    check_postgres(place, postgres_migrations, {})
    assert tables(place) == []
    for _ in range(2):
        migrate_postgres(place, postgres_migrations, {})
        assert tables(place) == ["notes", "remarks", "schema_migrations"]


def test_what_is_missing_is_added_and_what_was_there_stays(place: Server, postgres_migrations: Path) -> None:
    migrate_postgres(place, postgres_migrations, {})
    with place.connect() as connection:
        connection.execute("INSERT INTO notes (text) VALUES ('kept')")
    (postgres_migrations / "0002_colours.sql").write_text("ALTER TABLE notes ADD colour TEXT;")
    migrate_postgres(place, postgres_migrations, {})
    with place.connect() as connection:
        assert connection.execute("SELECT text, colour FROM notes").fetchall() == [("kept", None)]
        applied = connection.execute("SELECT number, name FROM schema_migrations ORDER BY number").fetchall()
    assert applied == [(1, "0001_notes.sql"), (2, "0002_colours.sql")]


def test_many_processes_may_start_at_once(place: Server, postgres_migrations: Path) -> None:
    (postgres_migrations / "0002_slow.sql").write_text("SELECT pg_sleep(0.3); CREATE TABLE once (id BIGINT);")
    with ThreadPoolExecutor(8) as threads:
        for done in [threads.submit(migrate_postgres, place, postgres_migrations, {}) for _ in range(8)]:
            done.result()
    assert tables(place) == ["notes", "once", "remarks", "schema_migrations"]


def test_a_migration_that_fails_leaves_nothing(place: Server, postgres_migrations: Path) -> None:
    (postgres_migrations / "0002_bad.sql").write_text("CREATE TABLE half (id BIGINT); SELECT 1 / 0;")
    with pytest.raises(DatabaseRefused, match="division by zero"):
        migrate_postgres(place, postgres_migrations, {})
    assert tables(place) == []


def test_a_migration_that_would_wait_for_others_for_long_says_who_is_in_the_way(
    place: Server, postgres_migrations: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "_LIMITS", "SET LOCAL lock_timeout = '0.1s'")
    migrate_postgres(place, postgres_migrations, {})
    (postgres_migrations / "0002_colours.sql").write_text("ALTER TABLE notes ADD colour TEXT;")
    with place.connect() as other, other.transaction():
        other.execute("SELECT FROM notes")
        with pytest.raises(DatabaseRefused, match="lock timeout") as refusal:
            migrate_postgres(place, postgres_migrations, {})
    assert "pg_stat_activity" in refusal.value.hint
    migrate_postgres(place, postgres_migrations, {})


@pytest.mark.parametrize(
    ("table", "reason"),
    [("alembic_version", "a database of MLflow's"), ("customers", "tables of another program")],
)
def test_databases_of_others_are_refused_and_not_touched(
    place: Server, postgres_migrations: Path, table: str, reason: str
) -> None:
    with place.connect() as connection:
        connection.execute(f"CREATE TABLE {table} (id BIGINT)".encode())
    for prepare in (check_postgres, migrate_postgres):
        with pytest.raises(DatabaseRefused, match=reason) as refusal:
            prepare(place, postgres_migrations, {"alembic_version": "MLflow"})
        assert "createdb" in refusal.value.hint
    assert tables(place) == [table]


def test_what_a_newer_program_has_added_is_left_alone(place: Server, postgres_migrations: Path) -> None:
    newer = postgres_migrations / "0002_colours.sql"
    newer.write_text("ALTER TABLE notes ADD colour TEXT;")
    migrate_postgres(place, postgres_migrations, {})
    newer.unlink()
    migrate_postgres(place, postgres_migrations, {})
    with place.connect() as connection:
        assert connection.execute("SELECT count(colour) FROM notes").fetchall() == [(0,)]


def test_a_newer_schema_that_says_so_is_refused(place: Server, postgres_migrations: Path) -> None:
    migrate_postgres(place, postgres_migrations, {})
    with place.connect() as connection:
        connection.execute("INSERT INTO schema_migrations (number, name) VALUES (99, '0099_later.breaking.sql')")
    with pytest.raises(DatabaseRefused, match="a newer Trackline has written it") as refusal:
        migrate_postgres(place, postgres_migrations, {})
    assert "upgrade this one" in refusal.value.hint


@pytest.fixture
def latin(postgres_cluster: Cluster) -> Iterator[Server]:
    postgres_cluster.ask("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    yield postgres_cluster.server("latin")
    postgres_cluster.drop("latin")


def test_a_database_that_cannot_hold_all_texts_is_refused(latin: Server, postgres_migrations: Path) -> None:
    with pytest.raises(DatabaseRefused, match="LATIN1"):
        migrate_postgres(latin, postgres_migrations, {})


@pytest.mark.parametrize("name", ["127.0.0.1:1/x", "127.0.0.1:PORT/no_such_database"])
def test_a_server_that_cannot_be_used_is_named_without_its_password(
    postgres_cluster: Cluster, postgres_migrations: Path, name: str
) -> None:
    name = name.replace("PORT", str(postgres_cluster.port))
    place = server_of(PostgresAddress(f"postgresql://postgres:secret@{name}", prepares=True))
    with pytest.raises(DatabaseRefused, match=name) as refusal:
        check_postgres(place, postgres_migrations, {})
    assert "secret" not in f"{refusal.value.message} {refusal.value.hint}"
