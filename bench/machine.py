"""What the figures were taken on."""

from __future__ import annotations

import os
import platform
import re
from datetime import UTC, datetime
from pathlib import Path


def now() -> str:
    """When it is (UTC), and how busy the machine."""
    return f"{datetime.now(UTC):%m-%d %H:%M}, {os.getloadavg()[0]:.1f}"


def facts() -> dict[str, str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "machine": f"{_processor()}, {os.cpu_count()} cores, {memory / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        "load before": f"{os.getloadavg()[0]:.1f} (1 minute average; other work on the machine spoils the figures)",
    }


def _processor() -> str:
    described = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.*)", described.read_text()) if described.exists() else None
    return found[1] if found else platform.processor() or platform.machine()
