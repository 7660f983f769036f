"""A server that cannot start says why and what to do, in one line, and leaves everything as it was."""

from __future__ import annotations

import contextlib
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.databases import Postgres
from tests.servers import ROOT, clean_environment
from trackline.cli.main import main
from trackline.db.migrate import migrate_sqlite


def refusal(folder: Path, *flags: str, **env: str) -> str:
    """The one line that the server said instead of starting in `folder`, which stays as it was."""
    before = contents(folder)
    port = [] if "--port" in flags or "TRACKLINE_PORT" in env else ["--port", "0"]
    foreign: dict[str, str | None] = dict.fromkeys(os.environ.keys() - clean_environment().keys())
    with contextlib.chdir(folder):
        done = CliRunner(env=foreign | env).invoke(main, ["server", *port, *flags])
    assert done.exit_code == 2, done.output
    assert contents(folder) == before
    return line_of(done.stdout, done.stderr)


def line_of(stdout: str, stderr: str) -> str:
    assert stdout == ""
    (line,) = stderr.splitlines()
    prefix, _, said = line.partition("trackline server: ")
    assert prefix == ""
    return said


def contents(folder: Path) -> dict[str, bytes | None]:
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        said = refusal(tmp_path, "--port", port)
        assert said.startswith(f"Cannot listen on 127.0.0.1:{port}: Address already in use.")
        assert "--port" in said
        assert refusal(tmp_path, TRACKLINE_PORT=port) == said


@pytest.mark.parametrize("port", ["-1", "65536", "99999999999999999999"])
def test_a_port_that_is_none(tmp_path: Path, port: str) -> None:
    assert refusal(tmp_path, "--port", port).startswith(f"Cannot listen on 127.0.0.1:{port}: ")


def test_an_address_that_is_not_this_machines(tmp_path: Path) -> None:
    assert "--host" in refusal(tmp_path, "--host", "192.0.2.1")
    assert "--host" in refusal(tmp_path, "--host", "no such host")


def test_a_key_to_webhooks_secrets_that_is_none(tmp_path: Path) -> None:
    said = refusal(tmp_path, MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY="open sesame")
    assert said.startswith("MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY is no key") and "openssl rand" in said


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_a_network_on_which_nobody_would_have_to_sign_in(tmp_path: Path, host: str) -> None:
    said = refusal(tmp_path, "--host", host)
    assert "trackline user create" in said
    assert "--allow-anonymous" in said


@pytest.mark.parametrize("file", ["missing.pem", "not-a-certificate.pem"])
def test_a_certificate_that_cannot_be_used(tmp_path: Path, file: str) -> None:
    (tmp_path / "not-a-certificate.pem").write_text("Dear diary")
    said = refusal(tmp_path, "--ssl-certfile", file)
    assert said.startswith(f"The certificate {file} cannot be used: ")
    assert "--ssl-keyfile" in said


@pytest.mark.parametrize(
    "uri",
    [
        "mysql://user:secret@host/tracks",
        "http://127.0.0.1:5000",
        "./mlruns",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///~no-such-user/trackline.db",
    ],
)
def test_a_database_address_that_means_nothing_here(tmp_path: Path, uri: str) -> None:
    said = refusal(tmp_path, "--backend-store-uri", uri)
    assert "Write --backend-store-uri sqlite:///trackline.db" in said
    assert "secret" not in said


def test_a_database_server_that_is_not_there(tmp_path: Path) -> None:
    said = refusal(tmp_path, "--backend-store-uri", "postgresql://user:secret@127.0.0.1:1/tracks")
    assert said.startswith("The PostgreSQL database 127.0.0.1:1/tracks cannot be used: ")
    assert "secret" not in said


def test_a_database_that_takes_no_writes(tmp_path: Path, postgres_engine: Postgres) -> None:
    with postgres_engine.migrated_uri() as uri:
        flag = f"--backend-store-uri={uri}?options=-c%20default_transaction_read_only%3Don"
        said = refusal(tmp_path, flag, "--no-serve-artifacts", "--default-artifact-root=s3://tracks")
    assert "read-only transaction" in said and "trackline doctor" in said


@pytest.mark.parametrize("destination", ["ftp://host/x", "s3://", "wasbs://c@a.blob/x", "file://host/x"])
def test_an_artifact_destination_that_means_nothing_here(tmp_path: Path, destination: str) -> None:
    assert destination in refusal(tmp_path, "--artifacts-destination", destination)


