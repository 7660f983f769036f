"""Processes held to a part of a core each, so that what two do together shows where cores are few (Linux, as root)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

# The controller of CPU time: of cgroups version 1, or the one hierarchy of version 2.
_PLACES = (Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup"))
_PERIOD_US = 10_000


def can_hold() -> bool:
    return any(_places()) and os.geteuid() == 0


@contextmanager
def held(process: psutil.Process, part: float) -> Iterator[None]:
    """Each process of the tree has a group of its own, with so much of one core. Raises OSError where it cannot."""
    place = next(_places())
    groups = []
    try:
        for one in (process, *process.children(recursive=True)):
            group = place / f"trackline-bench-{one.pid}"
            group.mkdir()
            groups.append(group)
            _limit(group, round(part * _PERIOD_US))
            (group / "cgroup.procs").write_text(str(one.pid))
        yield
    finally:
        for group in groups:
            for left in (group / "cgroup.procs").read_text().split():
                (place / "cgroup.procs").write_text(left)
            group.rmdir()


def _places() -> Iterator[Path]:
    return (place for place in _PLACES if (place / "cgroup.procs").exists())


def _limit(group: Path, quota_us: int) -> None:
    if (group / "cpu.max").exists():
        (group / "cpu.max").write_text(f"{quota_us} {_PERIOD_US}")
    else:
        (group / "cpu.cfs_period_us").write_text(str(_PERIOD_US))
        (group / "cpu.cfs_quota_us").write_text(str(quota_us))
