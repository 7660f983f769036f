"""Run in the environment of tools/tool_environments.py: one target, by atheris.

python -m tests.fuzz.run TARGET [libFuzzer's own flags and folders]
"""

from __future__ import annotations

import faulthandler
import sys
import time

import atheris

MAX_SECONDS = 1.0  # of processor time for one input

with atheris.instrument_imports(include=["trackline"]):
    from tests.fuzz.targets import TARGETS


def main() -> None:
    faulthandler.enable()
    name, *flags = sys.argv[1:]
    with TARGETS[name]() as target:

        def timed(data: bytes) -> None:
            begun = time.process_time()
            target(data)
            spent = time.process_time() - begun
            assert spent < MAX_SECONDS, f"{spent:.1f} s of processor time for one input"

        # What libFuzzer puts before its flags when it runs itself again, to merge.
        itself = f"{sys.executable} -m tests.fuzz.run {name}"
        atheris.Setup([itself, *flags], timed)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
