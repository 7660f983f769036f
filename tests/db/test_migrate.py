from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import ROOT
from trackline.db.errors import DatabaseRefused
from trackline.db.migrate import migrate_sqlite
from trackline.db.sqlite import connect

SECOND = "CREATE TABLE colours (name TEXT NOT NULL) STRICT;\nINSERT INTO colours VALUES ('red; green');\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "notes.db"


@pytest.fixture(autouse=True)
def folder(path: Path) -> None:
    path.parent.mkdir()


def test_a_new_file_gets_the_schema_and_a_second_time_changes_nothing(path: Path, migrations: Path) -> None:
    migrate_sqlite(path, migrations, {})
    first = dump(path)
    assert "CREATE TABLE notes" in first and "0001_notes.sql" in first

    migrate_sqlite(path, migrations, {})

    assert dump(path) == first


def test_an_empty_file_counts_as_a_new_one(path: Path, migrations: Path) -> None:
    path.touch()
    migrate_sqlite(path, migrations, {})
    assert "CREATE TABLE notes" in dump(path)


def test_only_what_is_missing_is_applied_and_data_stay(path: Path, migrations: Path) -> None:
    migrate_sqlite(path, migrations, {})
    change(path, "INSERT INTO notes (text) VALUES ('kept')")
    (migrations / "0002_colours.sql").write_text(SECOND)
    (migrations / "0010_shapes.sql").write_text("CREATE TABLE shapes (name TEXT);\n")

    migrate_sqlite(path, migrations, {})

    assert rows(path, "SELECT number, name FROM schema_migrations ORDER BY number") == [
        (1, "0001_notes.sql"),
        (2, "0002_colours.sql"),
        (10, "0010_shapes.sql"),
    ]
    assert rows(path, "SELECT text FROM notes") == [("kept",)]
    assert rows(path, "SELECT name FROM colours") == [("red; green",)]


def test_from_scratch_is_the_same_as_step_by_step(tmp_path: Path, migrations: Path) -> None:
    by_step, from_scratch = tmp_path / "by_step.db", tmp_path / "from_scratch.db"
    migrate_sqlite(by_step, migrations, {})
    (migrations / "0002_colours.sql").write_text(SECOND)
    migrate_sqlite(by_step, migrations, {})

    migrate_sqlite(from_scratch, migrations, {})

    assert schema(by_step) == schema(from_scratch)


def test_a_migration_that_fails_leaves_nothing_of_itself(path: Path, migrations: Path) -> None:
    migrate_sqlite(path, migrations, {})
    before = dump(path)
    wrong = migrations / "0002_colours.sql"
    wrong.write_text(SECOND + "INSERT INTO nowhere VALUES (1);\n")

    with pytest.raises(DatabaseRefused, match="nowhere"):
        migrate_sqlite(path, migrations, {})

    assert dump(path) == before
    wrong.write_text(SECOND)
    migrate_sqlite(path, migrations, {})
    assert rows(path, "SELECT name FROM colours") == [("red; green",)]


def test_a_last_statement_without_its_semicolon_is_not_forgotten(path: Path, migrations: Path) -> None:
    (migrations / "0002_colours.sql").write_text(SECOND + "INSERT INTO colours VALUES ('blue')\n-- the last one")
    migrate_sqlite(path, migrations, {})
    assert rows(path, "SELECT count(*) FROM colours") == [(2,)]


def test_several_processes_at_once_make_one_database(path: Path, migrations: Path) -> None:
    for number in range(2, 12):
        (migrations / f"{number:04}_more.sql").write_text(f"CREATE TABLE more_{number} (name TEXT);\n")
    code = (
        "import sys; from pathlib import Path; from trackline.db.migrate import migrate_sqlite\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "for path in sys.argv[2:]: migrate_sqlite(Path(path), Path(sys.argv[1]), {})"
    )
    files = [path.with_name(f"{number}.db") for number in range(10)]
    command = [sys.executable, "-c", code, str(migrations), *map(str, files)]
    pipe = subprocess.PIPE
    processes = [subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True) for _ in range(4)]
    for process in processes:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        _, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (0, "")
    for file in files:
        assert rows(file, "SELECT number FROM schema_migrations ORDER BY number") == [(n,) for n in range(1, 12)]


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_a_foreign_database_is_refused_and_not_touched(path: Path, migrations: Path, journal: str) -> None:
    change(path, f"PRAGMA journal_mode = {journal}")
    change(path, "CREATE TABLE alembic_version (version_num TEXT)")
    change(path, "CREATE TABLE runs (run_uuid TEXT)")

    assert_refused_untouched(path, migrations, "is a database of MLflow's", "a file of its own")


