"""The Makefile tells a newcomer what to do, whatever Python the machine has."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OLD = """#!/bin/sh
if [ "$1" = --version ]; then echo 'Python 3.9.2'; else exit 1; fi
"""
WITHOUT_VENV = """#!/bin/sh
case "$2" in *ensurepip*) exit 1 ;; esac
exit 0
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def test_help_is_the_default_and_names_every_verb() -> None:
    verbs = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[0].split()

    page = make(ROOT).stdout

    assert [verb for verb in verbs if f"make {verb} " not in page] == []


@pytest.mark.parametrize(
    ("script", "advice"),
    [
        (None, "there is no './python' here. Name yours: make PYTHON=/path/to/python3.11"),
        (OLD, "'./python' is older (Python 3.9.2). Name a newer one: make PYTHON=python3.11"),
        (WITHOUT_VENV, "its venv module is missing. On Debian or Ubuntu: apt install python3-venv"),
    ],
    ids=["no python", "an old python", "a python without venv"],
)
def test_a_python_that_will_not_do_gets_one_line_of_advice(clone: Path, script: str | None, advice: str) -> None:
    if script:
        (clone / "python").write_text(script)
        (clone / "python").chmod(0o755)

    outcome = make(clone, "test", "PYTHON=./python")

    assert outcome.returncode == 2
    assert advice in outcome.stderr.splitlines()[0]
    assert not (clone / ".venv").exists()


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # The make that runs these tests must not pass its flags on.
    variables = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    command = ["make", "--no-print-directory", *arguments]
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
