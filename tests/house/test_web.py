"""The web interface's own tests, and what of it is made from the server."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.web import built_web
from tools.build_web import build, npm
from tools.web_types import TARGET, typescript
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


def test_nothing_built_is_in_the_repository() -> None:
    kept = subprocess.run(
        ["git", "ls-files", "trackline/static", "web/node_modules"], cwd=ROOT, capture_output=True, check=True
    )
    assert kept.stdout == b""
