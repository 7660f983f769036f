"""Reads YAML for tests, by the interpreter of an environment that has a parser: ours needs none."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from tools.tool_environments import environment

READER = "import json, sys, yaml; json.dump(list(yaml.safe_load_all(sys.stdin)), sys.stdout)"


def documents(text: str) -> list[Any]:
    """Each document of the text, anchors resolved."""
    read = subprocess.run(
        [environment("kubernetes"), "-c", READER], input=text, capture_output=True, text=True, check=True
    )
    found: list[Any] = json.loads(read.stdout)
    return found
