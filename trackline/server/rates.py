"""How much one caller may ask for: so many requests a second, with a few seconds' worth at once."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable

from trackline.server.failures import Failure, Refused
from trackline.wire import errors

BURST_SECONDS = 5.0
MAX_CALLERS = 10_000  # that are remembered; whoever asked least recently is forgotten first


class Rates:
    """`per_second` is what each caller may ask for in the long run; 0 lets everybody ask for anything."""

    def __init__(self, per_second: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._cost = 1 / per_second if per_second else 0.0
        self._clock = clock
        self._paid_until: OrderedDict[str, float] = OrderedDict()  # when what a caller asked for will be paid off

    def count(self, caller: str) -> None:
        """One more request. Raises Refused with the seconds to wait where it is one too many."""
        if not self._cost:
            return
        now = self._clock()
        until = max(self._paid_until.get(caller, now), now) + self._cost
        ahead = until - now - max(BURST_SECONDS, self._cost)
        if ahead > 0:
            wait = math.ceil(ahead)
            raise Refused(
                Failure(
                    errors.TOO_MANY,
                    f"Too many requests: this server takes {1 / self._cost:.0f} a second from each caller "
                    f"(--rate-limit). Try again in {wait} s.",
                    [(b"retry-after", b"%d" % wait)],
                )
            )
        self._paid_until[caller] = until
        self._paid_until.move_to_end(caller)
        if len(self._paid_until) > MAX_CALLERS:
            self._paid_until.popitem(last=False)
