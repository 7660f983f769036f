"""What other users of the machine read of a command, while it waits for a database that never answers."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import ROOT, clean_environment


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="reads the list of processes as Linux has it")
@pytest.mark.parametrize(
    "address",
    [
        "postgresql://ann:sec:r%40ret@{place}/tracks",
        "postgresql://{place}/tracks?user=ann&password=sec:ret",
        "postgresql://{place}/tracks?sslpassword=sec:ret",
    ],
)
def test_a_password_in_an_address_is_not_in_the_list_of_processes(address: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(60)
        uri = address.format(place=f"127.0.0.1:{listener.getsockname()[1]}")
        command = [sys.executable, "-m", "trackline", "doctor", "--backend-store-uri", uri]
        with subprocess.Popen(command, cwd=ROOT, env=clean_environment(), stderr=subprocess.PIPE) as process:
            try:
                connection, _ = listener.accept()
                with connection:
                    shown = Path(f"/proc/{process.pid}/cmdline").read_text()
            finally:
                process.kill()
    assert "sec" not in shown
    assert "ret" not in shown
    assert "***" in shown
    assert "tracks" in shown
