"""A machine of its own for tests: systemd is booted on a copy-on-write view of this one's files (systemd-nspawn).

Nothing of this machine is changed. It has its own processes, network and journal; no service but systemd's own starts.
Trackline is on it as the guide says, by the very commands.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest

from tests.servers import ROOT

BOOT_SECONDS = 180.0
STOP_SECONDS = 60.0
COMMAND_SECONDS = 500.0  # a machine that is going down answers none
PROGRAMS = "/usr/sbin:/usr/bin:/sbin:/bin"  # Debian's own Python, which every user of the machine may run
FIRST_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NET_NAMESPACE = 0x40000000  # CLONE_NEWNET
ENVIRONMENT = ("env", "-i", f"PATH=/opt/trackline/bin:{PROGRAMS}", "HOME=/root", "LANG=C.UTF-8")
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
            [*self._enter, *command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
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
    for program in ("systemd-nspawn", "nsenter", "/usr/bin/python3"):
        if not shutil.which(program):
            pytest.skip(f"systemd cannot be booted without {program} (Debian: systemd-container, util-linux, python3)")


def guide_commands() -> list[str]:
    """The three of docs/systemd.md, as root gives them."""
    block = FIRST_BLOCK.search((ROOT / "docs" / "systemd.md").read_text())
    assert block is not None
    return block[1].replace("sudo ", "").splitlines()


@contextmanager
def booted() -> Iterator[Machine]:
    """A machine on which all but the last of the guide's commands have been given, in this copy of the project."""
    skip_where_it_cannot_boot()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="trackline-machine-")))
        files = stack.enter_context(_view_of_this_machine(folder))
        for command in guide_commands()[:-1]:
            _in(files, command)
        name = folder.name
        log = folder / "console"
        nspawn = stack.enter_context(_nspawn(name, files, log))
        yield Machine(_leader(nspawn, log), files, nspawn, log)


@contextmanager
def _view_of_this_machine(folder: Path) -> Iterator[Path]:
    memory = folder / "memory"  # overlayfs wants another file system than the one below
    memory.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", memory], check=True)
    try:
        changed, work, files = (memory / name for name in ("changed", "work", "files"))
        for one in (changed, work, files):
            one.mkdir()
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


def _in(files: Path, command: str) -> None:
    """Run it on the machine before it is booted: with this one's network, from which packages come."""
    container = ("systemd-nspawn", "--quiet", "--pipe", "--register=no", "--keep-unit", "--directory", str(files))
    given = (f"--chdir={ROOT}", f"--setenv=PATH={PROGRAMS}")
    done = subprocess.run(
        [*container, *given, "sh", "-c", command],
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


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
