"""`trackline doctor` on real databases, folders and stores with real faults."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner

from tests.databases import Postgres, Sqlite
from tests.object_stores import StoreMissing, moto_server
from tests.postgres import Cluster, cluster
from tests.servers import clean_environment, running_server
from trackline.cli.main import main

NOBODY = 65534
LEVELS = {0: "ok", 1: "warning", 2: "error"}


class Report(list[dict[str, str]]):
    def of(self, check: str) -> list[tuple[str, str, str]]:
        """Level, what was found and advice of each finding of this check."""
        return [(one["level"], one["found"], one["advice"]) for one in self if one["check"] == check]

    def one(self, check: str) -> tuple[str, str, str]:
        (found,) = self.of(check)
        return found


def contents(folder: Path) -> dict[str, Any]:
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def run(folder: Path, *flags: str, env: Mapping[str, str] | None = None) -> tuple[int, str]:
    foreign: dict[str, str | None] = dict.fromkeys(os.environ.keys() - clean_environment().keys())
    with contextlib.chdir(folder):
        done = CliRunner(env=foreign | dict(env or {})).invoke(main, ["doctor", *flags])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout


def report(folder: Path, *flags: str, env: Mapping[str, str] | None = None) -> Report:
    """Its exit code goes by the worst of the findings, and each that is not ok says what to do."""
    exit_code, said = run(folder, "--json", *flags, env=env)
    found = Report(json.loads(said))
    assert LEVELS[exit_code] == max((one["level"] for one in found), key=list(LEVELS.values()).index)
    assert all(bool(one["advice"]) == (one["level"] != "ok") for one in found)
    return found


@pytest.fixture
def tracks(tmp_path: Path, database_file: Path) -> Path:
    """A folder in which all is well: of an SQLite file and artifacts, which nobody else may enter."""
    (tmp_path / "trackline-artifacts").mkdir()
    tmp_path.chmod(0o700)
    return tmp_path


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """One that everybody may read and enter."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def uri(postgres_engine: Postgres) -> Iterator[str]:
    """Of a PostgreSQL database that has all tables and nothing in them."""
    with postgres_engine.migrated_uri() as found:
        yield found


