"""Virtual environments beside our own, each made from a file of pinned requirements when it is first asked for."""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
OLDEST_PYTHON = "3.11"
STAMP = "requirements.sha256"


class Environment(NamedTuple):
    """`folder` is made from `requirements`, which `lock` resolves from the `.in` file beside it."""

    title: str
    folder: Path
    requirements: Path
    python: str = sys.executable

    def interpreter(self) -> Path:
        """Its Python; the environment is made now if it is missing or its requirements have changed."""
        digest = hashlib.sha256(self.requirements.read_bytes()).hexdigest()
        with _locked(self.folder.with_name(f"{self.folder.name}.lock")):
            if not self._is_current(digest):
                self._build()
                (self.folder / STAMP).write_text(digest)
        return self._interpreter

    def lock(self, command: str, *options: str) -> None:
        """Write the requirements anew, with the newest releases that fit together; `command` is what did it."""
        _uv(
            *("pip", "compile", "--quiet", "--upgrade", "--universal", "--python-version", OLDEST_PYTHON),
            *("--no-emit-index-url", "--no-annotate", "--custom-compile-command", command, *options),
            *(str(self.requirements.with_suffix(".in")), "--output-file", str(self.requirements)),
        )

    @property
    def _interpreter(self) -> Path:
        return self.folder / "bin" / "python"

    def _is_current(self, digest: str) -> bool:
        stamp = self.folder / STAMP
        # exists() follows the link: the Python it was made with may have been removed since.
        return stamp.is_file() and stamp.read_text() == digest and self._interpreter.exists()

    def _build(self) -> None:
        _say(f"{self.title}: installing into {self.folder} (needed once) …")
        started = time.monotonic()
        _uv(
            *("venv", "--quiet", "--no-project", "--no-python-downloads", "--clear"),
            *("--python", self.python, str(self.folder)),
        )
        _uv("pip", "sync", "--quiet", "--python", str(self._interpreter), str(self.requirements))
        _say(f"{self.title}: ready after {time.monotonic() - started:.0f} s")


def main(
    about: str, names: Sequence[str], environment: Callable[[str], Path], lock: Callable[[str], None], what: str
) -> int:
    """The command line of a family of environments: makes the named ones (all, if none is) and prints their Pythons."""
    parser = argparse.ArgumentParser(description=about.partition("\n")[0])
    parser.add_argument("--lock", action="store_true", help="write the requirement files anew first")
    parser.add_argument("names", nargs="*", metavar=what.upper(), help=f"any of {', '.join(names)}")
    options = parser.parse_args()
    unknown = set(options.names) - set(names)
    if unknown:
        parser.error(f"unknown {what} {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    try:
        for name in options.names or names:
            if options.lock:
                lock(name)
            print(environment(name))
    except subprocess.CalledProcessError as failure:
        _say(f"uv ended with exit code {failure.returncode}; its message is above")
        return 1
    return 0


def _uv(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "uv", *arguments], check=True)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One process at a time; the lock goes with the process, so a killed one leaves nothing behind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
