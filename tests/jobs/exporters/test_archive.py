"""An archive brings to another Trackline what the first one has, or is refused."""

from __future__ import annotations

import io
import shutil
import sqlite3
import subprocess
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.jobs.importers.made import reader, trackline
from tests.servers import running_server


def places(folder: Path) -> list[str]:
    database = f"--backend-store-uri=sqlite:///{folder / 'trackline.db'}"
    return [database, f"--artifacts-destination={folder / 'artifacts'}"]


def archived(folder: Path, target: Path, *flags: str) -> str:
    done = trackline("export", target, "--format", "archive", *places(folder), *flags)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "MISSING" not in done.stdout
    return done.stdout


def taken_in(archive: Path, folder: Path, *flags: str) -> str:
    done = trackline("import", archive, *places(folder), *flags)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "MISSING" not in done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def filled(made_database: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a Trackline that has a history of MLflow's, and its files."""
    folder = tmp_path_factory.mktemp("first")
    done = trackline("import", made_database("3.17"), "--artifacts", "copy", *places(folder))
    assert "8 files copied" in done.stdout, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def made(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of all that it has."""
    archive = tmp_path_factory.mktemp("archive") / "all.tar"
    assert "with 8 files" in archived(filled, archive, "--artifacts")
    assert sorted(path.name for path in archive.parent.iterdir()) == ["all.tar"]
    return archive


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.txt")}


def test_another_trackline_has_the_same_as_the_first_with_all_files(made: Path, filled: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    said = taken_in(made, other)
    assert "New: 8 runs, 3,1" in said and "8 files copied" in said
    assert "New: 0 runs, 0 points" in taken_in(made, other)
    assert files_in(other) == files_in(filled)
    with (
        reader("3.17", tmp_path) as read,
        running_server(tmp_path, *places(filled)) as first,
        running_server(tmp_path, *places(other)) as second,
    ):
        assert read(second.url) == read(first.url)


def test_its_checksums_are_those_of_sha256sum(made: Path, tmp_path: Path) -> None:
    subprocess.run(["tar", "xf", made], cwd=tmp_path, check=True)
    command = ["sha256sum", "--check", "--strict", "SHA256SUMS"]
    said = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    assert said.count(": OK\n") == 2 + 8


@pytest.mark.parametrize(("experiment", "versions"), [("first/á", 3), ("second", 0)])
def test_some_experiments_come_with_what_is_registered_of_them(
    filled: Path, tmp_path: Path, experiment: str, versions: int
) -> None:
    archived(filled, tmp_path / "some.tar", "--experiment", experiment)
    other = tmp_path / "other"
    other.mkdir()
    taken_in(tmp_path / "some.tar", other)
    with closing(sqlite3.connect(other / "trackline.db")) as here:
        assert here.execute("SELECT name FROM experiments").fetchall() == [(experiment,)]
        assert here.execute("SELECT count(*) FROM model_versions").fetchone() == (versions,)
        assert here.execute("SELECT count(*) FROM registered_models").fetchone() == (min(versions, 1),)
        assert here.execute("SELECT count(*) FROM model_aliases").fetchone() == (min(versions, 1),)


def changed_byte(archive: Path) -> None:
    content = bytearray(archive.read_bytes())
    content[content.index(b"of parent")] ^= 1
    archive.write_bytes(content)


def cut_off(archive: Path) -> None:
    with archive.open("rb+") as file:
        file.truncate(archive.stat().st_size - 3 * tarfile.BLOCKSIZE)


def without_end(archive: Path) -> None:
    rewritten(archive, lambda name: [] if name == "SHA256SUMS" else [name])


def with_a_way_out(archive: Path) -> None:
    rewritten(archive, lambda name: ["../outside", name] if name == "SHA256SUMS" else [name])


def of_something_else(archive: Path) -> None:
    rewritten(archive, lambda name: [] if name == "manifest.json" else [name])


def rewritten(archive: Path, names: Callable[[str], list[str]]) -> None:
    """Its members under the names that `names` gives to each."""
    before = Path(shutil.copy(archive, archive.with_name("before.tar")))
    with tarfile.open(before) as old, tarfile.open(archive, "w") as new:
        for member in old:
            content: Any = old.extractfile(member)
            for name in names(member.name):
                head = tarfile.TarInfo(name)
                head.size = member.size
                new.addfile(head, io.BytesIO(content.read()) if name == member.name else io.BytesIO(bytes(head.size)))


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (changed_byte, "notes.txt is another one"),
        (cut_off, "is damaged"),
        (without_end, "its end is missing"),
        (with_a_way_out, "'../outside', which is no part of one"),
        (of_something_else, "no archive of Trackline's"),
    ],
)
def test_what_is_not_whole_is_refused_and_nothing_comes(
    made: Path, tmp_path: Path, harm: Callable[[Path], None], said: str
) -> None:
    archive = Path(shutil.copy(made, tmp_path))
    harm(archive)
    done = trackline("import", archive, *places(tmp_path / "other"))
    assert done.returncode == 2
    assert said in done.stderr
    assert not (tmp_path / "other").exists()
