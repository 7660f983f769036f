"""How long clients wait while a backup is made: 8 of them log to a server whose database holds many points.

python -m bench.backup_pauses [--points 10000000] [--backend-store-uri URI of an empty database]
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path
from statistics import median

import httpx
import numpy as np

from tests.servers import clean_environment, running_server
from trackline.db.transaction import Transaction
from trackline.domain.points import Points, Series
from trackline.server.metadata import metadata_at
from trackline.store.experiments import create_default_experiment
from trackline.store.keys import intern_keys
from trackline.store.metric_blocks import add_points
from trackline.store.runs import NewRun, ask_insert_run, run_number

CLIENTS, QUIET_SECONDS = 8, 10
A_RUN = 100_000  # points
API = "/api/2.0/mlflow"


def fill_run(tx: Transaction, number: int) -> None:
    uuid = f"{number:032x}"
    ask_insert_run(tx, NewRun(uuid, "0", f"run {number}", "bench", 0, []))()
    run = run_number(tx, uuid)
    key = intern_keys(tx, ["loss"])["loss"]
    steps = np.arange(A_RUN, dtype=np.int64)
    values = np.random.default_rng(number).normal(size=A_RUN).cumsum()
    add_points(tx, run, Points(np.full(A_RUN, key, np.uint32), Series(steps, 1_700_000_000_000 + steps * 37, values)))


async def fill(uri: str, points: int) -> None:
    with closing(metadata_at(uri).open()) as database:
        await database.write(create_default_experiment, "mlflow-artifacts:/")
        for number in range(points // A_RUN):
            await database.write(fill_run, number)


def log_on(url: str, waits: list[tuple[float, float]], errors: list[str], stopping: threading.Event) -> None:
    """`waits`: when each request was sent, and how long it took, in seconds."""
    with httpx.Client(base_url=url, trust_env=False, timeout=60) as http:
        run = http.post(f"{API}/runs/create", json={"experiment_id": "0"}).json()["run"]["info"]["run_id"]
        step = 0
        while not stopping.is_set():
            metrics = [{"key": f"m{n}", "value": step, "timestamp": step, "step": step} for n in range(10)]
            begun = time.perf_counter()
            answer = http.post(f"{API}/runs/log-batch", json={"run_id": run, "metrics": metrics})
            waits.append((begun, time.perf_counter() - begun))
            if answer.status_code != 200:
                errors.append(answer.text)
            step += 1


def measure(url: str, command: list[str]) -> None:
    waits: list[tuple[float, float]] = []
    errors: list[str] = []
    stopping = threading.Event()
    clients = [threading.Thread(target=log_on, args=(url, waits, errors, stopping)) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    time.sleep(QUIET_SECONDS)
    begun = time.perf_counter()
    said = subprocess.run(command, env=clean_environment(), check=True, capture_output=True, text=True).stdout
    ended = time.perf_counter()
    time.sleep(QUIET_SECONDS)
    stopping.set()
    for client in clients:
        client.join()
    print(said.strip())
    for name, first, last in (("before", 0.0, begun), ("during", begun, ended), ("after", ended, float("inf"))):
        took = sorted(wait for at, wait in waits if first <= at < last)
        print(
            f"{name:>7}: {len(took):6,} requests, median {median(took) * 1000:6.1f} ms, "
            f"99.9 % below {took[int(len(took) * 0.999)] * 1000:6.1f} ms, longest {took[-1] * 1000:6.1f} ms"
        )
    print(f"errors: {len(errors)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=10_000_000)
    parser.add_argument("--backend-store-uri", default="")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        uri = given.backend_store_uri or f"sqlite:///{folder}/trackline.db"
        asyncio.run(fill(uri, given.points))
        command = [sys.executable, "-m", "trackline", "backup", f"{folder}/backups", "--backend-store-uri", uri]
        with running_server(Path(folder), "--backend-store-uri", uri) as server:
            measure(server.url, command)


if __name__ == "__main__":
    main()
