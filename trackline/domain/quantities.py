"""Quantities as people read them."""

from __future__ import annotations


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
