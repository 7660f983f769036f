"""The compose file and the Dockerfiles keep what docs/compose.md promises, as far as it shows without a start."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.containers.engine import COMPOSE
from tests.deploy.yaml_files import documents
from tests.servers import ROOT, clean_environment

FOLDER = ROOT / "deploy" / "compose"
DOCKERFILES = sorted((ROOT / "deploy").rglob("Dockerfile*"))
IMAGE = re.compile(r"^(\$\{\w+:-)?[\w./-]+:\d[\w.-]*\}?$")
SETTABLE = re.compile(r"\$\{(\w+):-")


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    (found,) = documents((FOLDER / "compose.yaml").read_text())
    parts: dict[str, Any] = found["services"]
    return parts


def test_images_have_a_version(services: dict[str, Any]) -> None:
    assert [name for name, part in services.items() if not IMAGE.match(part["image"])] == []
    bases = [line.split()[1] for file in DOCKERFILES for line in file.read_text().splitlines() if line[:5] == "FROM "]
    assert set(bases) == {"debian:bookworm-slim", "python"}  # the second is a stage


def test_ports_are_shown_to_this_machine_unless_told_otherwise(services: dict[str, Any]) -> None:
    shown = {port for part in services.values() for port in part.get("ports", [])}

    assert shown == {f"${{ADDRESS:-127.0.0.1}}:{port}:{port}" for port in (5000, 8888, 9000, 9001)}


def test_each_variable_is_in_the_example_and_in_the_guide(services: dict[str, Any]) -> None:
    example, guide = (FOLDER / ".env.example").read_text(), (ROOT / "docs" / "compose.md").read_text()
    used = set(SETTABLE.findall((FOLDER / "compose.yaml").read_text()))

    assert {name for name in used if f"#{name}=" not in example} == set()
    assert {name for name in ("ADDRESS", "COMPOSE_PROFILES", "KEYS", "NOTEBOOKS") if name not in guide} == set()
    assert [f"| `{name}` |" for name in services if f"| `{name}` |" not in guide] == []


@pytest.mark.parametrize("files", [["compose.yaml"], ["compose.yaml", "ceph.yaml"]], ids=" + ".join)
def test_the_oldest_compose_understands_it(files: list[str]) -> None:
    if not Path(COMPOSE).exists():
        pytest.skip("Debian's docker-compose is not installed: apt-get install docker-compose")
    named = [argument for file in files for argument in ("--file", str(FOLDER / file))]

    read = subprocess.run(
        [COMPOSE, *named, "config"], env=clean_environment(), capture_output=True, text=True, check=False
    )

    assert (read.returncode, read.stderr) == (0, "")


def test_keys_are_made_once_and_stay(tmp_path: Path) -> None:
    if shutil.which("base64") is None:
        pytest.skip("base64 is not installed")
    script = tmp_path / "keys.sh"
    script.write_text((FOLDER / "keys.sh").read_text().replace("/run/keys", str(tmp_path / "keys")))
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "credentials").write_text("of another store\n")

    made = []
    for _ in range(2):
        subprocess.run(["sh", script], check=True)
        made.append({path.name: path.read_text() for path in (tmp_path / "keys").iterdir()})

    assert made[0] == made[1]
    assert made[0]["credentials"] == "of another store\n"
    assert not made[0]["jupyter-token"].endswith("\n"), "JupyterLab takes the file as it is"
    assert made[0]["postgres"] == f"postgresql://trackline:{made[0]['postgres-password']}@postgres/trackline\n"
    assert len({made[0][name] for name in ("s3-secret", "console-password", "jupyter-token", "postgres-password")}) == 4
