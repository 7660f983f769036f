"""One booted machine for all tests here, and on it the service, installed anew for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.deploy.systemd.booted import Machine, booted, guide_commands
from tests.faults.conftest import pytest_terminal_summary, table
from tests.servers import Server

__all__ = ["pytest_terminal_summary", "table"]

PORT = 5000  # of the machine's own network


@pytest.fixture(scope="session")
def machine() -> Iterator[Machine]:
    with booted() as machine:
        yield machine


@pytest.fixture
def service(machine: Machine) -> Iterator[Server]:
    """It answers; and this thread is in its network."""
    machine.run("sh", "-c", guide_commands()[-1])
    with machine.network():
        yield Server(f"http://127.0.0.1:{PORT}", machine.nspawn, machine.log)