def test_a_foreign_database_that_is_in_use_is_refused_and_not_touched(path: Path, migrations: Path) -> None:
    user = connect(path)
    user.execute("CREATE TABLE alembic_version (version_num TEXT)")

    assert_refused_untouched(path, migrations, "is a database of MLflow's", "a file of its own")
    user.close()


def test_a_database_of_a_program_nobody_knows_is_refused_and_not_touched(path: Path, migrations: Path) -> None:
    change(path, "CREATE TABLE customers (name TEXT)")

    assert_refused_untouched(path, migrations, r"another program \(customers", "a file of its own")


def test_what_a_newer_program_has_added_is_left_alone(path: Path, migrations: Path) -> None:
    newer = migrations / "0002_colours.sql"
    newer.write_text("ALTER TABLE notes ADD colour TEXT;")
    migrate_sqlite(path, migrations, {})
    newer.unlink()

    migrate_sqlite(path, migrations, {})

    change(path, "INSERT INTO notes (text, colour) VALUES ('kept', 'blue')")


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_a_newer_schema_that_says_so_is_refused_and_not_touched(path: Path, migrations: Path, journal: str) -> None:
    migrate_sqlite(path, migrations, {})
    change(path, f"PRAGMA journal_mode = {journal}")
    change(path, "INSERT INTO schema_migrations (number, name) VALUES (7, '0007_later.breaking.sql')")

    assert_refused_untouched(path, migrations, "has schema 7, this program knows up to 1", "newer version")


@pytest.mark.parametrize(
    "content",
    [b"hello", b"\x89PNG\r\n\x1a\n" + bytes(5000), b"SQLite format 3\0" + b"\xff" * 5000, b"\xff" * 100],
    ids=["text", "picture", "broken header", "noise"],
)
def test_a_file_that_is_no_database_is_refused_and_not_touched(path: Path, migrations: Path, content: bytes) -> None:
    path.write_bytes(content)

    assert_refused_untouched(path, migrations, "notes.db", "backend-store-uri")


def test_a_database_that_was_cut_short_is_refused(path: Path, migrations: Path) -> None:
    migrate_sqlite(path, migrations, {})
    path.write_bytes(path.read_bytes()[:6000])

    assert_refused_untouched(path, migrations, "malformed", "backend-store-uri")


def test_a_file_that_another_process_is_just_writing_is_looked_at_again(
    path: Path, migrations: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate_sqlite(path, migrations, {})
    whole = path.read_bytes()
    path.write_bytes(whole[:6000])
    monkeypatch.setattr("trackline.db.migrate.time.sleep", lambda _: path.write_bytes(whole))

    migrate_sqlite(path, migrations, {})

    assert "CREATE TABLE notes" in dump(path)


def test_a_file_that_cannot_be_made_is_refused(path: Path, migrations: Path) -> None:
    for impossible in (path.parent / "missing" / "notes.db", path.parent, migrations / "0001_notes.sql" / "notes.db"):
        with pytest.raises(DatabaseRefused, match="cannot be opened") as refusal:
            migrate_sqlite(impossible, migrations, {})
        assert "may write" in refusal.value.hint


def test_names_that_mean_something_in_uris_are_plain_names(tmp_path: Path, migrations: Path) -> None:
    for name in ("a?mode=ro.db", "100%.db", "a#b.db", "späße & blanks.db", "%41.db"):
        path = tmp_path / name
        migrate_sqlite(path, migrations, {})
        migrate_sqlite(path, migrations, {})
        assert rows(path, "SELECT count(*) FROM schema_migrations") == [(1,)]


def assert_refused_untouched(path: Path, migrations: Path, reason: str, way_out: str) -> None:
    before = {file.name: file.read_bytes() for file in path.parent.iterdir() if not file.name.endswith("-shm")}
    with pytest.raises(DatabaseRefused, match=reason) as refusal:
        migrate_sqlite(path, migrations, {"alembic_version": "MLflow"})
    assert way_out in refusal.value.hint
    after = {file.name: file.read_bytes() for file in path.parent.iterdir() if not file.name.endswith("-shm")}
    assert after == before


def change(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(statement)
    connection.close()


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def dump(path: Path) -> str:
    connection = sqlite3.connect(path)
    try:
        return "\n".join(connection.iterdump())
    finally:
        connection.close()


def schema(path: Path) -> list[tuple[object, ...]]:
    return rows(path, "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name")
