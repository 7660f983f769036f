"""`trackline artifacts`, on real folders, real servers and a real S3."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from itertools import count
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from tests.object_stores import S3Server, StoreMissing, moto_server
from tests.servers import ROOT, clean_environment, free_port, running_server
from trackline.cli.main import main
from trackline.db.migrate import migrate_sqlite

NEW_BUCKETS = count()
PROXY = "/api/2.0/mlflow-artifacts/artifacts/"
CONTENT = {"0/run/artifacts/a.txt": b"alpha", "1/run/artifacts/deep/b.bin": bytes(range(256)) * 100}
HOW_MUCH = "2 files, 25.0 KiB"


def said(folder: Path, *arguments: str, **env: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of `trackline artifacts …` in `folder`."""
    foreign: dict[str, str | None] = dict.fromkeys(os.environ.keys() - clean_environment().keys())
    with contextlib.chdir(folder):
        done = CliRunner(env=foreign | env).invoke(main, ["artifacts", *arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


def refusal(folder: Path, *arguments: str, code: int = 2, **env: str) -> str:
    """The one line that is said instead of doing anything; database and files stay as they were."""
    before = contents(folder)
    exit_code, stdout, stderr = said(folder, *arguments, **env)
    assert (exit_code, stdout) == (code, ""), stderr
    assert contents(folder) == before
    (line,) = stderr.splitlines()
    assert line.startswith(f"trackline artifacts {arguments[0]}: ")
    return line


def contents(folder: Path) -> dict[str, bytes | None]:
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def artifacts_in(folder: Path) -> dict[str, bytes]:
    return {name: content for name, content in contents(folder).items() if content is not None}


@pytest.fixture(scope="module")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    try:
        with moto_server(tmp_path_factory.mktemp("moto")) as server:
            yield server
    except StoreMissing as reason:
        pytest.skip(str(reason))


@pytest.fixture
def bucket(moto: S3Server, tmp_path: Path) -> str:
    name = f"s3://cli-{next(NEW_BUCKETS)}"
    assert said(tmp_path, "create-bucket", name, **moto.environment())[0] == 0
    return name


@pytest.fixture
def tracks(tmp_path: Path) -> Path:
    """A folder with a database of two experiments below ./old, and one that goes through the server."""
    database = tmp_path / "trackline.db"
    migrate_sqlite(database, files("trackline.store") / "migrations" / "sqlite", {})
    with contextlib.closing(sqlite3.connect(database)) as connection:
        for number, location in enumerate([f"{tmp_path}/old/0", f"file://{tmp_path}/old/1", "mlflow-artifacts:/2"]):
            connection.execute(
                "INSERT INTO experiments (id, name, artifact_location, lifecycle, created_ms, updated_ms) "
                "VALUES (?, ?, ?, 'active', 0, 0)",
                (number, str(number), location),
            )
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for name, content in CONTENT.items():
        path = tmp_path / "old" / name
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
    return tmp_path


def locations(tracks: Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(tracks / "trackline.db")) as connection:
        return [one for (one,) in connection.execute("SELECT artifact_location FROM experiments ORDER BY id")]


def test_help_shows_how_it_is_done(tmp_path: Path) -> None:
    for arguments, example in [
        ((), "trackline artifacts create-bucket s3://mlflow\n"),
        (("check",), "trackline artifacts check s3://mlflow/artifacts\n"),
        (("create-bucket",), "trackline artifacts create-bucket s3://mlflow\n"),
        (("relocate",), "trackline artifacts relocate --from ./trackline-artifacts --to s3://mlflow/artifacts\n"),
    ]:
        code, text, _ = said(tmp_path, *arguments, "--help")
        assert code == 0
        assert example in text


def test_check_goes_step_by_step_and_leaves_nothing(moto: S3Server, bucket: str, tmp_path: Path) -> None:
    code, text, _ = said(tmp_path, "check", f"{bucket}/root", **moto.environment())
    place, *steps = text.splitlines()
    assert (code, place) == (0, f"{bucket}/root")
    assert [step.partition(":")[0] for step in steps] == ["✓ connect", "✓ list", "✓ write", "✓ read back", "✓ delete"]

    said(tmp_path, "check", "folder")
    assert artifacts_in(tmp_path / "folder") == {}


def test_check_says_at_which_step_it_fails_and_what_to_do(moto: S3Server, tmp_path: Path) -> None:
    code, text, _ = said(tmp_path, "check", "s3://not-there", **moto.environment())
    assert code == 1
    *_, connected, failed = text.splitlines()
    assert connected == "✓ connect: The store answers."
    assert failed.startswith("✗ list: ")
    assert "trackline artifacts create-bucket" in failed

    nobody = moto.environment() | {"MLFLOW_S3_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}"}
    code, text, _ = said(tmp_path, "check", "s3://not-there", **nobody)
    assert code == 1
    assert text.splitlines()[-1].startswith("✗ connect: ")
    assert "MLFLOW_S3_ENDPOINT_URL" in text


def test_check_tries_what_the_server_would_use(moto: S3Server, bucket: str, tmp_path: Path) -> None:
    for arguments, env, place in [
        ((), {}, f"{tmp_path}/trackline-artifacts"),
        (("--artifacts-destination", "x"), {}, f"{tmp_path}/x"),
        ((), {"MLFLOW_ARTIFACTS_DESTINATION": f"{bucket}/y"}, f"{bucket}/y"),
        ((), {"MLFLOW_DEFAULT_ARTIFACT_ROOT": f"{bucket}/z"}, f"{bucket}/z"),
    ]:
        code, text, _ = said(tmp_path, "check", *arguments, **moto.environment() | env)
        assert (code, text.splitlines()[0]) == (0, place)


def test_a_bucket_is_made_once(moto: S3Server, tmp_path: Path) -> None:
    name = f"s3://cli-{next(NEW_BUCKETS)}"
    for sentence in (f"{name} was made.\n", f"{name} was there already and can be used.\n"):
        assert said(tmp_path, "create-bucket", f"{name}/folder", **moto.environment()) == (0, sentence, "")


def test_what_no_store_can_be_named_is_refused_in_one_line(tmp_path: Path) -> None:
    assert "begins with" in refusal(tmp_path, "check", "ftp://host/x")
    assert "MLFLOW_S3_ENDPOINT_URL" in refusal(tmp_path, "check", "s3://bucket", MLFLOW_S3_ENDPOINT_URL="127.0.0.1")
    assert "Only buckets of S3" in refusal(tmp_path, "create-bucket", "gs://bucket", code=1)


def test_a_dry_run_says_how_much_and_touches_nothing(tracks: Path) -> None:
    before = contents(tracks)
    code, text, _ = said(tracks, "relocate", "--from", "old", "--to", "new", "--dry-run")
    assert code == 0
    assert f"{HOW_MUCH}\n" in text
    assert "2 experiments, 0 model versions\n" in text
    assert contents(tracks) == before


def test_from_a_folder_to_a_bucket_and_back_to_another_folder(moto: S3Server, bucket: str, tracks: Path) -> None:
    code, text, errors = said(tracks, "relocate", "--from", "old", "--to", f"{bucket}/root", **moto.environment())
    assert (code, errors) == (0, "")
    assert f"Copied and compared {HOW_MUCH.replace(', ', ' (')})." in text
    assert "2 experiments and 0 model versions now point to" in text
    assert f"Nothing was deleted at {tracks}/old." in text
    assert f"--artifacts-destination {bucket}/root" in text
    assert locations(tracks) == [f"{bucket}/root/0", f"{bucket}/root/1", "mlflow-artifacts:/2"]
    assert artifacts_in(tracks / "old") == CONTENT

    code, _, _ = said(tracks, "relocate", "--from", f"{bucket}/root", "--to", "new", **moto.environment())
    assert code == 0
    assert locations(tracks) == [f"{tracks}/new/0", f"{tracks}/new/1", "mlflow-artifacts:/2"]
    assert artifacts_in(tracks / "new") == CONTENT


def test_clients_that_wrote_there_themselves_go_through_the_server_from_now_on(tracks: Path) -> None:
    arguments = ("--from", "old", "--to", "mlflow-artifacts:/", "--artifacts-destination", "old")
    code, text, _ = said(tracks, "relocate", *arguments)
    assert (code, locations(tracks)) == (0, [f"mlflow-artifacts:/{number}" for number in range(3)])
    assert "Copied and compared 0 files" in text
    assert "Nothing was deleted" not in text


def test_other_content_at_the_new_root(tracks: Path) -> None:
    other = tracks / "new" / "0/run/artifacts/a.txt"
    other.parent.mkdir(parents=True)
    other.write_text("other")
    arguments = ("relocate", "--from", "old", "--to", "new")

    code, _, line = said(tracks, *arguments)
    assert code == 1
    assert "--replace" in line and "--keep" in line
    assert locations(tracks)[0] == f"{tracks}/old/0"

    assert "; kept with other content: 1 file." in said(tracks, *arguments, "--keep")[1]
    assert other.read_text() == "other"
    assert said(tracks, *arguments, "--replace")[0] == 0
    assert other.read_text() == "alpha"


def test_slips_are_answered_in_one_line_before_anything_is_touched(tracks: Path) -> None:
    assert "There is no folder" in refusal(tracks, "relocate", "--from", "odl", "--to", "old/new", code=2)
    assert "lies inside of" in refusal(tracks, "relocate", "--from", "old", "--to", "old/new", code=1)
    assert "the same" in refusal(tracks, "relocate", "--from", "old", "--to", f"file://{tracks}/old", code=1)
    assert "There is no database" in refusal(
        tracks, "relocate", "--from", "old", "--to", "new", "--backend-store-uri", "sqlite:///other.db"
    )
    nobody = f"http://127.0.0.1:{free_port()}"
    line = refusal(
        tracks,
        "relocate",
        "--from",
        "old",
        "--to",
        "s3://bucket",
        code=1,
        MLFLOW_S3_ENDPOINT_URL=nobody,
        AWS_ACCESS_KEY_ID="a",
        AWS_SECRET_ACCESS_KEY="b",
    )
    assert "nothing listens there" in line


def test_ctrl_c_ends_it_with_one_line_and_the_old_root_stays(tracks: Path) -> None:
    before = locations(tracks)
    with socket.create_server(("127.0.0.1", 0)) as never_answers:
        environment = clean_environment(
            PYTHONPATH=str(ROOT),
            MLFLOW_S3_ENDPOINT_URL=f"http://127.0.0.1:{never_answers.getsockname()[1]}",
            AWS_ACCESS_KEY_ID="a",
            AWS_SECRET_ACCESS_KEY="b",
        )
        command = [sys.executable, "-m", "trackline", "artifacts", "relocate", "--from", "old", "--to", "s3://bucket"]
        with subprocess.Popen(command, cwd=tracks, env=environment, stderr=subprocess.PIPE, text=True) as process:
            never_answers.settimeout(60)
            connection, _ = never_answers.accept()
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=60)
            connection.close()
    assert process.returncode == 1
    (line,) = errors.splitlines()
    assert "Run the same command again" in line
    assert locations(tracks) == before


def test_what_went_through_the_server_is_served_from_the_new_place(moto: S3Server, bucket: str, tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        for name, content in CONTENT.items():
            httpx.put(server.url + PROXY + name, content=content, trust_env=False).raise_for_status()

    database = f"sqlite:///{tmp_path}/trackline.db"
    arguments = ("--from", "artifacts", "--to", bucket, "--backend-store-uri", database)
    code, text, _ = said(tmp_path, "relocate", *arguments, **moto.environment())
    assert code == 0
    assert "at mlflow-artifacts:/ (1 experiment) follows" in text
    assert f"start the server with --artifacts-destination {bucket}." in text

    with running_server(tmp_path, "--artifacts-destination", bucket, env=moto.environment()) as server:
        for name, content in CONTENT.items():
            assert httpx.get(server.url + PROXY + name, trust_env=False).content == content
