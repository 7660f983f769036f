"""Quantities as people read them."""

from __future__ import annotations

import re

from trackline.domain.errors import InvalidParameter

_DURATION = re.compile(r"(?:(\d+(?:\.\d+)?)d)?(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?")
_UNITS_MS = (86_400_000, 3_600_000, 60_000, 1000)


def duration_ms(text: str) -> int:
    """Of `30d`, `12h`, `1d12h`, `90m`, `10s`: days, hours, minutes, seconds, in this order. Raises InvalidParameter."""
    match = _DURATION.fullmatch(text)
    if match is None or not text:
        raise InvalidParameter(f"'{text}' is no span of time. Write it as 30d, 12h, 1d12h, 90m or 10s.")
    return int(sum(float(number or 0) * unit for number, unit in zip(match.groups(), _UNITS_MS, strict=True)))


def readable_size(count: float) -> str:
    """Bytes in the largest unit that leaves at least one before the point."""
    units = ["B", "KiB", "MiB", "GiB", "TiB"]
    while count >= 1024 and len(units) > 1:
        count /= 1024
        units.pop(0)
    return f"{count:.0f} B" if units[0] == "B" else f"{count:.1f} {units[0]}"


def readable_duration(seconds: float) -> str:
    """In the largest unit of which there are at least two."""
    for name, length in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {name}"
    return f"{seconds:.1f} s"
