"""What other users of the machine see of this process: its command line, in the list of processes."""

from __future__ import annotations

import re
from collections.abc import Sequence

HIDDEN = "***"
# Of an address: what stands between the user's name and the last @, and parameters of that name.
_PASSWORD = re.compile(r"(?<=://)([^:/@]*):.*(?=@)|([?&](?:ssl)?password=)[^&]*", re.DOTALL)


def hide_passwords(command: Sequence[str]) -> None:
    """Show the command line of this process, which is `command`, without the passwords in its addresses.

    Whoever looked before this could read them, and a shell may keep them: `…_FILE` variables are the better way.
    """
    shown = [_without_password(part) for part in command]
    if shown != list(command):
        from setproctitle import setproctitle

        setproctitle(" ".join(shown))


def _without_password(part: str) -> str:
    return _PASSWORD.sub(lambda found: f"{found[2]}{HIDDEN}" if found[2] else f"{found[1]}:{HIDDEN}", part)
