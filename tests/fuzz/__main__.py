"""`make fuzz SECONDS=600`: each target for so long, one at a time, by atheris (coverage-guided).

    python -m tests.fuzz [--seconds N] [--keep] [TARGET ...]

What is learned stays in `.cache/fuzz/<target>/`; `--keep` writes the shortest inputs that reach the most into
`tests/fuzz/corpus/`. An input that breaks something is left in the working folder and named at the end.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from base64 import b64encode
from hashlib import sha256
from typing import BinaryIO

from tests.fuzz.seeds import KEPT, seeds, words
from tests.fuzz.targets import TARGETS
from tools.environments import ROOT
from tools.tool_environments import environment

WORK = ROOT / ".cache" / "fuzz"
MAX_INPUT = 4096  # bytes
MAX_MEMORY = 1024  # MiB, resident
HANGS = 60  # seconds of a wall clock on a busy machine; what counts is processor time (run.py)
MAX_KEPT = 200  # inputs of a target in the repository


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=int, default=600, help="for each target (600)")
    parser.add_argument(
        "--keep", action="store_true", help="renew the inputs in tests/fuzz/corpus from what was learned"
    )
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"any of {', '.join(TARGETS)}")
    options = parser.parse_args()
    broken = [name for name in options.targets or TARGETS if not fuzz(name, options.seconds)]
    if options.keep:
        for name in options.targets or TARGETS:
            keep(name)
    if broken:
        print(f"fuzz: broken: {', '.join(broken)}; the inputs are {WORK}/<target>-crash-*")
    return 1 if broken else 0


def fuzz(name: str, seconds: int) -> bool:
    """Whether the target kept its word for so long. Prints one line about it."""
    corpus = WORK / name
    corpus.mkdir(parents=True, exist_ok=True)
    for seed in seeds(name):
        (corpus / sha256(seed).hexdigest()).write_bytes(seed)
    dictionary = WORK / f"{name}.dict"
    dictionary.write_text("".join(f'"{_escaped(word)}"\n' for word in words(name)) or "#\n")
    log = WORK / f"{name}.log"
    started = time.monotonic()
    with log.open("wb") as sink:
        outcome = _atheris(
            *(name, str(corpus), f"-max_total_time={seconds}", f"-max_len={MAX_INPUT}", f"-dict={dictionary}"),
            *(f"-rss_limit_mb={MAX_MEMORY}", f"-timeout={HANGS}", f"-artifact_prefix={WORK}/{name}-"),
            sink=sink,
        )
    said = log.read_text(errors="replace")
    counts = re.findall(r"^#(\d+)\s.* cov: (\d+) .* rss: (\d+)Mb", said, re.MULTILINE) or [("0", "0", "0")]
    tried, covered, memory = counts[-1]
    verdict = "nothing found" if outcome == 0 else f"BROKEN, see {log}"
    print(
        f"fuzz: {name}: {tried} inputs in {time.monotonic() - started:.0f} s, {covered} branches, "
        f"{memory} MiB: {verdict}",
        flush=True,
    )
    return outcome == 0


def keep(name: str) -> None:
    """The smallest set that covers what all found inputs do."""
    few = WORK / f"{name}-few"
    few.mkdir(exist_ok=True)
    for old in few.iterdir():
        old.unlink()
    with (WORK / f"{name}-merge.log").open("wb") as sink:
        _atheris(name, "-merge=1", str(few), str(WORK / name), sink=sink)
    inputs = sorted((one.read_bytes() for one in few.iterdir()), key=lambda given: (len(given), given))[:MAX_KEPT]
    if not inputs:
        return
    KEPT.mkdir(exist_ok=True)
    (KEPT / f"{name}.txt").write_text("".join(f"{b64encode(given).decode()}\n" for given in inputs))


def _atheris(*arguments: str, sink: BinaryIO) -> int:
    packages = next(environment("fuzz").parents[1].glob("lib/*/site-packages"))
    command = [sys.executable, "-m", "tests.fuzz.run", *arguments]
    variables = {**os.environ, "PYTHONPATH": f"{packages}:{ROOT}"}
    return subprocess.run(command, cwd=WORK, env=variables, stdout=sink, stderr=sink, check=False).returncode


def _escaped(word: str) -> str:
    return "".join(chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\x{byte:02x}" for byte in word.encode())


if __name__ == "__main__":
    sys.exit(main())
