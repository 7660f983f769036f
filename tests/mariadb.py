"""A real MariaDB of our own for tests, from the machine's package: its data in a temporary folder, gone in the end."""

from __future__ import annotations

import getpass
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pymysql

from tests.servers import free_port

START_SECONDS = 60
ABSENT = "no mariadbd on this machine (Debian: apt install mariadb-server-core)"


def program() -> str | None:
    return shutil.which("mariadbd", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")


@contextmanager
def mariadb() -> Iterator[pymysql.Connection]:
    """The connection of somebody who may do everything; `port` says where others connect."""
    server = program()
    assert server
    with tempfile.TemporaryDirectory(prefix="mariadb-") as name:
        folder, port = Path(name), free_port()
        common = [f"--datadir={folder / 'data'}", f"--user={getpass.getuser()}"]
        made = ["mariadb-install-db", "--no-defaults", *common, "--auth-root-authentication-method=normal"]
        subprocess.run(made, check=True, capture_output=True)
        own = [f"--socket={folder / 'socket'}", f"--pid-file={folder / 'pid'}", f"--log-error={folder / 'log'}"]
        where = [
            "--bind-address=127.0.0.1",
            "--skip-name-resolve",
            f"--port={port}",
            "--innodb-flush-log-at-trx-commit=0",
        ]
        with subprocess.Popen([server, "--no-defaults", *common, *own, *where]) as process:
            try:
                connection = _connected(folder / "socket", process)
                connection.port = port
                with connection:
                    yield connection
            finally:
                process.terminate()


def _connected(socket: Path, process: subprocess.Popen[bytes]) -> pymysql.Connection:
    deadline = time.monotonic() + START_SECONDS
    while not socket.exists():  # it is there from when connections are taken
        assert process.poll() is None and time.monotonic() < deadline, "mariadbd did not start"
        time.sleep(0.1)
    return pymysql.connect(unix_socket=str(socket), user="root", autocommit=True)
