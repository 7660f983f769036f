"""tools/house.py reports each kind of breach, and only that."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.house import breaches

ROOT = Path(__file__).resolve().parents[2]
LONG_FUNCTION = "def f():\n" + "    g()\n" * 40
LONG_FILE = "x = 1\n" * 401
MANY_METHODS = "class C:\n" + "".join(f"    def m{number}(self): ...\n" for number in range(16))

BAD = [
    ("trackline/server/runs.py", 'tx.all("SELECT id FROM runs")', "SQL outside"),
    ("trackline/server/runs.py", 'tx.all(f"SELECT {columns}\\nFROM runs")', "SQL outside"),
    ("trackline/jobs/gc.py", 'sql = "DELETE FROM runs"', "SQL outside"),
    ("trackline/wire/runs.py", 'sql = "UPDATE runs SET status = :status"', "SQL outside"),
    ("trackline/cli/main.py", 'sql = "INSERT OR IGNORE INTO runs VALUES (1)"', "SQL outside"),
    ("trackline/cli/main.py", 'sql = "PRAGMA user_version"', "SQL outside"),
    ("trackline/cli/main.py", "import os\nport = os.environ['PORT']", "os.environ outside"),
    ("trackline/cli/main.py", "import os\nport = os.getenv('PORT')", "os.getenv outside"),
    ("trackline/cli/main.py", "from os import environ", "os.environ outside"),
    ("trackline/store/runs.py", LONG_FUNCTION, "f() has 41 lines"),
    ("trackline/store/runs.py", "async " + LONG_FUNCTION, "f() has 41 lines"),
    ("tools/big.py", MANY_METHODS, "class C has 16 methods"),
    ("bench/big.py", LONG_FILE, "401 lines"),
    ("tests/store/test_runs.py", LONG_FILE, "401 lines"),
    ("trackline/store/migrations/sqlite/0001.sql", LONG_FILE, "401 lines"),
    ("web/src/pages/runs.ts", "const answer = await fetch(url)", "fetch( outside"),
    ("docs/start.md", "trackline server --data /home/ann/data", "somebody's machine"),
    ("tools/paths.py", 'cache = "/root/.cache"', "somebody's machine"),
    ("docs/windows.md", r"C:\Users\ann", "somebody's machine"),
    ("requirements.lock", "--index-url https://pypi.org/simple", "package registry"),
    ("web/lock.json", '"resolved": "https://registry.npmjs.org/d3"', "package registry"),
    ("trackline/wire/runs.py", "x = 1  # TODO: more", "unfinished"),
    (".ci/run", "# FIXME", "unfinished"),
]

GOOD = [
    ("trackline/store/runs.py", 'tx.all("SELECT id FROM runs")'),
    ("trackline/jobs/importers/mlflow.py", 'sql = "SELECT id FROM runs"'),
    ("tests/store/test_runs.py", 'tx.all("SELECT id FROM runs")'),
    ("trackline/server/runs.py", '"""SELECT id FROM runs is what the store does."""'),
    ("trackline/cli/main.py", 'say("select the runs from the table, update your set, delete from disk")'),
    ("trackline/settings.py", "import os\nport = os.environ['PORT']"),
    ("tools/demo.py", "import os\nvariables = dict(os.environ)"),
    ("trackline/store/runs.py", LONG_FUNCTION.replace("    g()\n", "", 1)),
    ("tests/store/test_runs.py", LONG_FUNCTION + MANY_METHODS),
    ("docs/long.md", LONG_FILE),
    ("web/src/api/client.ts", "const answer = await fetch(url)"),
    ("web/src/pages/runs.ts", "prefetch(url); fetchRuns(url)"),
    ("docs/start.md", "sqlite:////home/ann/trackline.db, {root}/work/x, ~/data, https://a.org/home/page"),
    ("notes/anything.md", "TODO in a folder that is no room of the house"),
    (".venv/lib/site.py", "# TODO"),
    ("trackline/__pycache__/runs.py", "# TODO"),
    ("trackline/picture.bin", "TODO\0"),
]


@pytest.mark.parametrize(("path", "text", "rule"), BAD)
def test_a_breach_is_reported_where_it_is(tmp_path: Path, path: str, text: str, rule: str) -> None:
    write(tmp_path, path, text)

    (breach,) = breaches(tmp_path)

    assert breach.path == path
    assert rule in breach.rule
    assert 1 <= breach.line <= len(text.splitlines())
    assert breach.way_out


@pytest.mark.parametrize(("path", "text"), GOOD)
def test_sound_code_is_left_alone(tmp_path: Path, path: str, text: str) -> None:
    (tmp_path / ".gitignore").write_text("# caches\n/.venv/\n__pycache__/\n")
    write(tmp_path, path, text)

    assert list(breaches(tmp_path)) == []


def test_the_line_of_a_breach_is_its_own(tmp_path: Path) -> None:
    write(tmp_path, "trackline/cli/main.py", 'import os\n\nport = os.environ["PORT"]\n')

    (breach,) = breaches(tmp_path)

    assert str(breach) == ("trackline/cli/main.py:3: os.environ outside trackline/settings.py: make it a setting")


def test_the_root_shows_sixteen_names_and_no_more(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("/data/\n")
    for name in [*"abcdefghijklmnop", "data"]:
        (tmp_path / name).mkdir()
    assert list(breaches(tmp_path)) == []

    (tmp_path / "q").mkdir()

    (breach,) = breaches(tmp_path)
    assert breach.rule == "17 names in the root, more than 16"


def test_this_project_keeps_the_rules_of_its_house() -> None:
    assert [str(breach) for breach in breaches(ROOT)] == []


def write(root: Path, path: str, text: str) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
