"""Virtual environments of what Trackline is compared with: FastTrackML, and MLflow with a driver of PostgreSQL.

    python -m bench.environments [--lock] [NAME ...]

makes `.cache/bench/<name>/` from `bench/requirements/<name>.txt`; `--lock` writes that file anew first.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tools.environments import ROOT, Environment, main

REQUIREMENTS = Path(__file__).with_name("requirements")
ENVIRONMENTS = ROOT / ".cache" / "bench"
# FastTrackML is one program; what its package asks for beside it is for its Python client.
OPTIONS = {"fasttrackml": ("--no-deps",), "mlflow-postgresql": ()}


def environment(name: str) -> Path:
    """The interpreter of the program's environment, which is made now if it is missing or outdated."""
    return _of(name).interpreter()


def lock(name: str) -> None:
    """Resolve `<name>.in` into `<name>.txt`."""
    _of(name).lock(f"python -m bench.environments --lock {name}", *OPTIONS[name])


def _of(name: str) -> Environment:
    return Environment(f"environment '{name}'", ENVIRONMENTS / name, REQUIREMENTS / f"{name}.txt")


if __name__ == "__main__":
    sys.exit(main(__doc__ or "", tuple(OPTIONS), environment, lock, "name"))
