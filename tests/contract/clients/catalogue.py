"""Which scenarios there are, read from the source: the test runner has no MLflow to import them with."""

from __future__ import annotations

import ast
from pathlib import Path

Version = tuple[int, ...]
FOLDER = Path(__file__).parent


def version(text: str) -> Version:
    """The generation of a release: (3, 17) for "3.17" and for "3.17.2"."""
    return tuple(int(part) for part in text.split(".")[:2])


def catalogue() -> dict[str, Version]:
    """Names as `<module>.<function>`, each with the oldest client that has what the scenario uses."""
    found: dict[str, Version] = {}
    for path in sorted(FOLDER.glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and (since := _marked_since(node)):
                found[f"{path.stem}.{node.name}"] = version(since)
    return found


def _marked_since(function: ast.FunctionDef) -> str | None:
    for decorator in function.decorator_list:
        match decorator:
            case ast.Call(func=ast.Name(id="scenario"), args=[ast.Constant(value=str(since))]):
                return since
    return None
