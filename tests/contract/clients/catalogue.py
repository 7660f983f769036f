"""Which scenarios there are, read from the source: the test runner has no MLflow to import them with."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import NamedTuple

Version = tuple[int, ...]
FOLDER = Path(__file__).parent


class Mark(NamedTuple):
    """What `@scenario` says: the oldest client that has what the scenario uses, and whether it takes long."""

    since: Version
    slow: bool


def version(text: str) -> Version:
    """The generation of a release: (3, 17) for "3.17" and for "3.17.2"."""
    return tuple(int(part) for part in text.split(".")[:2])


def catalogue() -> dict[str, Mark]:
    """The scenarios by name: `<module>.<function>`."""
    found: dict[str, Mark] = {}
    for path in sorted(FOLDER.glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and (mark := _mark_of(node)):
                found[f"{path.stem}.{node.name}"] = mark
    return found


def _mark_of(function: ast.FunctionDef) -> Mark | None:
    for decorator in function.decorator_list:
        match decorator:
            case ast.Call(func=ast.Name(id="scenario"), args=[ast.Constant(value=str(since))], keywords=more):
                return Mark(version(since), slow=any(keyword.arg == "slow" for keyword in more))
    return None
