"""Runs the programs of this folder in a client's environment: loading MLflow takes most of a client's time, so it
is done once, and each program runs in a fork that has its environment variables and nothing of the other programs.

A job is a line of JSON on stdin: program, arguments, environment, folder. Its answer is a line on stdout: the
exit code. `main` of the program returns what goes to `result.json` in the folder; what it prints goes to `output.txt`.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

PACKAGE = "tests.contract.arrangements"
PROGRAMS = ("training", "large_file", "objects")
LIMIT_SECONDS = 120


def main() -> None:
    for program in PROGRAMS:
        importlib.import_module(f"{PACKAGE}.{program}")
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            run(json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def run(job: dict[str, Any]) -> NoReturn:
    """Ends the process, without what was registered to be done at its end: that is the parent's."""
    signal.alarm(LIMIT_SECONDS)
    os.chdir(job["folder"])
    os.environ.clear()
    os.environ.update(job["environment"])
    with Path("output.txt").open("wb") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    code = 1
    try:
        result = importlib.import_module(f"{PACKAGE}.{job['program']}").main(*job["arguments"])
        Path("result.json").write_text(json.dumps(result))
        code = 0
    except BaseException:  # noqa: BLE001 this is the outermost frame
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
