"""What holds for the local folder alone: the files that people see in it, and what the system does to it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.blobs.bytes_of import pieces, put, read, tree
from tests.blobs.test_every_store import AWKWARD_NAMES
from trackline.blobs import Entry, open_blobs
from trackline.blobs.errors import IsFolder, NoSuchBlob, NotAFolder, StoreFailed, UnknownDestination
from trackline.blobs.local import STAGING, LocalStore

MIB = 1024 * 1024
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "artifacts"


@pytest.fixture
def local(root: Path) -> LocalStore:
    return LocalStore(root)


def staged(root: Path) -> list[str]:
    return [file.name for file in (root / STAGING).iterdir()]


def in_own_process(root: Path, script: str) -> subprocess.CompletedProcess[str]:
    """Run the body of an `async def` with `store` in a Python of its own."""
    program = (
        "import asyncio, os, signal, sys\n"
        "from trackline.blobs.errors import *\n"
        "from trackline.blobs.local import LocalStore\n"
        "async def run(store):\n" + "".join(f"    {line}\n" for line in script.splitlines()) + "\n"
        "asyncio.run(run(LocalStore(__import__('pathlib').Path(sys.argv[1]))))\n"
    )
    command = [sys.executable, "-c", program, str(root)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_files_on_the_disk_have_the_names_they_were_given(local: LocalStore, root: Path) -> None:
    async def run() -> None:
        for name in names:
            await put(local, f"run/{name}", name.encode())

    names = [*AWKWARD_NAMES, "line\nbreak", "\x7f"]
    asyncio.run(run())
    assert {file.name: file.read_bytes() for file in (root / "run").iterdir()} == {
        name: name.encode() for name in names
    }


def test_files_that_others_put_into_the_folder_are_served(local: LocalStore, root: Path) -> None:
    (root / "by hand" / "empty").mkdir(parents=True)
    (root / "by hand" / "file").write_bytes(b"hello")

    async def run() -> None:
        assert await local.entries("") == [Entry("by hand", None)]
        assert await local.entries("by hand") == [Entry("file", 5)]
        assert await read(local, "by hand/file") == b"hello"

    asyncio.run(run())


def test_files_and_folders_do_not_take_each_others_place(local: LocalStore) -> None:
    async def run() -> None:
        await put(local, "a/file", b"kept")
        with pytest.raises(IsFolder):
            await put(local, "a")
        with pytest.raises(NotAFolder):
            await put(local, "a/file/deeper")
        assert await tree(local) == {"a/file": 4}

    asyncio.run(run())


def test_files_get_the_usual_permissions(local: LocalStore, root: Path) -> None:
    usual = root / "usual"
    usual.touch()
    asyncio.run(put(local, "run/file"))
    assert (root / "run" / "file").stat().st_mode == usual.stat().st_mode


def test_symbolic_links_are_neither_followed_nor_listed(local: LocalStore, root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(b"secret")
    (root / "run").mkdir()
    (root / "run" / "file").symlink_to(outside / "secret")
    (root / "run" / "folder").symlink_to(outside)
    (root / "run" / "real").write_bytes(b"1")

    async def run() -> None:
        assert await local.entries("run") == [Entry("real", 1)]
        assert await local.entries("run/folder") == []
        for path in ("run/file", "run/folder/secret", "run/folder"):
            with pytest.raises(NoSuchBlob):
                await local.get(path)
        with pytest.raises(NotAFolder):
            await put(local, "run/folder/new")
        await local.delete("run/folder/secret")
        await put(local, "run/file", b"takes the place of the link")
        await local.delete("run")

    asyncio.run(run())
    assert {file.name: file.read_bytes() for file in outside.iterdir()} == {"secret": b"secret"}


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "big disk").mkdir()
    (tmp_path / "artifacts").symlink_to(tmp_path / "big disk")
    asyncio.run(put(LocalStore(tmp_path / "artifacts"), "run/file", b"1"))
    assert (tmp_path / "big disk" / "run" / "file").read_bytes() == b"1"


def test_pipes_and_names_that_are_no_unicode_are_left_alone(local: LocalStore, root: Path) -> None:
    os.mkfifo(root / "pipe")
    (root / os.fsdecode(b"latin-\xe9")).write_bytes(b"1")

    async def run() -> None:
        assert await local.entries("") == []
        with pytest.raises(NoSuchBlob):
            await local.get("pipe")

    asyncio.run(run())


def test_an_upload_on_its_way_is_nowhere_to_be_seen(local: LocalStore, root: Path) -> None:
    async def watched() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"x" * MIB
            assert await tree(local) == {}
            for name in staged(root):
                assert await local.entries(STAGING) == []
                with pytest.raises(NoSuchBlob):
                    await local.get(f"{STAGING}/{name}")
                await local.delete(f"{STAGING}/{name}")
        assert len(staged(root)) == 1

    async def run() -> None:
        await local.put("run/file", watched())
        assert await tree(local) == {"run/file": 3 * MIB}
        with pytest.raises(NotAFolder, match="reserved"):
            await put(local, f"{STAGING}/file")

    asyncio.run(run())
    assert staged(root) == []


def test_what_a_killed_upload_left_is_gone_at_the_next_start(root: Path) -> None:
    killed = in_own_process(
        root,
        "async def chunks():\n"
        "    for _ in range(4): yield b'x' * 2**20\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "await store.put('run/file', chunks())\n",
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert len(staged(root)) == 1
    assert asyncio.run(tree(LocalStore(root))) == {}
    assert staged(root) == []


def test_what_a_killed_delete_left_is_gone_at_the_next_start(root: Path) -> None:
    (root / STAGING / "0123" / "deep").mkdir(parents=True)
    (root / STAGING / "0123" / "deep" / "file").write_bytes(b"1")
    LocalStore(root)
    assert staged(root) == []


def test_a_second_process_on_the_folder_leaves_uploads_of_the_first_alone(local: LocalStore, root: Path) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"x" * MIB
        yield b"y"
        assert len(staged(root)) == 1
        started = await asyncio.to_thread(in_own_process, root, "print(await store.entries(''))")
        assert (started.returncode, started.stdout) == (0, "[]\n"), started.stderr

    async def run() -> None:
        await local.put("file", chunks())
        assert await tree(local) == {"file": MIB + 1}

    asyncio.run(run())


def test_no_room_is_said_and_leaves_nothing(root: Path) -> None:
    limited = in_own_process(
        root,
        "import resource\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2**21, 2**21))\n"
        "async def chunks():\n"
        "    for _ in range(4): yield b'x' * 2**20\n"
        "try: await store.put('run/file', chunks())\n"
        "except NoRoom as error: print(error.message)\n",
    )
    assert "no room for 'run/file'" in limited.stdout, limited.stderr
    assert staged(root) == []
    assert [file.name for file in root.iterdir()] == [STAGING]


def test_a_folder_that_cannot_be_used_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="Not a directory") as refused:
        LocalStore(tmp_path / "file" / "artifacts")
    assert refused.value.filename == str(tmp_path / "file" / "artifacts")


def test_a_store_whose_folder_is_gone_says_so(local: LocalStore, root: Path) -> None:
    (root / STAGING).rmdir()
    root.rmdir()
    with pytest.raises(StoreFailed, match=r"'run/file': No such file or directory\."):
        asyncio.run(put(local, "run/file"))


def test_a_file_that_is_cut_while_it_is_read_is_an_error(local: LocalStore, root: Path) -> None:
    async def run() -> None:
        await local.put("file", pieces(*[b"x" * MIB] * 3))
        blob = await local.get("file")
        chunks = aiter(blob.chunks)
        await anext(chunks)
        os.truncate(root / "file", 10)
        with pytest.raises(StoreFailed, match="shorter"):
            await anext(chunks)
        await blob.chunks.aclose()

    asyncio.run(run())


def test_a_destination_is_a_path_or_a_file_uri(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for destination in ("./relative", str(tmp_path / "absolute"), f"file://{tmp_path}/of%20uri"):
        asyncio.run(put(open_blobs(destination), "file"))
    assert sorted(file.parent.name for file in tmp_path.glob("*/file")) == ["absolute", "of uri", "relative"]


@pytest.mark.parametrize("destination", ["ftp://host/folder", "nope:/x", "file://host/x"])
def test_other_destinations_are_refused_by_name(destination: str) -> None:
    with pytest.raises(UnknownDestination, match=destination):
        open_blobs(destination)
