"""The house rules that neither ruff nor import-linter can express.

    python tools/house.py

prints `file:line: what is wrong: way out` for each breach and ends with 1 when there is one. Ruff holds
the rest: at most six arguments, no `noqa` or `type: ignore` without a code.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

ROOMS = ("trackline", "tests", "tools", "bench", "docs", "deploy", "web", ".ci", ".github")
WRITTEN_BY_TOOLS = ("web/src/api/types.ts",)
SAMPLES = "tests/house/test_house_linter.py"  # bad code on purpose
CODE = (".py", ".sql", ".ts", ".tsx", ".js", ".svelte")

FILE_LINES, FUNCTION_LINES, CLASS_METHODS, ROOT_NAMES = 400, 40, 15, 16

SQL_ROOMS = ("trackline/store/", "trackline/db/", "trackline/jobs/importers/", "trackline/jobs/exporters/")
SQL = re.compile(
    r"\bSELECT\s.*\sFROM\b|\bINSERT\s+(OR\s+\w+\s+)?INTO\b|\bREPLACE\s+INTO\b|\bUPDATE\s+\S+\s+SET\b"
    r"|\bDELETE\s+FROM\b|\b(CREATE|ALTER|DROP)\s+(\w+\s+)?(TABLE|INDEX|VIEW|TRIGGER)\b|\bPRAGMA\s+\w",
    re.DOTALL,
)
ENVIRONMENT = {"environ", "environb", "getenv"}
FETCH = re.compile(r"\bfetch\s*\(")
# Behind another slash it is part of an address: sqlite:////home/… is an example, nobody's machine.
MACHINE_PATH = re.compile(r"(?<![\w./}])/(home|Users|root|work)/[\w.]|\b[A-Z]:\\+Users\\")
REGISTRY = re.compile(r"\b(pypi\.org|pythonhosted\.org|npmjs\.(org|com))\b")
UNFINISHED = re.compile(r"\b(TOD[O]|FIXM[E])\b")


class Breach(NamedTuple):
    path: str
    line: int
    rule: str
    way_out: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.way_out}"


@dataclass(frozen=True)
class Source:
    """A text file; `path` is relative to the root, with slashes."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @cached_property
    def prose_and_parts(self) -> set[ast.expr]:
        """Docstrings, and the pieces of f-strings (which are read as a whole)."""
        found: set[ast.expr] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Expr):
                found.add(node.value)
            if isinstance(node, ast.JoinedStr):
                found.update(node.values)
        return found

    def is_under(self, *folders: str) -> bool:
        return self.path.startswith(folders)

    def breach(self, line: int, rule: str, way_out: str) -> Breach:
        return Breach(self.path, line, rule, way_out)


def sql_stays_in_its_rooms(source: Source) -> Iterator[Breach]:
    if not source.is_under("trackline/") or source.is_under(*SQL_ROOMS):
        return
    for node in ast.walk(source.tree):
        if node not in source.prose_and_parts and SQL.search(literal(node)):
            yield source.breach(line_of(node), "SQL outside its rooms", f"move it to {', '.join(SQL_ROOMS)}")


def environment_is_read_at_the_door(source: Source) -> Iterator[Breach]:
    if not source.is_under("trackline/") or source.path == "trackline/settings.py":
        return
    for node in ast.walk(source.tree):
        match node:
            case ast.Attribute(attr=name):
                names = {name}
            case ast.ImportFrom(module="os", names=aliases):
                names = {alias.name for alias in aliases}
            case _:
                continue
        for name in names & ENVIRONMENT:
            yield source.breach(line_of(node), f"os.{name} outside trackline/settings.py", "make it a setting")


def code_is_small(source: Source) -> Iterator[Breach]:
    if not source.is_under("trackline/", "tools/", "bench/"):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES:
                rule = f"{node.name}() has {lines} lines, more than {FUNCTION_LINES}"
                yield source.breach(node.lineno, rule, "give the step hidden in it a name of its own")
        if isinstance(node, ast.ClassDef):
            methods = sum(isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) for child in node.body)
            if methods > CLASS_METHODS:
                rule = f"class {node.name} has {methods} methods, more than {CLASS_METHODS}"
                yield source.breach(node.lineno, rule, "look for the second class hidden in it")


