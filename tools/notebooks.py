"""Writes the example notebooks, in each language, from the one text of both.

    python -m tools.notebooks

A file of deploy/notebooks/source becomes one below deploy/notebooks/en and one below es. What stands after `:::en` and
`:::es` is a cell of text in that language, a block of python a cell that both share; nothing of a run is kept in them.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "deploy" / "notebooks"
LANGUAGES = ("en", "es")
_CELL = re.compile(
    r"^:::(?P<language>en|es)\n(?P<text>.*?)(?=^:::|^```|\Z)|^```python\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL
)


def sources() -> list[Path]:
    return sorted((FOLDER / "source").glob("*.md"))


def notebook(source: str, language: str) -> str:
    """The JSON of the notebook (format 4.5)."""
    content = {
        "cells": list(_cells(source, language)),
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _cells(source: str, language: str) -> Iterator[dict[str, object]]:
    """Ids are those of the place in the source, so that a cell has the same in each language."""
    for place, cell in enumerate(_CELL.finditer(source)):
        common: dict[str, object] = {"id": f"cell-{place}", "metadata": {}}
        if cell["code"] is not None:
            code: dict[str, object] = {"cell_type": "code", "execution_count": None, "outputs": []}
            yield common | code | {"source": _lines(cell["code"])}
        elif cell["language"] == language:
            yield common | {"cell_type": "markdown", "source": _lines(cell["text"])}


def _lines(text: str) -> list[str]:
    return text.strip().splitlines(keepends=True)


def main() -> int:
    for source in sources():
        for language in LANGUAGES:
            target = FOLDER / language / f"{source.stem}.ipynb"
            target.parent.mkdir(exist_ok=True)
            target.write_text(notebook(source.read_text(), language))
            print(target.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
