"""SIGTERM ends a benchmark that is at work, and what it has started."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

# As bench/__main__.py and bench/measure.py go about it: what is refused is noted, and the next round begins.
BENCH = """
import signal, sys
from pathlib import Path
from bench.driver import HOST, Refused, drive, replay
from bench.lab import FLOOR
from bench.payloads import log_metric
from bench.processes import child, free_port, wait_until_listening

signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
port, requests = free_port(), [log_metric("0" * 32, step) for step in range(1000)]
with child([sys.executable, str(FLOOR), HOST, str(port)], Path("log")) as floor:
    wait_until_listening(port)
    print(floor.pid, flush=True)
    while True:
        try:
            drive(port, [replay(requests) for _ in range(4)], 0.2)
        except Refused:
            pass
"""


@pytest.mark.parametrize("wait", [0.05, 0.13, 0.31])
def test_sigterm_ends_a_benchmark_in_the_middle_of_a_round_and_its_server_too(wait: float, tmp_path: Path) -> None:
    command = [sys.executable, "-c", BENCH]
    environment = {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True) as bench:
        assert bench.stdout is not None
        floor = psutil.Process(int(bench.stdout.readline()))
        with pytest.raises(subprocess.TimeoutExpired):
            bench.wait(wait)
        bench.send_signal(signal.SIGTERM)
        assert bench.wait(60) == 143
    assert not floor.is_running()
