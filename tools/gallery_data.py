"""The made-up trainings that the pictures of the pages show."""

from __future__ import annotations

import json
import struct
import time
import zlib
from math import exp, sin
from random import Random
from typing import Any, NamedTuple

import httpx

from tests.e2e.made import MLMODEL, log, made_experiment, made_file, made_version
from tests.server.talk import API

HOUR_MS = 3_600_000
STEPS = 240
NOTE = """## Baseline with a longer schedule

The learning rate falls by a cosine; **augmentation** is on. Beats the baseline from step 120 on.

- [x] larger batches
- [ ] mixed precision
"""


class Trainings(NamedTuple):
    experiment: str
    runs: list[str]  # of it, the best first
    model: str
    empty: str  # an experiment without runs


def trained(url: str) -> Trainings:
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as http:
        experiment = made_experiment(http, "vision/cifar-10")
        runs = [_training(http, experiment, number, Random(number)) for number in range(18)]
        log(http, runs[0], tags={"mlflow.note.content": NOTE})
        _described(http, experiment, "Sweep over learning rate, depth and optimizer.", team="vision", status="active")
        for name, note in OTHERS.items():
            other = made_experiment(http, name)
            _described(http, other, note)
            _training(http, other, 5, Random(name))
        for run in runs[:4]:
            _files(http, run, runs.index(run))
        _registered(http, runs)
        return Trainings(experiment, runs, "cifar-classifier", made_experiment(http, "vision/new idea"))


OTHERS = {
    "vision/segmentation": "Street scenes; see the report in the artifacts of the newest run.",
    "language/summaries": "Short summaries of long texts.",
    "language/search": "",
    "forecasting/energy": "Hourly load, two years.",
}


def _training(http: httpx.Client, experiment: str, number: int, random: Random) -> str:
    lr, depth, optimizer = 10 ** -(1.5 + number % 6 / 2), 18 + 16 * (number % 3), ("adamw", "sgd")[number % 2]
    floor = 0.18 + abs(number % 6 - 2) * 0.09 + 0.03 * (number % 2) + 0.02 * (number % 3)
    start = int(time.time() * 1000) - (19 - number) * HOUR_MS
    body = {"experiment_id": experiment, "run_name": NAMES[number % len(NAMES)], "user_id": "demo", "start_time": start}
    run = str(http.post(f"{API}/runs/create", json=body).json()["run"]["info"]["run_id"])
    curves: dict[str, dict[int, float]] = {key: {} for key in ("train/loss", "val/loss", "val/accuracy")}
    for step in range(STEPS):
        fallen = floor + 1.9 * exp(-step / (30 + 6 * (number % 4)))
        curves["train/loss"][step] = fallen * 0.9 + random.gauss(0, 0.04)
        curves["val/loss"][step] = fallen + random.gauss(0, 0.06)
        curves["val/accuracy"][step] = 1 - fallen / 2.6 + random.gauss(0, 0.012)
    system = {
        f"system/{key}": {step: level + 6 * sin(step / 9 + number) + random.random() for step in range(0, STEPS, 4)}
        for key, level in {
            "cpu_utilization_percentage": 61,
            "gpu_0_utilization_percentage": 88,
            "system_memory_usage_gigabytes": 21,
        }.items()
    }
    params = {
        "lr": f"{lr:.5f}",
        "depth": str(depth),
        "optimizer": optimizer,
        "batch_size": str(64 << number % 3),
        "epochs": "24",
    }
    tags = {"mlflow.source.name": "train.py", "mlflow.source.git.commit": "9f2c1e07b5d84a6f", "stage": "sweep"}
    log(http, run, metrics=curves | system, params=params, tags=tags)
    status = "FAILED" if number == 7 else "FINISHED"
    if number != 17:  # the newest goes on
        http.post(
            f"{API}/runs/update", json={"run_id": run, "status": status, "end_time": start + 47 * 60_000 + number}
        )
    return run


NAMES = (
    *("bright-heron", "calm-otter", "keen-falcon", "quiet-lynx", "swift-marten", "bold-ibex"),
    *("warm-plover", "shy-badger", "still-crane", "brisk-hare", "proud-stork", "sage-toad"),
    *("neat-wren", "lush-newt", "deft-mink", "pale-gull", "fond-seal", "wry-jay"),
)


def _described(http: httpx.Client, experiment: str, note: str, **tags: str) -> None:
    for key, value in {"mlflow.note.content": note, **tags}.items():
        http.post(
            f"{API}/experiments/set-experiment-tag", json={"experiment_id": experiment, "key": key, "value": value}
        )


def _files(http: httpx.Client, run: str, number: int) -> None:
    for step in range(0, 50, 10):
        made_file(http, run, f"maps/step={step:04}.png", _picture(step, number))
    rows = [
        f"{n},{('cat', 'ship', 'frog')[n % 3]},{('cat', 'ship', 'deer')[n % 3]},{0.5 + n % 50 / 100:.2f}"
        for n in range(400)
    ]
    made_file(http, run, "predictions.csv", "\n".join(["image,label,predicted,confidence", *rows]))
    made_file(
        http,
        run,
        "config.json",
        json.dumps({"model": {"depth": 34, "width": 64}, "augment": ["flip", "crop"], "seed": 7}),
    )
    made_file(http, run, "model/MLmodel", MLMODEL)
    made_file(http, run, "model/requirements.txt", "mlflow==3.17.2\nscikit-learn==1.7.2\n")
    made_file(http, run, "train.log", "\n".join(f"step {n}: loss {1.9 * exp(-n / 30):.4f}" for n in range(240)))


def _picture(step: int, number: int) -> bytes:
    """A map of what a network looks at, sharper with each step."""
    side = 160
    rows = bytearray()
    for y in range(side):
        rows.append(0)
        for x in range(side):
            near = exp(-((x - 60 - 12 * number) ** 2 + (y - 80) ** 2) / (3200 - 50 * step))
            rows += bytes((int(40 + 200 * near), int(60 + 120 * near * near), int(120 - 60 * near)))
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )


def _registered(http: httpx.Client, runs: list[str]) -> None:
    name = "cifar-classifier"
    for run in runs[:3]:
        made_version(http, name, run, description="Trained on all of CIFAR-10.")

    def post(path: str, **body: Any) -> None:
        http.post(f"{API}/{path}", json={"name": name, **body}).raise_for_status()

    post("registered-models/alias", alias="champion", version="2")
    post("registered-models/alias", alias="challenger", version="3")
    post("registered-models/set-tag", key="task", value="image classification")
    post("model-versions/transition-stage", version="2", stage="Production", archive_existing_versions=False)
    post("model-versions/transition-stage", version="3", stage="Staging", archive_existing_versions=False)
    made_version(http, "energy-forecaster", runs[3])