@pytest.mark.parametrize("folder", ["a-file", "a-file/below", "/proc/trackline"])
@pytest.mark.parametrize("flag", ["--artifacts-destination", "--backend-store-uri", "--backup-to"])
def test_a_folder_that_cannot_be_written_to(tmp_path: Path, flag: str, folder: str) -> None:
    (tmp_path / "a-file").write_text("kept")
    given = f"sqlite:///{folder}/trackline.db" if flag == "--backend-store-uri" else folder
    said = refusal(tmp_path, flag, given)
    assert Path(folder).name in said
    assert "user may write to" in said


def test_a_name_that_no_folder_can_have(tmp_path: Path) -> None:
    assert "name too long" in refusal(tmp_path, "--artifacts-destination", "x" * 300)
    assert "name too long" in refusal(tmp_path, "--backend-store-uri", f"sqlite:///x{'x' * 300}.db")
    assert "name too long" in refusal(tmp_path, "--backend-store-uri", f"sqlite:////tmp/{'x' * 300}.db")


def an_mlflow_database(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.executescript("CREATE TABLE alembic_version (version_num TEXT); CREATE TABLE experiments (name TEXT);")
    connection.close()


def a_newer_database(path: Path) -> None:
    migrate_sqlite(path, files("trackline.store") / "migrations" / "sqlite", {})
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("INSERT INTO schema_migrations (number, name) VALUES (9999, '9999_later.breaking.sql')")
    connection.close()


def a_foreign_database(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE customers (name TEXT)")
    connection.close()


def a_text(path: Path) -> None:
    path.write_text("Dear diary")


def a_folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize(
    ("make", "reason", "way_out"),
    [
        (an_mlflow_database, "is a database of MLflow's", "trackline import sqlite:////"),
        (a_newer_database, "a newer Trackline has written it", "upgrade this one"),
        (a_foreign_database, "tables of another program (customers", "--backend-store-uri"),
        (a_text, "not a SQLite database", "--backend-store-uri"),
        (a_folder, "cannot be opened", "Check that"),
    ],
)
def test_a_file_that_is_not_ours(tmp_path: Path, make: Callable[[Path], None], reason: str, way_out: str) -> None:
    make(tmp_path / "trackline.db")
    said = refusal(tmp_path)
    assert str(tmp_path / "trackline.db") in said
    assert reason in said
    assert way_out in said


def test_a_process_of_its_own_says_and_does_the_same(tmp_path: Path) -> None:
    an_mlflow_database(tmp_path / "trackline.db")
    before = contents(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "trackline", "server", "--port", "0"],
        cwd=tmp_path,
        env=clean_environment(PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "is a database of MLflow's" in line_of(done.stdout, done.stderr)
    assert contents(tmp_path) == before


def test_more_than_one_worker(tmp_path: Path) -> None:
    assert "single writer" in refusal(tmp_path, "--workers", "2")
    assert "1 to 64 processes" in refusal(tmp_path, "--workers", "0")


def test_a_read_replica_of_an_sqlite_file(tmp_path: Path) -> None:
    assert "is for PostgreSQL" in refusal(tmp_path, "--read-replica-backend-store-uri", "postgresql://host/tracks")
    assert "single writer" in refusal(tmp_path, MLFLOW_WORKERS="4")


def test_a_public_address_without_its_scheme(tmp_path: Path) -> None:
    assert "Write --public-url https://lab.example." in refusal(tmp_path, "--public-url", "lab.example")


def test_a_folder_of_runs(tmp_path: Path) -> None:
    assert "trackline import" in refusal(tmp_path, "--backend-store-uri", str(tmp_path))


@pytest.mark.parametrize(
    ("flag", "way_out"),
    [
        ("--gunicorn-opts", "Leave it out"),
        ("--registry-store-uri", "Leave it out"),
        ("--app-name", "trackline user create"),
    ],
)
def test_a_flag_of_mlflows_that_means_nothing_here(flag: str, way_out: str) -> None:
    done = CliRunner().invoke(main, ["server", flag, "x"])
    assert done.exit_code == 2
    assert f"{flag} is a flag of `mlflow server`" in done.stderr
    assert way_out in done.stderr


def test_a_prefix_without_its_slash(tmp_path: Path) -> None:
    assert "Write --static-prefix /tracks." in refusal(tmp_path, "--static-prefix", "tracks")
