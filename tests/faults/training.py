"""Trainings that log with the stock client, as it comes: run by the interpreter of that client's environment.

    python training.py URL THREADS

Each line of the output is a write that was acknowledged: the run and the step. It ends well when its input ends, and
badly when the client gives up on a write.
"""

from __future__ import annotations

import os
import sys
import threading
import traceback

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag

ended = threading.Event()


def train(client: MlflowClient) -> None:
    try:
        run = client.create_run("0").info.run_id
        step = 0
        while not ended.is_set():
            metrics = [Metric("loss", step / 7, step, step), Metric("accuracy", step, step, step)]
            client.log_batch(run, metrics, [Param(f"p{step}", "v")] if step < 50 else [], [RunTag("step", str(step))])
            os.write(1, f"{run} {step}\n".encode())  # at once, so that lines do not mix
            step += 1
    except BaseException:  # noqa: BLE001 whatever it is, the training has failed
        traceback.print_exc()
        os._exit(1)


def main(url: str, threads: int) -> None:
    client = MlflowClient(url)
    trainings = [threading.Thread(target=train, args=[client]) for _ in range(threads)]
    for training in trainings:
        training.start()
    sys.stdin.read()
    ended.set()
    for training in trainings:
        training.join()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
