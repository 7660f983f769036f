"""The environments of the clients are made once, and again when their requirements change."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.servers import ROOT
from tools import client_environments
from tools.client_environments import environment

VERSION = "3.17"


def write_wheel(folder: Path, release: str) -> Path:
    """A package of one module, `sample`, that knows its release; so nothing is fetched from an index."""
    wheel = folder / f"sample-{release}-py3-none-any.whl"
    info = f"sample-{release}.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("sample.py", f"release = {release!r}\n")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: sample\nVersion: {release}\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return wheel


@pytest.fixture
def requirements(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(client_environments, "REQUIREMENTS", tmp_path)
    monkeypatch.setattr(client_environments, "ENVIRONMENTS", tmp_path / "environments")
    file = tmp_path / f"{VERSION}.txt"
    file.write_text(str(write_wheel(tmp_path, "1.0")))
    return file


def installed(python: Path) -> str:
    command = [str(python), "-c", "import sample; print(sample.release)"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_an_environment_is_made_once(requirements: Path) -> None:
    python = environment(VERSION)
    (python.parents[1] / "mark").touch()
    assert environment(VERSION) == python
    assert installed(python) == "1.0"
    assert (python.parents[1] / "mark").exists()


def test_changed_requirements_make_it_anew(requirements: Path) -> None:
    environment(VERSION)
    requirements.write_text(str(write_wheel(requirements.parent, "2.0")))
    assert installed(environment(VERSION)) == "2.0"


def test_an_installation_cut_short_is_made_anew(requirements: Path) -> None:
    requirements.write_text("./missing-1.0-py3-none-any.whl")
    with pytest.raises(subprocess.CalledProcessError):
        environment(VERSION)
    requirements.write_text(str(write_wheel(requirements.parent, "1.0")))
    assert installed(environment(VERSION)) == "1.0"


def test_two_processes_at_once_make_one_environment(requirements: Path) -> None:
    program = (
        "import pathlib, sys; from tools import client_environments as tool;"
        "tool.REQUIREMENTS = pathlib.Path(sys.argv[1]); tool.ENVIRONMENTS = tool.REQUIREMENTS / 'environments';"
        f"print(tool.environment({VERSION!r}))"
    )
    command = [sys.executable, "-c", program, str(requirements.parent)]
    both = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    answers = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], answers
    (first, _), (second, _) = answers
    assert first == second and installed(Path(first.strip())) == "1.0"
    assert sum("installing" in said for _, said in answers) == 1
