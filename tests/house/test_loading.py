"""What is loaded before the server answers, and before a command says how it is used: no more than it takes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

# Needed for curves and sealing, for signing in, for webhooks, for the page of numbers, for object stores, for tables of
# commands, for PostgreSQL: where it is used, and not before.
LATE = {"numpy", "pcodec", "argon2", "authlib", "cryptography", "httpx", "joserfc", "prometheus_client", "obstore"}
LATE |= {"botocore", "ctypes", "opentelemetry", "psycopg", "pyarrow", "rich", "yaml"}
OF_THE_SERVER = {"starlette", "uvicorn", "uvloop"}

# What `trackline server` does until it answers, and the first request.
SERVER = """
import asyncio, sys, uuid
from trackline.db.database import answered
from trackline.store.logging import log_batch
from trackline.store.run_documents import ask_create_run
from trackline.cli.main import main
from trackline.server.listening import bind, configured
from trackline.server.logs import set_up_log
from trackline.server.numbers import Numbers
from trackline.server.start import application, opened, prepare
from trackline.settings import ServerSettings
from trackline.domain.entities import Metric
from trackline.store.runs import NewRun

async def work(services):
    await prepare(settings, services)
    configured(settings, application(settings, services)).load()
    await services.database.write(answered, ask_create_run, (NewRun("r", "0", "n", "u", 0, []),))
    await services.database.write(log_batch, "r", [Metric("m", 1.0, 1, 1)], [], [])

settings = ServerSettings(port=0)
set_up_log(settings.log_format)
with bind(settings), opened(settings, Numbers()) as services:
    asyncio.run(work(services))
print(*sys.modules)
"""
HELP = """
import sys
from trackline.cli.main import main
main(["--help"], standalone_mode=False)
print(*sys.modules)
"""


def loaded(program: str, folder: Path) -> set[str]:
    """The packages that a process has loaded when it comes to the end of the program."""
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stdout.splitlines()[-1].split()}


def test_a_server_takes_its_first_metric_before_it_loads_what_few_requests_need(tmp_path: Path) -> None:
    found = loaded(SERVER, tmp_path)

    assert found >= OF_THE_SERVER
    assert found & LATE == set()


def test_a_command_says_how_it_is_used_without_loading_the_server(tmp_path: Path) -> None:
    assert loaded(HELP, tmp_path) & (LATE | OF_THE_SERVER) == set()
