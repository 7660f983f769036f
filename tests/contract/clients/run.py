"""Runs scenarios in one client process, because importing MLflow takes longer than most of them.

    .cache/clients/3.17/bin/python -m tests.contract.clients.run http://127.0.0.1:5000 [SCENARIO ...]

(from the root of the repository) runs those named, or all that the installed client can do, and says
which failed. With `--results FILE` each outcome is one line of JSON there, `failure` null or a traceback.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import signal
import sys
import tempfile
import time
import traceback
import uuid
from pathlib import Path
from types import FrameType

import mlflow

from tests.contract.clients.catalogue import catalogue, version

PACKAGE = "tests.contract.clients"
LIMIT_SECONDS = 120


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("tracking_uri")
    parser.add_argument("scenarios", nargs="*")
    parser.add_argument("--results", type=Path)
    options = parser.parse_args()
    installed = version(mlflow.__version__)
    known = [name for name, mark in catalogue().items() if mark.since <= installed]
    mlflow.set_tracking_uri(options.tracking_uri)
    failures = 0
    for name in options.scenarios or known:
        outcome = run(name)
        failures += outcome["failure"] is not None
        report(outcome, options.results)
    return 1 if failures else 0


def run(name: str) -> dict[str, object]:
    home = Path.cwd()
    started = time.monotonic()
    failure = None
    signal.alarm(LIMIT_SECONDS)
    with tempfile.TemporaryDirectory() as folder:
        try:
            os.chdir(folder)
            module, _, function = name.partition(".")
            experiment = mlflow.set_experiment(f"{name} {mlflow.__version__} {uuid.uuid4().hex[:8]}")
            getattr(importlib.import_module(f"{PACKAGE}.{module}"), function)(experiment.experiment_id)
            assert mlflow.active_run() is None, "the scenario left a run open"
        except Exception:  # noqa: BLE001 (whatever it is, it is the outcome)
            failure = traceback.format_exc()
        finally:
            signal.alarm(0)
            os.chdir(home)
    while mlflow.active_run():
        mlflow.end_run()
    return {"scenario": name, "seconds": round(time.monotonic() - started, 2), "failure": failure}


def report(outcome: dict[str, object], results: Path | None) -> None:
    if results:
        with results.open("a", encoding="utf-8") as file:
            file.write(json.dumps(outcome) + "\n")
    else:
        verdict = "FAILED" if outcome["failure"] else "ok"
        print(f"{verdict:8}{outcome['seconds']:6} s  {outcome['scenario']}", file=sys.stderr)
        if outcome["failure"]:
            print(outcome["failure"], file=sys.stderr, flush=True)


def too_long(signum: int, frame: FrameType | None) -> None:
    raise TimeoutError(f"the scenario took longer than {LIMIT_SECONDS} s")


if __name__ == "__main__":
    signal.signal(signal.SIGALRM, too_long)
    sys.exit(main())
