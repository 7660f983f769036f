"""One server for all tests of endpoints and of the door."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.databases import Engine
from tests.server.talk import client_of
from tests.servers import Server, running_server


@pytest.fixture(scope="session")
def server(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    with engine.uri() as uri, running_server(folder, f"--backend-store-uri={uri}") as server:
        yield server


@pytest.fixture(scope="session")
def http(server: Server) -> Iterator[httpx.Client]:
    with client_of(server) as client:
        yield client
