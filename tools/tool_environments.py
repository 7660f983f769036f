"""Virtual environments of programs that look at Trackline from outside, which its own lock need not hold.

    python -m tools.tool_environments [--lock] [NAME ...]

makes `.cache/tools/<name>/` from `tools/requirements/<name>.txt`; `--lock` writes that file anew first. What the images
of deploy/notebooks hold has its file there.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tools.environments import ROOT, Environment, main

REQUIREMENTS = ROOT / "tools" / "requirements"
ENVIRONMENTS = ROOT / ".cache" / "tools"
NOTEBOOKS = ROOT / "deploy" / "notebooks"
IN_IMAGES = {"notebooks": NOTEBOOKS / "requirements.txt", "pycaret": NOTEBOOKS / "requirements-pycaret.txt"}
NAMES = ("audit", "awscli", "fuzz", "kubernetes", "openapi", *IN_IMAGES)


def environment(name: str) -> Path:
    """The interpreter of the tool's environment, which is made now if it is missing or outdated."""
    return _of(name).interpreter()


def lock(name: str) -> None:
    """Resolve `<name>.in` into `<name>.txt`, with hashes."""
    _of(name).lock(f"python -m tools.tool_environments --lock {name}", "--generate-hashes")


def _of(name: str) -> Environment:
    requirements = IN_IMAGES.get(name, REQUIREMENTS / f"{name}.txt")
    return Environment(f"environment '{name}'", ENVIRONMENTS / name, requirements)


if __name__ == "__main__":
    sys.exit(main(__doc__ or "", NAMES, environment, lock, "name"))
