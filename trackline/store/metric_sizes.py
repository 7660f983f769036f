"""How many points wait for one another before they are sealed."""

from __future__ import annotations

from typing import NamedTuple


class Sizes(NamedTuple):
    """In points; what they are for is told in METRIC-FORMAT.md."""

    few: int = 32  # fewer of them in one batch, and the run has ended: they stay in the log
    log: int = 256  # so many in a run's log are sealed into tier 1
    tiers: tuple[int, ...] = (4096, 65536)  # so many in tier 1, 2 … are merged into the tier above
    block: int = 4096  # no block holds more
    long: int = 2048  # a series of so many gets blocks of its own, which are not merged again


SIZES = Sizes()
