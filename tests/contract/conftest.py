"""A server under test, and the environments of the clients that are driven against it."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest

from tests.databases import Engine
from tests.servers import Server, running_server
from tools.client_environments import environment

# Beside an SQLite file the server makes itself a key; replicas on PostgreSQL have to be given one.
SECRETS = {"MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY": urlsafe_b64encode(bytes(32)).decode()}


@pytest.fixture(scope="session")
def mlflow_python() -> Callable[[str], Path]:
    """Gives the interpreter of a client generation ("3.17"), installing it when it is not there yet."""
    return environment


@pytest.fixture(scope="session")
def server_on(
    sqlite_engine: Engine, postgres_engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Server]]:
    """Gives the server of the session on "sqlite" or "postgres": generations of clients share it, as in a team."""
    with ExitStack() as stack:

        @cache
        def started(kind: str) -> Server:
            engine = postgres_engine if kind == "postgres" else sqlite_engine
            flag = f"--backend-store-uri={stack.enter_context(engine.uri())}"
            return stack.enter_context(running_server(tmp_path_factory.mktemp(kind), flag, env=SECRETS))

        yield started
