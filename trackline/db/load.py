"""What a database has to do just now, and has done since it was opened."""

from __future__ import annotations

from typing import NamedTuple


class Load(NamedTuple):
    """`waiting` requests are in line or under way; `writes` of them were brought to the disk by `commits`."""

    waiting: int = 0
    commits: int = 0
    writes: int = 0
    connections: int = 0
