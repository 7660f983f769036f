"""The guides hold together: links lead somewhere, quoted messages exist, both languages of the README say the same."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ENGLISH, SPANISH = ROOT / "README.md", ROOT / "docs" / "README.es.md"
INDEX = ROOT / "docs" / "README.md"
GUIDES = (ENGLISH, *sorted((ROOT / "docs").rglob("*.md")))
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^(#+) (.*)$", re.MULTILINE)
BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r" +# .*$", re.MULTILINE)
MESSAGE = re.compile(r"^- `(.+)`$", re.MULTILINE)


def anchors(text: str) -> set[str]:
    """Of the headings, as the sites that show Markdown name them."""
    named = (re.sub(r"[^\w\- ]", "", title.lower()) for _, title in HEADING.findall(BLOCK.sub("", text)))
    return {name.strip().replace(" ", "-") for name in named}


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
def test_links_lead_somewhere(guide: Path) -> None:
    broken = []
    for link in LINK.findall(BLOCK.sub("", guide.read_text())):
        path, _, anchor = link.partition("#")
        if "://" in link:
            continue
        target = (guide.parent / path).resolve() if path else guide
        if not target.exists() or (anchor and anchor not in anchors(target.read_text())):
            broken.append(link)

    assert broken == []


def test_the_index_names_every_guide() -> None:
    named = {(INDEX.parent / link).resolve() for link in LINK.findall(INDEX.read_text())}

    assert {guide for guide in GUIDES if guide.is_relative_to(INDEX.parent) and guide != INDEX} <= named


def test_both_languages_of_the_readme_have_the_same_parts() -> None:
    english, spanish = (
        [len(level) for level, _ in HEADING.findall(BLOCK.sub("", file.read_text()))] for file in (ENGLISH, SPANISH)
    )

    assert english == spanish


def test_both_languages_of_the_readme_show_the_same_code_links_and_figures() -> None:
    english, spanish = (file.read_text() for file in (ENGLISH, SPANISH))

    def code(text: str) -> list[str]:
        return [COMMENT.sub("", block) for block in BLOCK.findall(text)]

    def places(file: Path) -> set[Path]:
        return {(file.parent / link.partition("#")[0]).resolve() for link in LINK.findall(file.read_text())}

    def rows(text: str) -> list[int]:
        return [line.count("|") for line in text.splitlines() if line.startswith("|")]

    assert code(english) == code(spanish)
    assert places(ENGLISH) - {SPANISH} == places(SPANISH) - {ENGLISH}
    assert rows(english) == rows(spanish)


def literals(file: Path) -> Iterator[str]:
    """Each text of the program as written: a value that is put in leaves a gap, and gaps are …."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.JoinedStr):
            parts = (part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
            yield "".join(str(part) for part in parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield re.sub(r"\{[^{}]*\}", "…", node.value)


@cache
def said_by_the_program() -> str:
    """All texts; those that are put together of several keep their order."""
    return "\n".join(text for file in sorted((ROOT / "trackline").rglob("*.py")) for text in literals(file))


TROUBLES = MESSAGE.findall((ROOT / "docs" / "troubleshooting.md").read_text())


@pytest.mark.parametrize("message", TROUBLES)
def test_a_quoted_message_is_one_that_the_program_says(message: str) -> None:
    parts = [part for part in re.split("…", message) if len(part.strip(" .:'")) > 2]

    assert parts
    assert [part for part in parts if part.strip() not in said_by_the_program()] == []
