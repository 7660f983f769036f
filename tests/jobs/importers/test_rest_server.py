from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path

import httpx
import pytest

from tests.contract.conformance.record import running_mlflow
from tests.jobs.importers.made import GENERATIONS, brought, mlflow, seen, trackline
from tests.servers import running_server

ODD = """it's "new\""""


@contextmanager
def shaky(url: str) -> Iterator[str]:
    """The address of a proxy to `url` that answers 503 to every third request, and breaks off every seventh."""
    numbers = count(1)
    upstream = httpx.Client(base_url=url, timeout=60, trust_env=False)

    class Proxy(BaseHTTPRequestHandler):
        def pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            number = next(numbers)
            if number % 7 == 0:
                self.close_connection = True
                return
            kind = {"content-type": self.headers["content-type"]} if body else {}
            answer = upstream.request(self.command, self.path, content=body, headers=kind)
            self.send_response(503 if number % 3 == 0 else answer.status_code)
            self.send_header("content-length", str(len(answer.content)))
            self.send_header("retry-after", "0")
            self.end_headers()
            self.wfile.write(answer.content)

        def do_GET(self) -> None:
            self.pass_on()

        def do_POST(self) -> None:
            self.pass_on()

        def log_message(self, *_: object) -> None: ...

    with upstream, served(Proxy) as address:
        yield address


def register(url: str, name: str) -> None:
    """A model of this name with a version."""
    with httpx.Client(base_url=f"{url}/api/2.0/mlflow", trust_env=False, timeout=60) as http:
        http.post("/registered-models/create", json={"name": name}).raise_for_status()
        version = {"name": name, "source": "s3://bucket/model"}
        http.post("/model-versions/create", json=version).raise_for_status()


@contextmanager
def going_round() -> Iterator[str]:
    """The address of a server that has always one more page, and it is always the same."""

    class Round(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            body = b'{"experiments": [], "next_page_token": "again"}'
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            self.answer()

        def do_POST(self) -> None:
            self.answer()

        def log_message(self, *_: object) -> None: ...

    with served(Round) as url:
        yield url


@contextmanager
def served(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            serving.join()


@pytest.mark.parametrize("version", GENERATIONS[:2])
def test_a_client_sees_the_same_history_on_the_server_and_after_the_import(
    made_database: Callable[[str], Path], version: str, tmp_path: Path
) -> None:
    shutil.copy(made_database(version), tmp_path / "mlflow.db")
    into = f"sqlite:///{tmp_path / 'trackline.db'}"
    with running_mlflow(tmp_path, version) as source:
        with shaky(source.url) as address:
            assert "New: 8 runs, 3,1" in brought(address, into)
        there = seen(version, tmp_path, source.url)
        with running_server(tmp_path) as server:
            assert seen(version, tmp_path, server.url) == there
        register(source.url, ODD)
        register(source.url, ODD.replace("'", "_"))  # which a pattern for the other finds as well
        brought(source.url, into)
    with closing(sqlite3.connect(tmp_path / "trackline.db")) as here:
        found = here.execute(
            "SELECT name, count(*) FROM registered_models m JOIN model_versions v ON model_id = m.id "
            "GROUP BY name ORDER BY name"
        ).fetchall()
    assert found == [(ODD, 1), (ODD.replace("'", "_"), 1), ("shop", 3)]


def test_a_second_import_from_a_trackline_server_brings_what_is_new(tmp_path: Path) -> None:
    into = f"sqlite:///{tmp_path / 'trackline.db'}"
    with running_server(tmp_path / "source") as source:
        mlflow("3.17", tmp_path, "make", source.url, str(tmp_path / "files"))
        said = brought(source.url, into)
        assert "New: 8 runs, 3,1" in said
        assert "any traces: Trackline has no place for them" in said
        mlflow("3.17", tmp_path, "grow", source.url)
        assert "New: 1 runs, 14 points. Here before: 8 runs." in brought(source.url, into)


def test_a_dry_run_counts_runs_and_says_that_points_are_not_counted(tmp_path: Path) -> None:
    with running_server(tmp_path / "source") as source:
        done = trackline("import", source.url, "--backend-store-uri", f"sqlite:///{tmp_path / 'new.db'}", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "1 experiment, 0 runs, points that nobody has counted" in done.stdout


def test_a_server_that_leads_back_to_the_same_page_is_left(tmp_path: Path) -> None:
    with going_round() as url:
        done = trackline("import", url, "--backend-store-uri", f"sqlite:///{tmp_path / 'trackline.db'}")
    assert done.returncode == 2
    assert "leads from one page of experiments/search back to it, without an end. Bring its MLflow" in done.stderr


def test_an_address_that_is_no_tracker_is_refused(tmp_path: Path) -> None:
    with running_server(tmp_path / "source") as source:
        wrong = f"{source.url}/elsewhere"
        done = trackline("import", wrong, "--backend-store-uri", f"sqlite:///{tmp_path / 'trackline.db'}")
    assert done.returncode == 2
    assert f"{wrong} is no server of MLflow's. Name the address" in done.stderr


def test_who_may_not_read_is_told_what_to_set(tmp_path: Path) -> None:
    with running_server(tmp_path / "source", "--require-sign-in") as source:
        done = trackline("import", source.url, "--backend-store-uri", f"sqlite:///{tmp_path / 'trackline.db'}")
    assert done.returncode == 2
    assert "Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN" in done.stderr
