"""A machine of its own for tests: systemd is booted on a copy-on-write view of this one's files (systemd-nspawn).

Nothing of this machine is changed. It has its own processes, network and journal; no service but systemd's own starts.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest

from tests.servers import ROOT, clean_environment

BOOT_SECONDS = 180.0
STOP_SECONDS = 60.0
PYTHON = "/usr/bin/python3"  # every user of the machine may run it
PLACE = "opt/trackline"
NET_NAMESPACE = 0x40000000  # CLONE_NEWNET
ENVIRONMENT = ("env", "-i", "PATH=/opt/trackline/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8")
CGROUPS = Path("/sys/fs/cgroup")


class Machine:
    """A booted one. `files` is its root folder as seen from here."""

    def __init__(self, leader: int, files: Path, nspawn: subprocess.Popen[bytes], log: Path) -> None:
        self.files = files
        self.nspawn = nspawn
        self.log = log
        self._enter = ("nsenter", "-t", str(leader), "-m", "-u", "-i", "-n", "-p", "-C", "-r", "-w", "--", *ENVIRONMENT)
        self.leader = leader

    def run(self, *command: str, fails: bool = False) -> str:
        """What the command says, run as root there."""
        done = subprocess.run(
            [*self._enter, *command], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        assert (done.returncode != 0) == fails, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def show(self, unit: str, *properties: str) -> list[str]:
        wanted = [f"--property={name}" for name in properties]
        lines = self.run("systemctl", "show", unit, *wanted).splitlines()
        found = dict(line.split("=", 1) for line in lines)
        return [found[name] for name in properties]

    @contextmanager
    def network(self) -> Iterator[None]:
        """In the block this thread, and what it starts, are in the machine's network."""
        libc = ctypes.CDLL(None, use_errno=True)
        with Path("/proc/self/ns/net").open("rb") as ours, Path(f"/proc/{self.leader}/ns/net").open("rb") as theirs:
            _enter(libc, theirs.fileno())
            try:
                yield
            finally:
                _enter(libc, ours.fileno())


def _enter(libc: ctypes.CDLL, namespace: int) -> None:
    if libc.setns(namespace, NET_NAMESPACE):
        raise OSError(ctypes.get_errno(), "setns")


def skip_where_it_cannot_boot() -> None:
    if os.geteuid() != 0:
        pytest.skip("systemd is booted by root only")
    for program in ("systemd-nspawn", "nsenter", PYTHON):
        if not shutil.which(program):
            pytest.skip(f"systemd cannot be booted without {program} (Debian: systemd-container, util-linux, python3)")


@contextmanager
def booted(wheel: Path) -> Iterator[Machine]:
    """A machine with Trackline in /opt/trackline, put there from the `wheel`."""
    skip_where_it_cannot_boot()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="trackline-machine-")))
        files = stack.enter_context(_view_of_this_machine(folder, wheel))
        name = folder.name
        log = folder / "console"
        nspawn = stack.enter_context(_nspawn(name, files, log))
        yield Machine(_leader(nspawn, log), files, nspawn, log)


@contextmanager
def _view_of_this_machine(folder: Path, wheel: Path) -> Iterator[Path]:
    memory = folder / "memory"  # overlayfs wants another file system than the one below
    memory.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", memory], check=True)
    try:
        changed, work, files = (memory / name for name in ("changed", "work", "files"))
        for one in (changed, work, files):
            one.mkdir()
        install(wheel, changed / PLACE)
        layers = f"lowerdir=/,upperdir={changed},workdir={work}"
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o", layers, files], check=True)
        try:
            for wanted in (files / "etc/systemd/system").glob("*.wants"):
                shutil.rmtree(wanted)
            yield files
        finally:
            subprocess.run(["umount", files], check=True)
    finally:
        subprocess.run(["umount", memory], check=True)


def install(wheel: Path, place: Path) -> None:
    """Put it into an environment that works wherever it is moved to."""
    uv = [sys.executable, "-m", "uv", "--quiet"]
    subprocess.run([*uv, "venv", "--no-project", "--relocatable", "--clear", "--python", PYTHON, place], check=True)
    subprocess.run([*uv, "pip", "install", "--python", place / "bin/python", wheel], check=True)


def built_wheel(folder: Path) -> Path:
    """Of the tree under test."""
    build = [
        "build",
        "--wheel",
        "--no-build-isolation",
        "--python",
        sys.executable,
        "--out-dir",
        str(folder),
        str(ROOT),
    ]
    environment = clean_environment() | {"VIRTUAL_ENV": sys.prefix}
    subprocess.run([sys.executable, "-m", "uv", "--quiet", *build], check=True, env=environment)
    (wheel,) = folder.glob("*.whl")
    return wheel


@contextmanager
def _nspawn(name: str, files: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """In control groups of its own, so that it shares no names with another."""
    groups = [CGROUPS / kind / name for kind in ("systemd", "unified") if (CGROUPS / kind).is_dir()]
    for group in groups:
        group.mkdir()
    joined = " ".join(f"echo $$ > {group}/cgroup.procs;" for group in groups)
    boot = ["systemd-nspawn", "--quiet", "--boot", "--directory", str(files), f"--machine={name}"]
    kept_simple = ["--register=no", "--keep-unit", "--console=pipe", "--private-network"]
    with log.open("wb") as sink:
        nspawn = subprocess.Popen(
            ["sh", "-c", f'{joined} exec "$0" "$@"', *boot, *kept_simple],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
        )
    try:
        yield nspawn
    finally:
        nspawn.terminate()  # as a power button
        try:
            nspawn.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            nspawn.kill()
            nspawn.wait()
        for group in groups:
            _remove(group)


def _remove(group: Path) -> None:
    """With the groups within, once nothing runs in them any more."""
    for one in sorted(group.rglob("*"), reverse=True):
        if one.is_dir():
            with contextlib.suppress(OSError):
                one.rmdir()
    with contextlib.suppress(OSError):
        group.rmdir()


def _leader(nspawn: subprocess.Popen[bytes], log: Path) -> int:
    """The number here of the process that is number 1 there, once it has started all it wants to."""
    deadline = time.monotonic() + BOOT_SECONDS
    while time.monotonic() < deadline:
        assert nspawn.poll() is None, log.read_text(errors="replace")
        for leader in psutil.Process(nspawn.pid).children():
            asked = ["nsenter", "-t", str(leader.pid), "-m", "-p", "-r", "systemctl", "is-system-running"]
            state = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
            if state in ("running", "degraded"):
                return leader.pid
        time.sleep(0.2)
    raise AssertionError(f"it did not boot within {BOOT_SECONDS:g} s\n{log.read_text(errors='replace')}")
