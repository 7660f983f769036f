"""The web interface's own tests, and what of it is made from the server."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

from tests.web import built_web
from tools.build_web import build, npm
from tools.web_types import TARGET, typescript
from trackline.wire.errors import SPELLINGS
from trackline.wire.ui import SPOKEN

ROOT = Path(__file__).resolve().parents[2]


def test_the_pages_know_the_servers_messages_as_they_are() -> None:
    assert TARGET.read_text() == typescript(SPOKEN), "run make web"


def test_the_tests_of_calc_pass() -> None:
    built_web()
    outcome = npm(ROOT / "web", "test")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def test_what_is_built_is_not_built_again() -> None:
    built_web()
    assert not build(ROOT)


def test_the_lock_names_no_registry() -> None:
    assert '"resolved"' not in (ROOT / "web" / "package-lock.json").read_text()


def test_who_reads_spanish_has_words_for_every_refusal_and_for_all_that_the_access_log_says() -> None:
    words = ROOT / "web" / "src" / "calc" / "words"
    refusals, log = (words / "refusals.ts").read_text(), (words / "accessLog.ts").read_text()
    assert [one.error_code for one in SPELLINGS if one.status != 401 and f"  {one.error_code}: " not in refusals] == []
    calls = [
        node
        for file in (ROOT / "trackline").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and "note_access" in (ast.unparse(node.func), *map(ast.unparse, node.args[:1]))
    ]
    said = {
        one.value
        for call in calls
        for one in ast.walk(call.args[1])
        if isinstance(one, ast.Constant) and isinstance(one.value, str)
    }
    assert len(said) > 15
    assert [what for what in said if f"  {what}: " not in log and f'  "{what}": ' not in log] == []


def test_nothing_built_is_in_the_repository() -> None:
    kept = subprocess.run(
        ["git", "ls-files", "trackline/static", "web/node_modules"], cwd=ROOT, capture_output=True, check=True
    )
    assert kept.stdout == b""
