"""Writes down what MLflow answers to every case:  python -m tests.contract.conformance.record

The quick tests compare Trackline with these files. The slow tests prove that they are still true.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from tests.contract.conformance.talk import SECONDS, Exchange, all_cases, converse
from tests.servers import Server, clean_environment, free_port, wait_until_healthy
from tools.client_environments import environment

RECORDED = Path(__file__).parent / "recorded"
MLFLOW = "3.17"
STOP_SECONDS = 30.0


@contextmanager
def running_mlflow(folder: Path, version: str = MLFLOW) -> Iterator[Server]:
    """An MLflow server with its data in `folder`, which must exist; fresh, if there is none."""
    port = free_port()
    python = environment(version)
    command = [str(python), "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}", "--workers", "1"]
    command += ["--artifacts-destination", str(folder / "artifacts")]
    log = folder / "mlflow.log"
    with log.open("wb") as sink:
        process = subprocess.Popen(
            command,
            cwd=folder,
            # MLflow 2 starts a program of its own environment.
            env=clean_environment(
                MLFLOW_SERVER_ENABLE_JOB_EXECUTION="false", PATH=f"{python.parent}:{os.environ['PATH']}"
            ),
            stdout=sink,
            stderr=sink,
            start_new_session=True,
        )
    server = Server(f"http://127.0.0.1:{port}", process, log)
    try:
        wait_until_healthy(server)
        yield server
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
        with suppress(ProcessLookupError):  # MLflow 2 leaves its workers behind, in the process group made for it
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def client_of(server: Server) -> httpx.Client:
    return httpx.Client(base_url=server.url, timeout=SECONDS, trust_env=False)


def recorded(name: str) -> list[Exchange]:
    """What MLflow answered in this case; nothing when the case is new."""
    module, _, function = name.partition(".")
    path = RECORDED / f"{module}.json"
    exchanges: list[Exchange] = json.loads(path.read_text())[function] if path.exists() else []
    return exchanges


def write(transcripts: dict[str, list[Exchange]]) -> None:
    """One file for each module of cases, one line for each exchange, so that changes can be read."""
    modules: dict[str, dict[str, list[Exchange]]] = {}
    for name, exchanges in sorted(transcripts.items()):
        module, _, function = name.partition(".")
        modules.setdefault(module, {})[function] = exchanges
    for module, cases in modules.items():
        blocks = [
            f"{json.dumps(function)}: [\n" + ",\n".join(json.dumps(one) for one in exchanges) + "\n]"
            for function, exchanges in cases.items()
        ]
        (RECORDED / f"{module}.json").write_text("{\n" + ",\n".join(blocks) + "\n}\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.parse_args()
    RECORDED.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running_mlflow(Path(folder)) as server, client_of(server) as client:
        transcripts = {name: converse(name, client) for name in all_cases()}
    stopped = [name for name, exchanges in transcripts.items() if "stopped" in exchanges[-1]]
    for name in stopped:
        print(f"{name} {transcripts[name][-1]['stopped']}", file=sys.stderr)
    write(transcripts)
    print(f"{len(transcripts)} cases, {sum(map(len, transcripts.values()))} exchanges", file=sys.stderr)
    return 1 if stopped else 0


if __name__ == "__main__":
    sys.exit(main())