def execute(uri: str, *statements: str) -> None:
    with psycopg.connect(uri, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def change(folder: Path, statement: str) -> None:
    with contextlib.closing(sqlite3.connect(folder / "trackline.db")) as connection:
        connection.execute(statement)
        connection.commit()


@contextlib.contextmanager
def as_nobody(folder: Path) -> Iterator[None]:
    """Whoever runs these tests, the block may not write to `folder`."""
    if os.geteuid() != 0:
        before = folder.stat().st_mode
        folder.chmod(0o500)
        yield
        folder.chmod(before)
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_where_all_is_well_it_says_so_and_touches_nothing(tracks: Path) -> None:
    before = contents(tracks)
    found = report(tracks, "--deep")
    assert {one["level"] for one in found} == {"ok"}, found
    assert {"schema", "indexes", "damage", "artifacts", "permissions", "open files"} <= {one["check"] for one in found}
    after = contents(tracks)
    assert {name for name in after.keys() - before.keys() if not name.endswith(".trackline-uploads")} == set()
    assert all(after[name] == content for name, content in before.items())


def test_people_get_a_table_with_what_to_do(tracks: Path) -> None:
    change(tracks, "DROP INDEX runs_newest")
    exit_code, said = run(tracks)
    assert exit_code == 2
    assert "✗" in said and "✓" in said
    assert "runs_newest is missing" in said and "CREATE INDEX runs_newest" in said


def test_where_there_is_nothing_yet_it_makes_nothing(tmp_path: Path) -> None:
    level, said, _ = report(tmp_path).one("database")
    assert level == "warning" and "is not there yet" in said
    assert contents(tmp_path) == {}


def test_it_looks_at_a_database_on_which_a_server_works(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with running_server(tmp_path):
        found = report(tmp_path, "--artifacts-destination", str(tmp_path / "artifacts"))
    assert {one["level"] for one in found} == {"ok"}, found


def test_a_dropped_index_of_sqlite_comes_with_the_statement_that_makes_it_again(tracks: Path) -> None:
    change(tracks, "DROP INDEX params_by_value")
    level, said, advice = report(tracks).one("indexes")
    assert level == "error" and said.startswith("params_by_value is missing")
    change(tracks, advice.partition(": ")[2])
    assert report(tracks).one("indexes")[0] == "ok"


def test_a_dropped_table_asks_for_a_backup(tracks: Path) -> None:
    change(tracks, "DROP TABLE run_models")
    assert ("error", "Something was removed by hand: run_models.") in [one[:2] for one in report(tracks).of("schema")]


def test_a_schema_that_a_newer_program_has_added_to_can_be_used(tracks: Path) -> None:
    change(tracks, "INSERT INTO schema_migrations (number, name) VALUES (9999, '9999_more.sql')")
    level, said, _ = report(tracks).one("schema")
    assert level == "warning" and "9999" in said


def test_a_schema_that_this_program_cannot_use_is_an_error(tracks: Path) -> None:
    change(tracks, "INSERT INTO schema_migrations (number, name) VALUES (9999, '9999_other.breaking.sql')")
    level, said, advice = report(tracks).one("database")
    assert level == "error" and "a newer Trackline has written it" in said and "upgrade" in advice


def test_a_schema_from_before_an_upgrade_is_a_warning(tracks: Path) -> None:
    change(tracks, "DELETE FROM schema_migrations WHERE number = (SELECT max(number) FROM schema_migrations)")
    level, said, advice = report(tracks).one("schema")
    assert level == "warning" and "missing" in said and "Start this version" in advice


def test_a_damaged_file_is_found_when_all_of_it_is_read(tracks: Path) -> None:
    with contextlib.closing(sqlite3.connect(tracks / "trackline.db")) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'runs_newest'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with (tracks / "trackline.db").open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    assert report(tracks).of("damage") == []
    assert report(tracks, "--deep").one("damage")[0] == "error"


def test_a_file_that_is_no_database_is_an_error(tracks: Path) -> None:
    (tracks / "trackline.db").write_text("Dear diary")
    assert "is not a SQLite database" in report(tracks).one("database")[1]


def test_files_that_others_may_read_are_named_and_a_key_that_they_may_read_is_worse(tracks: Path) -> None:
    key = tracks / "trackline.db.webhook-key"
    key.touch(0o644)
    key.chmod(0o644)
    assert [(level, advice) for level, _, advice in report(tracks).of("permissions")] == [("error", f"chmod 600 {key}")]
    key.chmod(0o600)
    assert report(tracks).one("permissions")[0] == "ok"


def test_an_open_folder_shows_the_database_to_everybody(open_folder: Path, sqlite_engine: Sqlite) -> None:
    file = Path(shutil.copy(sqlite_engine.template, open_folder / "trackline.db"))
    file.chmod(0o644)
    level, said, advice = report(open_folder).one("permissions")
    assert level == "warning" and "may read" in said and advice.startswith("chmod o-rwx ")
    file.chmod(0o646)
    assert report(open_folder).one("permissions")[:2] == ("error", f"Everybody on this machine may change {file}.")


def test_folders_that_the_server_may_not_write_to(open_folder: Path, sqlite_engine: Sqlite) -> None:
    file = Path(shutil.copy(sqlite_engine.template, open_folder / "trackline.db"))
    file.chmod(0o444)
    report(open_folder)  # so that all modules are loaded
    with as_nobody(open_folder):
        found = report(open_folder, "--artifacts-destination", str(open_folder))
    level, said, _ = found.one("artifacts")
    assert level == "error" and "cannot be written to" in said
    said_of = [said for level, said, _ in found.of("permissions") if level == "error"]
    assert said_of == [f"{open_folder} cannot be written to.", f"{file} cannot be written to."]


def test_a_place_for_artifacts_that_cannot_be_made(tracks: Path) -> None:
    found = report(tracks, "--artifacts-destination", str(tracks / "trackline.db" / "folder")).of("permissions")
    assert "error" in [level for level, said, _ in found if "cannot be made" in said]


def test_settings_with_which_no_server_starts(tracks: Path) -> None:
    found = report(tracks, "--static-prefix", "tracks", "--ssl-certfile", "missing.pem")
    assert [level for level, _, _ in found.of("start")] == ["error", "error"]
    assert found.one("schema")[0] == "ok"  # the rest is looked at all the same


def test_a_server_that_all_the_network_may_write_to(tracks: Path) -> None:
    assert report(tracks, "--host", "0.0.0.0").one("exposure")[0] == "error"
    found = report(tracks, "--host", "0.0.0.0", "--allow-anonymous").of("exposure")
    assert [level for level, _, _ in found] == ["warning", "warning"]
    assert "may change and delete everything" in found[0][1] and "without TLS" in found[1][1]


def test_a_bucket_that_is_not_there(tracks: Path) -> None:
    try:
        with moto_server(tracks / "moto") as server:
            found = report(tracks, "--artifacts-destination", "s3://no-such-bucket", env=server.environment())
    except StoreMissing as reason:
        pytest.skip(str(reason))
    level, said, advice = found.one("artifacts")
    assert level == "error" and "no-such-bucket" in said
    assert advice.endswith("trackline artifacts check s3://no-such-bucket")


def test_a_bucket_that_works_and_a_clock_that_agrees(tracks: Path) -> None:
    try:
        with moto_server(tracks / "moto") as server:
            made = CliRunner(env=server.environment()).invoke(main, ["artifacts", "create-bucket", "s3://tracks"])
            assert made.exit_code == 0, made.output
            found = report(tracks, "--artifacts-destination", "s3://tracks", env=server.environment())
    except StoreMissing as reason:
        pytest.skip(str(reason))
    assert found.one("artifacts")[0] == found.one("clock")[0] == "ok"


def test_a_postgresql_database_in_which_all_is_well(tracks: Path, postgres_cluster: Cluster, uri: str) -> None:
    found = report(tracks, "--backend-store-uri", uri)
    levels = {one["check"]: one["level"] for one in found}
    assert levels.pop("settings") == "error"  # the tests' server syncs nothing
    assert set(levels.values()) == {"ok"}, found
    assert {"versions", "schema", "indexes", "permissions", "connections", "bloat", "clock"} <= levels.keys()


def test_settings_that_lose_what_was_acknowledged(tracks: Path, uri: str) -> None:
    found = report(tracks, "--backend-store-uri", f"{uri}?options=-c%20synchronous_commit%3Doff").of("settings")
    assert {said.split()[0] for _, said, _ in found} == {"fsync", "full_page_writes", "synchronous_commit"}
    assert {level for level, _, _ in found} == {"error"}


def test_indexes_of_postgresql_that_are_missing_or_not_valid(tracks: Path, uri: str) -> None:
    execute(
        uri,
        "DROP INDEX runs_newest",
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'tags_by_value'::regclass",
    )
    found = report(tracks, "--backend-store-uri", uri).of("indexes")
    assert [said.split()[0] for _, said, _ in found] == ["runs_newest", "tags_by_value"]
    assert found[1][2] == "REINDEX INDEX CONCURRENTLY tags_by_value;"
    execute(uri, found[0][2].partition(": ")[2], found[1][2])
    assert report(tracks, "--backend-store-uri", uri).one("indexes")[0] == "ok"


@pytest.fixture
def eve(postgres_cluster: Cluster) -> Iterator[str]:
    """A user of PostgreSQL's who has been given nothing."""
    postgres_cluster.ask("CREATE ROLE eve LOGIN")
    yield "eve"
    postgres_cluster.ask("DROP ROLE eve")


def test_a_user_of_postgresql_who_may_do_less_than_a_server_does(
    tracks: Path, uri: str, eve: str, postgres_cluster: Cluster
) -> None:
    theirs = uri.replace("postgres@", f"{eve}@")
    postgres_cluster.ask(f"GRANT SELECT ON schema_migrations TO {eve}", uri.rpartition("/")[2])
    found = report(tracks, "--backend-store-uri", theirs).of("permissions")
    assert [level for level, _, _ in found] == ["error", "warning", "warning"]
    assert "eve may not read and write access_log" in found[0][1] and "more tables" in found[0][1]
    assert "may not make tables" in found[1][1] and "does not own" in found[2][1]
    execute(uri, *(advice.partition(": ")[2] for _, _, advice in found[:2]))
    (left,) = report(tracks, "--backend-store-uri", theirs).of("permissions")
    assert left[0] == "warning" and "does not own" in left[1]
    execute(uri, f"DROP OWNED BY {eve}")


def test_an_empty_database_in_which_this_user_may_make_nothing(
    tracks: Path, postgres_engine: Postgres, eve: str
) -> None:
    with postgres_engine.uri() as uri:
        level, said, advice = report(tracks, "--backend-store-uri", uri.replace("postgres@", f"{eve}@")).one(
            "permissions"
        )
        assert level == "error" and "may not make tables" in said
        execute(uri, advice.partition(": ")[2])
        assert report(tracks, "--backend-store-uri", uri.replace("postgres@", f"{eve}@")).one("permissions")[0] == "ok"


def test_a_database_that_takes_no_writes(tracks: Path, uri: str) -> None:
    flag = f"--backend-store-uri={uri}?options=-c%20default_transaction_read_only%3Don"
    level, said, advice = report(tracks, flag).one("permissions")
    assert level == "error" and said.startswith("Nothing can be written") and "primary" in advice


def test_rows_that_were_deleted_and_never_cleared_away(tracks: Path, uri: str) -> None:
    execute(
        uri,
        "ALTER TABLE keys SET (autovacuum_enabled = false)",
        "INSERT INTO keys (name) SELECT 'key ' || n FROM generate_series(1, 20000) n",
        "DELETE FROM keys",
        "SELECT pg_stat_force_next_flush()",
    )
    level, said, advice = report(tracks, "--backend-store-uri", uri).one("bloat")
    assert level == "warning" and said.startswith("keys: 20,000 dead rows") and "never vacuumed" in said
    execute(uri, advice.partition(";")[0])
    assert report(tracks, "--backend-store-uri", uri).one("bloat")[0] == "ok"


def test_more_workers_than_there_are_connections_for(tracks: Path, uri: str) -> None:
    level, said, _ = report(tracks, "--backend-store-uri", uri, "--workers", "16").one("connections")
    assert level == "error" and "one server needs 368" in said
    assert report(tracks, "--backend-store-uri", uri, "--workers", "6").one("connections")[0] == "warning"


def test_a_limit_of_the_database_counts_as_well(tracks: Path, uri: str) -> None:
    name = uri.rpartition("/")[2]
    execute(uri, f"ALTER DATABASE {name} CONNECTION LIMIT 5")
    level, said, _ = report(tracks, "--backend-store-uri", uri).one("connections")
    assert level == "error" and said.startswith("5 for this user")


def test_a_database_server_that_is_away_is_an_error_and_the_rest_is_looked_at(tracks: Path) -> None:
    found = report(tracks, "--backend-store-uri", "postgresql://user:secret@127.0.0.1:1/tracks")
    level, said, _ = found.one("database")
    assert level == "error" and "secret" not in said
    assert found.one("artifacts")[0] == "ok"


def test_a_database_with_nothing_in_it_waits_for_a_server(tracks: Path, postgres_engine: Postgres) -> None:
    with postgres_engine.uri() as uri:
        assert report(tracks, "--backend-store-uri", uri).one("schema")[:2] == ("warning", "Nothing is in it yet.")


def test_a_read_replica_that_is_none(tracks: Path, uri: str) -> None:
    found = report(tracks, "--backend-store-uri", uri, "--read-replica-backend-store-uri", uri)
    assert "is no standby" in found.one("database")[1]


@pytest.mark.slow
def test_a_read_replica_that_follows_and_one_that_is_away(tracks: Path) -> None:
    with cluster() as primary:
        address = primary.uri(primary.new(primary.migrated))
        flags = ("--backend-store-uri", address, "--read-replica-backend-store-uri")
        with primary.standby() as standby:
            found = report(tracks, *flags, address.replace(str(primary.port), str(standby.port)))
            assert found.one("read replica")[0] == "ok"
            assert found.one("settings")[0] == "ok"  # fsync and all are on
        away = report(tracks, *flags, "postgresql://postgres@127.0.0.1:1/tracks").one("read replica")
    assert away[0] == "warning" and "The primary reads" in away[1]
