"""SIGTERM ends the benchmark by an exception, so that all that is open is closed; here is where it has to wait."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def unbroken(told: Callable[[], object] = lambda: None) -> Iterator[None]:
    """The signal waits for the end of the block; `told` is called when it comes, and may bring that end about."""
    came = False

    def note(*_: object) -> None:
        nonlocal came
        came = True
        told()

    before = signal.signal(signal.SIGTERM, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
        if came:
            signal.raise_signal(signal.SIGTERM)
