"""Virtual environments of the stock MLflow clients that the contract tests drive, one per generation.

    python tools/client_environments.py [--lock] [VERSION ...]

makes `.cache/clients/<version>/` from `tests/contract/requirements/<version>.txt`, for all versions when
none is named. An environment is kept until its requirement file changes. `--lock` writes those files anew
from the `.in` files beside them, with the newest releases that fit together.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = ROOT / "tests" / "contract" / "requirements"
ENVIRONMENTS = ROOT / ".cache" / "clients"
OLDEST_PYTHON = "3.11"
# The current client runs on our own Python. What the older ones need has no wheels for newer Pythons, so they
# want a 3.11 on the machine; uv is kept from downloading one unasked.
PYTHONS = {"3.17": sys.executable, "2.22": OLDEST_PYTHON, "2.3": OLDEST_PYTHON}
VERSIONS = tuple(PYTHONS)
STAMP = "requirements.sha256"


def environment(version: str) -> Path:
    """The interpreter of a client's environment, which is made now if it is missing or outdated."""
    folder = ENVIRONMENTS / version
    requirements = REQUIREMENTS / f"{version}.txt"
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()
    with _locked(ENVIRONMENTS / f"{version}.lock"):
        if not _is_current(folder, digest):
            _build(version, folder, requirements)
            (folder / STAMP).write_text(digest)
    return _interpreter(folder)


def lock(version: str) -> None:
    """Resolve `<version>.in` into the pinned `<version>.txt`."""
    _uv(
        *("pip", "compile", "--quiet", "--upgrade", "--universal", "--python-version", OLDEST_PYTHON),
        *("--no-emit-index-url", "--no-annotate"),
        *("--custom-compile-command", f"python tools/client_environments.py --lock {version}"),
        *(str(REQUIREMENTS / f"{version}.in"), "--output-file", str(REQUIREMENTS / f"{version}.txt")),
    )


def _is_current(folder: Path, digest: str) -> bool:
    stamp = folder / STAMP
    # exists() follows the link: the Python it was made with may have been removed since.
    return stamp.is_file() and stamp.read_text() == digest and _interpreter(folder).exists()


def _build(version: str, folder: Path, requirements: Path) -> None:
    _say(f"MLflow {version} client: installing into {folder} (needed once) …")
    started = time.monotonic()
    _uv(
        "venv", "--quiet", "--no-project", "--no-python-downloads", "--clear", "--python", PYTHONS[version], str(folder)
    )
    _uv("pip", "sync", "--quiet", "--python", str(_interpreter(folder)), str(requirements))
    _say(f"MLflow {version} client: ready after {time.monotonic() - started:.0f} s")


def _interpreter(folder: Path) -> Path:
    return folder / "bin" / "python"


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


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--lock", action="store_true", help="write the requirement files anew first")
    parser.add_argument("versions", nargs="*", metavar="VERSION", help=f"any of {', '.join(VERSIONS)}")
    options = parser.parse_args()
    unknown = set(options.versions) - set(VERSIONS)
    if unknown:
        parser.error(f"unknown version {', '.join(sorted(unknown))}; there are {', '.join(VERSIONS)}")
    try:
        for version in options.versions or VERSIONS:
            if options.lock:
                lock(version)
            print(environment(version))
    except subprocess.CalledProcessError as failure:
        _say(f"uv ended with exit code {failure.returncode}; its message is above")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
