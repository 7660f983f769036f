"""`trackline models`, against a running server."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from click.testing import CliRunner

from tests.servers import Server, clean_environment, free_port, running_server
from trackline import __version__
from trackline.cli.main import main

API = "/api/2.0/mlflow"
FILES = {"MLmodel": b"flavors: {}", "data/weights.bin": bytes(range(256)) * 3000, "data/größe.txt": b""}


def said(*arguments: str, **env: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of `trackline models …`."""
    foreign: dict[str, str | None] = dict.fromkeys(os.environ.keys() - clean_environment().keys())
    done = CliRunner(env=foreign | {"NO_PROXY": "*"} | env).invoke(main, ["models", *arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


def refusal(*arguments: str, code: int = 1, **env: str) -> str:
    """The one line that is said instead of doing anything."""
    exit_code, stdout, stderr = said(*arguments, **env)
    assert (exit_code, stdout) == (code, ""), stderr
    (line,) = stderr.splitlines()
    assert line.startswith(f"trackline models {arguments[0]}: ")
    return line


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture
def url(server: Server) -> str:
    return f"--url={server.url}"


@pytest.fixture
def name(server: Server) -> str:
    """A model with two versions with files; the first has the alias `champion` and is in production."""
    name = f"modelo {uuid4().hex[:8]}"
    with httpx.Client(base_url=server.url, trust_env=False) as http:

        def send(method: str, path: str, **body: Any) -> Any:
            answer = http.request(method, f"{API}/{path}", json=body)
            assert answer.status_code == 200, answer.text
            return answer.json()

        tags = [{"key": "team", "value": "[red]\x1b[2J"}]
        send("POST", "registered-models/create", name=name, description="what it is for", tags=tags)
        for number in (1, 2):
            run = send("POST", "runs/create", experiment_id="0", run_name=f"run {number}")["run"]["info"]["run_id"]
            send("POST", "runs/log-metric", run_id=run, key="loss", value=number / 8, timestamp=1)
            send("POST", "runs/log-parameter", run_id=run, key="depth", value=str(number))
            for path, content in FILES.items():
                place = f"/api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts/model/{path}"
                assert http.put(place, content=content).status_code == 200
            send("POST", "model-versions/create", name=name, source=f"runs:/{run}/model", run_id=run)
        send("POST", "model-versions/transition-stage", name=name, version="1", stage="Production")
        send("POST", "registered-models/alias", name=name, alias="champion", version="1")
    return name


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def members(content: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return {one.name: (archive.extractfile(one) or io.BytesIO()).read() for one in archive.getmembers()}


@pytest.mark.parametrize("command", ["list", "show", "promote", "alias", "download", "history"])
def test_help_shows_how_it_is_done(command: str) -> None:
    code, text, _ = said(command, "--help")
    assert code == 0
    assert f"\n  trackline models {command} " in text
    assert "TRACKLINE_URL, MLFLOW_TRACKING_URI" in " ".join(text.split())


def test_the_list_has_versions_stages_aliases_and_tags(url: str, name: str) -> None:
    code, text, _ = said("list", url, "--filter", f"name = '{name}'")
    (line,) = [line for line in text.splitlines() if name in line]
    assert code == 0
    assert [cell.strip() for cell in line.split("  ") if cell.strip()][:5] == [
        *(name, "2", "Production 1", "@champion 1", "team=[red]\ufffd[2J"),
    ]
    found = json.loads(said("list", url, "--json")[1])
    assert name in [model["name"] for model in found]


def test_a_list_that_is_longer_says_so(url: str, server: Server, name: str) -> None:
    for number in range(3):
        body = {"name": f"{name} {number}"}
        httpx.post(f"{server.url}{API}/registered-models/create", json=body, trust_env=False)
    code, text, hint = said("list", url, "--limit", "2", "--filter", f"name LIKE '{name}%'")
    assert (code, text.count(name)) == (0, 2)
    assert "There are more than these 2" in hint
    assert said("list", url, "--limit", "4", "--filter", f"name LIKE '{name}%'")[2] == ""
    assert said("list", url, "--filter", "name = 'never'") == (0, "", "No registered model is like that.\n")


def test_show_tells_of_a_model_and_its_versions(url: str, name: str) -> None:
    code, text, _ = said("show", url, name)
    assert code == 0
    for told in ("what it is for", "team=[red]", "@champion 1", "Production"):
        assert told in text
    shown = json.loads(said("show", url, name, "--json")[1])
    assert [version["version"] for version in shown["model_versions"]] == ["2", "1"]


@pytest.mark.parametrize("which", ["@champion", "/1", "/Production", "/production"])
def test_show_tells_of_a_version_with_its_run(url: str, name: str, which: str) -> None:
    code, text, _ = said("show", url, f"{name}{which}")
    assert code == 0
    told = dict(line.split(maxsplit=1) for line in text.splitlines() if len(line.split()) > 1)
    told = {label: value.strip() for label, value in told.items()}
    assert told["Stage"] == "Production"
    assert told["Version"] == "1"
    assert told["Metrics"] == "loss = 0.125"
    assert told["Params"] == "depth = 1"
    assert "(run 1, RUNNING)" in told["Run"]
    assert json.loads(said("show", url, f"{name}{which}", "--json")[1])["model_version"]["version"] == "1"


def test_promote_moves_a_version_to_a_stage(url: str, name: str) -> None:
    code, text, _ = said("promote", url, name, "2", "production", "--archive-existing")
    assert (code, text) == (0, f"Version 2 of {name} is in Production now.\n")
    versions = json.loads(said("show", url, name, "--json")[1])["model_versions"]
    assert [version["current_stage"] for version in versions] == ["Production", "Archived"]
    assert "Value must be one of None, Staging" in refusal("promote", url, name, "2", "live")
    assert "version=7) not found" in refusal("promote", url, name, "7", "Staging")


def test_an_alias_is_given_rolled_back_and_taken_away(url: str, name: str) -> None:
    assert said("alias", url, name, "champion", "2") == (0, f"{name}@champion is version 2 now.\n", "")
    assert said("alias", url, name, "champion", "--roll-back") == (0, f"{name}@champion is version 1 now.\n", "")
    assert said("alias", url, name, "champion", "--delete") == (0, f"{name} has no alias champion now.\n", "")
    assert "had no version before" in refusal("alias", url, name, "new", "--roll-back")
    for given in ([], ["2", "--delete"], ["--delete", "--roll-back"]):
        assert "Give one of VERSION" in refusal("alias", url, name, "champion", *given, code=2)


def test_history_says_who_did_what_and_how_it_stood(url: str, name: str) -> None:
    code, text, _ = said("history", url, name)
    lines = [line for line in text.splitlines() if "127.0.0.1" in line]
    assert (code, len(lines)) == (0, 7)
    assert "alias champion" in lines[0] and "stage" in lines[1]
    said("promote", url, name, "2", "Staging")
    assert f"127.0.0.1 trackline/{__version__}" in said("history", url, name, "--limit", "1")[1]
    assert len(json.loads(said("history", url, name, "--json", "--limit", "3")[1])) == 3
    now = ("--at", "2100-01-01")
    assert "127.0.0.1" in said("history", url, name, *now, "--stage", "Production")[1]
    assert (
        json.loads(said("history", url, name, *now, "--alias", "champion", "--json")[1])["versions"][0]["version"]
        == "1"
    )
    assert said("history", url, name, "--at", "2001-01-01", "--alias", "champion")[:2] == (0, "")
    for given in (now, ("--stage", "Production"), (*now, "--stage", "Production", "--alias", "champion")):
        assert "--at goes with one of" in refusal("history", url, name, *given, code=2)


@pytest.mark.parametrize("which", ["@champion", "/1", "/Production"])
def test_a_version_is_fetched_into_a_folder(url: str, name: str, which: str, tmp_path: Path) -> None:
    code, text, _ = said("download", url, f"{name}{which}", str(tmp_path / "model"))
    assert (code, text) == (0, f"{tmp_path / 'model'} holds {name}/1.\n")
    assert files_in(tmp_path) == {f"model/{path}": content for path, content in FILES.items()}


def test_a_version_is_fetched_as_a_tar(url: str, name: str, tmp_path: Path) -> None:
    wanted = {f"{name}/{path}": content for path, content in FILES.items()}
    assert said("download", url, f"{name}/2", str(tmp_path / "model.tar"))[0] == 0
    assert members((tmp_path / "model.tar").read_bytes()) == wanted
    command = [sys.executable, "-m", "trackline", "models", "download", url, f"{name}/2", "-"]
    piped = subprocess.run(command, env=clean_environment(), capture_output=True, check=True, timeout=60)
    assert members(piped.stdout) == wanted
    assert [path.name for path in tmp_path.iterdir()] == ["model.tar"]


def test_nothing_is_overwritten(url: str, name: str, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    assert said("download", url, f"{name}/1", str(tmp_path / "model"))[0] == 0, "an empty folder is free"
    (tmp_path / "model.tar").write_bytes(b"mine")
    before = files_in(tmp_path)
    for taken in ("model", "model.tar"):
        assert "is there already" in refusal("download", url, f"{name}/2", str(tmp_path / taken), code=2)
    assert "There is no folder" in refusal("download", url, f"{name}/2", str(tmp_path / "no" / "model"), code=2)
    assert files_in(tmp_path) == before


def test_what_is_not_there_is_said_with_what_there_is(url: str, name: str, tmp_path: Path) -> None:
    assert "has the aliases @champion (version 1)" in refusal("download", url, f"{name}@new", str(tmp_path / "m"))
    assert "No version of" in refusal("show", url, f"{name}/Staging")
    assert "Registered Model with name=never not found" in refusal("show", url, "never")
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_is_not_there_is_named_with_the_way_out() -> None:
    assert "Start a server there (trackline server), or name another one with --url" in refusal(
        "list", f"--url=http://127.0.0.1:{free_port()}"
    )
    for no_server in ("sqlite:///mlflow.db", "databricks", "http://", "http://[::1"):
        assert "such as http://127.0.0.1:5000" in refusal("list", MLFLOW_TRACKING_URI=no_server, code=2)


def test_our_own_variable_wins_and_a_flag_over_both(server: Server) -> None:
    elsewhere = f"http://127.0.0.1:{free_port()}"
    assert said("list", "--json", TRACKLINE_URL=server.url, MLFLOW_TRACKING_URI=elsewhere)[0] == 0
    assert said("list", "--json", f"--url={server.url}/", TRACKLINE_URL=elsewhere)[0] == 0


@contextlib.contextmanager
def answering(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """The `--url` of a server that is none of ours."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def log_message(self, *_: object) -> None:
            """Not here."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listener:
        thread = threading.Thread(target=listener.serve_forever)
        thread.start()
        yield f"--url=http://127.0.0.1:{listener.server_port}"
        listener.shutdown()
        thread.join()


def sends(content: bytes, status: int = 200, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"content-length": str(len(content)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(content)

    return answer


@pytest.mark.parametrize(
    ("env", "sent"),
    [
        ({}, None),
        ({"MLFLOW_TRACKING_USERNAME": "ann", "MLFLOW_TRACKING_PASSWORD": "pw"}, "Basic YW5uOnB3"),
        ({"MLFLOW_TRACKING_TOKEN": "t"}, "Bearer t"),
    ],
)
def test_credentials_are_sent_where_they_are_set(env: dict[str, str], sent: str | None) -> None:
    seen: list[str | None] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        seen.append(handler.headers.get("authorization"))
        sends(b"{}")(handler)

    with answering(answer) as url:
        assert said("list", url, "--json", **env)[0] == 0
    assert seen == [sent]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (sends(b"<html>", 502), "answered with status 502, but not as Trackline does"),
        (sends(b"<html>"), "answered with status 200, but not as Trackline does"),
        (sends(b"", 401), "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN"),
        (sends(b"", 301, location="https://tracks.example.org/"), "leads on to https://tracks.example.org/"),
        (lambda handler: handler.connection.close(), "broke off"),
    ],
)
def test_other_servers_answers_are_said_in_one_line(
    answer: Callable[[BaseHTTPRequestHandler], None], reason: str
) -> None:
    with answering(answer) as url:
        assert reason in refusal("list", url)


def tar(*files: tarfile.TarInfo) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for one in files:
            one.size = 3 if one.isreg() else 0
            archive.addfile(one, io.BytesIO(b"abc"))
    return made.getvalue()


def link(name: str, kind: bytes, target: str) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, target
    return made


@pytest.mark.parametrize(
    "hostile",
    [
        *(
            tarfile.TarInfo(name)
            for name in ("m/../../out", "/etc/out", "m/a/../b", "../out", "m", "m//out", "m/./out")
        ),
        link("m/link", tarfile.SYMTYPE, "/etc"),
        link("m/link", tarfile.LNKTYPE, "../out"),
        link("m/fifo", tarfile.FIFOTYPE, ""),
    ],
    ids=lambda member: f"{member.name} {member.type.decode()}",
)
def test_a_tar_that_leads_elsewhere_is_refused_and_nothing_is_left(hostile: tarfile.TarInfo, tmp_path: Path) -> None:
    content = tar(tarfile.TarInfo("m/good"), hostile)
    with answering(sends(content)) as url:
        assert "which is no file of a model" in refusal("download", url, "m/1", str(tmp_path / "model"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["model", "model.tar"])
def test_a_download_that_breaks_off_leaves_nothing(name: str, tmp_path: Path) -> None:
    content = tar(tarfile.TarInfo("m/good"), tarfile.TarInfo("m/more"))
    for arrived in (700, 1024, len(content) - 1):
        with answering(sends(content[:arrived], content_length=str(len(content)))) as url:
            assert "broke off" in refusal("download", url, "m/1", str(tmp_path / name))
        assert list(tmp_path.iterdir()) == []


def test_what_is_no_tar_is_refused(tmp_path: Path) -> None:
    for content in (b"x" * 2000, tar(tarfile.TarInfo("m/good"))[:700]):
        with answering(sends(content)) as url:
            assert "not a whole tar" in refusal("download", url, "m/1", str(tmp_path / "model"))
    assert list(tmp_path.iterdir()) == []
