"""Virtual environments of the stock MLflow clients that the contract tests drive, one per generation.

    python -m tools.client_environments [--lock] [VERSION ...]

makes `.cache/clients/<version>/` from `tests/contract/requirements/<version>.txt`, for all versions when
none is named. An environment is kept until its requirement file changes. `--lock` writes those files anew
from the `.in` files beside them, with the newest releases that fit together.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tools.environments import OLDEST_PYTHON, ROOT, Environment, main

REQUIREMENTS = ROOT / "tests" / "contract" / "requirements"
ENVIRONMENTS = ROOT / ".cache" / "clients"
# The current client runs on our own Python. What the older ones need has no wheels for newer Pythons, so they
# want a 3.11 on the machine; uv is kept from downloading one unasked.
PYTHONS = {
    "3.17": sys.executable,
    "2.22": OLDEST_PYTHON,
    "2.22-stores": OLDEST_PYTHON,
    "2.3": OLDEST_PYTHON,
    "2.3-stores": OLDEST_PYTHON,
}
# The stores of MLflow 2.3 do not run with the SQLAlchemy that its client does not mind; those of 2.22 need a driver for
# PostgreSQL.
VERSIONS = tuple(version for version in PYTHONS if not version.endswith("-stores"))


def environment(version: str) -> Path:
    """The interpreter of a client's environment, which is made now if it is missing or outdated."""
    return _of(version).interpreter()


def lock(version: str) -> None:
    """Resolve `<version>.in` into the pinned `<version>.txt`."""
    _of(version).lock(f"python -m tools.client_environments --lock {version}")


def _of(version: str) -> Environment:
    requirements = REQUIREMENTS / f"{version}.txt"
    return Environment(f"MLflow {version} client", ENVIRONMENTS / version, requirements, PYTHONS[version])


if __name__ == "__main__":
    sys.exit(main(__doc__ or "", tuple(PYTHONS), environment, lock, "version"))
