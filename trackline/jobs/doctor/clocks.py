"""Do the others' clocks agree with that of this machine?"""

from __future__ import annotations

from trackline.domain.quantities import readable_duration
from trackline.jobs.doctor.finding import Finding, error, ok, warning

OFF_SECONDS = 5.0  # an answer's Date has whole seconds
TOO_FAR_SECONDS = 600.0  # object stores refuse what is signed 15 minutes off
_ADVICE = "Let both machines set their clocks by NTP (timedatectl shows whether they do)."


def check_clock(whose: str, ahead_seconds: float) -> Finding:
    """`ahead_seconds` of this machine's clock; below 0 it is behind."""
    off = abs(ahead_seconds)
    if off < OFF_SECONDS:
        return ok("clock", f"{whose} agrees with this machine's.")
    found = f"{whose} is {readable_duration(off)} {'ahead of' if ahead_seconds > 0 else 'behind'} this machine's."
    make = error if off >= TOO_FAR_SECONDS else warning
    return make("clock", f"{found} Times, sessions and signatures go by it.", _ADVICE)
