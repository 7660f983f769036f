"""`make run`: a tracker on this machine, filled with a real training, up until Ctrl-C.

    python -m tools.demo [--port 5000] [--data ./trackline-data]

Ends with 0 after Ctrl-C or SIGTERM, with the server's own exit code when that cannot start or ends by itself,
and with 1 when the training fails.
"""

from __future__ import annotations

import argparse
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tools.client_environments import environment
from tools.demo.screen import Screen, TrainingFailed

HOST = "127.0.0.1"
TRAINING = Path(__file__).with_name("training.py")
START_SECONDS = 30
STOP_SECONDS = 15


def demonstrate(port: int, data: Path) -> int:
    screen = Screen(f"http://{HOST}:{port}", data)
    # Asked first: a stranger on the port would answer the health check in our server's place.
    taken = is_listening(port)
    with child(server_command(port, data.resolve())) as server:
        exit_code = wait_until_ready(server, port, taken)
        if exit_code is not None:
            return exit_code
        client = environment("3.17")
        with child([str(client), str(TRAINING)], client_variables(screen.url), subprocess.PIPE) as training:
            screen.follow(training)
        screen.farewell()
        return server.wait()


def server_command(port: int, data: Path) -> list[str]:
    return [
        *(sys.executable, "-m", "trackline", "server"),
        *("--host", HOST, "--port", str(port)),
        *("--backend-store-uri", f"sqlite:///{data / 'trackline.db'}"),
        *("--artifacts-destination", str(data / "artifacts")),
    ]


def client_variables(url: str) -> dict[str, str]:
    mine = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
    return mine | {
        "MLFLOW_TRACKING_URI": url,
        # Nothing here leaves the machine: no usage reports, and no proxy between client and tracker.
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "NO_PROXY": HOST,
        "no_proxy": HOST,
        "PYTHONUTF8": "1",
    }


@contextmanager
def child(
    command: list[str], variables: Mapping[str, str] | None = None, output: int | None = None
) -> Iterator[subprocess.Popen[str]]:
    """A process that ends when the block does. `output` (a pipe) takes its standard error as well."""
    errors = subprocess.STDOUT if output else None
    # A process group of its own: Ctrl-C reaches the launcher alone, which ends its children in order.
    process = subprocess.Popen(command, env=variables, stdout=output, stderr=errors, encoding="utf-8", process_group=0)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            process.kill()
            process.wait()


def wait_until_ready(server: subprocess.Popen[str], port: int, taken: bool) -> int | None:
    """The server's exit code if it ended instead; its own message is on the screen then."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        exit_code = server.poll()
        if exit_code is not None:
            return exit_code
        if not taken and is_healthy(port):
            return None
        time.sleep(0.05)
    print(f"The server was not ready after {START_SECONDS} seconds.", file=sys.stderr)
    return 1


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def is_healthy(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.demo", description="A tracker with a training in it.")
    parser.add_argument("--port", type=int, default=5000)
    parser.add_argument("--data", type=Path, default=Path("trackline-data"))
    options = parser.parse_args()
    # Set, not inherited: a shell that starts this in the background has SIGINT ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        return demonstrate(options.port, options.data)
    except KeyboardInterrupt:
        return 0
    except TrainingFailed as failure:
        print(failure, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
