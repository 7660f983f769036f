"""A server under test, and the environments of the clients that are driven against it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.servers import Server, running_server
from tools.client_environments import environment


@pytest.fixture(scope="session")
def mlflow_python() -> Callable[[str], Path]:
    """Gives the interpreter of a client generation ("3.17"), installing it when it is not there yet."""
    return environment


@pytest.fixture(scope="session")
def trackline_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests of the session: generations of clients share it, as in a team."""
    with running_server(tmp_path_factory.mktemp("trackline")) as server:
        yield server