def files_are_small(source: Source) -> Iterator[Breach]:
    lines = len(source.text.splitlines())
    if source.path.endswith(CODE) and source.path not in WRITTEN_BY_TOOLS and lines > FILE_LINES:
        rule = f"{lines} lines, more than {FILE_LINES}"
        yield source.breach(FILE_LINES + 1, rule, "look for the second room hidden in it")


def fetch_stays_in_the_api_room(source: Source) -> Iterator[Breach]:
    if source.is_under("web/") and source.path.endswith(CODE) and not source.is_under("web/src/api/"):
        yield from each_line(source, FETCH, "fetch( outside web/src/api", "call the function of web/src/api")


def nothing_names_a_machine(source: Source) -> Iterator[Breach]:
    yield from each_line(source, MACHINE_PATH, "a path of somebody's machine", "use a relative path or ~")
    yield from each_line(source, REGISTRY, "a package registry's address", "leave the choice to the user's settings")


def nothing_is_left_unfinished(source: Source) -> Iterator[Breach]:
    yield from each_line(source, UNFINISHED, "unfinished work", "do it, or open an issue and drop the note")


PYTHON_RULES = (sql_stays_in_its_rooms, environment_is_read_at_the_door, code_is_small)
TEXT_RULES = (
    files_are_small,
    fetch_stays_in_the_api_room,
    nothing_names_a_machine,
    nothing_is_left_unfinished,
)


def breaches(root: Path) -> Iterator[Breach]:
    """Every breach of the house rules in the project at `root`."""
    ignored = ignore_patterns(root)
    names = [path.name for path in kept(root, root, ignored) if not path.name.startswith(".")]
    if len(names) > ROOT_NAMES:
        rule = f"{len(names)} names in the root, more than {ROOT_NAMES}"
        yield Breach(".", 1, rule, f"move one into a room or ignore it: {', '.join(names)}")
    for source in sources(root, root, ignored):
        for rule_of_text in TEXT_RULES:
            yield from rule_of_text(source)
        if source.path.endswith(".py"):
            for rule_of_python in PYTHON_RULES:
                yield from rule_of_python(source)


def sources(root: Path, folder: Path, ignored: list[str]) -> Iterator[Source]:
    """The text files of the rooms and of the root itself."""
    for path in kept(root, folder, ignored):
        relative = path.relative_to(root).as_posix()
        if path.is_dir():
            if relative.partition("/")[0] in ROOMS:
                yield from sources(root, path, ignored)
        elif relative != SAMPLES and b"\0" not in (content := path.read_bytes()):
            yield Source(relative, content.decode(errors="replace"))


def kept(root: Path, folder: Path, ignored: list[str]) -> list[Path]:
    """What a folder holds that .gitignore does not name."""
    return [path for path in sorted(folder.iterdir()) if not is_ignored(path.relative_to(root).as_posix(), ignored)]


def ignore_patterns(root: Path) -> list[str]:
    file = root / ".gitignore"
    lines = file.read_text().splitlines() if file.exists() else []
    return [".git", *(line.rstrip("/") for line in lines if line and not line.startswith("#"))]


def is_ignored(relative: str, patterns: list[str]) -> bool:
    """As git reads our .gitignore: a pattern with a slash in front is a path, any other one a name."""
    name = relative.rpartition("/")[2]
    return any(fnmatch("/" + relative if pattern.startswith("/") else name, pattern) for pattern in patterns)


def literal(node: ast.AST) -> str:
    """The text of a string literal, with a place-holder for each expression of an f-string."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(literal(part) or "?" for part in parts)
    return ""


def each_line(source: Source, pattern: re.Pattern[str], rule: str, way_out: str) -> Iterator[Breach]:
    for number, line in enumerate(source.text.splitlines(), start=1):
        if pattern.search(line):
            yield source.breach(number, rule, way_out)


def line_of(node: ast.AST) -> int:
    return getattr(node, "lineno", 1)


def main() -> int:
    found = list(breaches(Path(__file__).resolve().parents[1]))
    for breach in found:
        print(breach)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
