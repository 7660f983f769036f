"""The most memory that something took while it worked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

WEIGHED_EVERY = 0.05  # seconds


class Scales:
    """`weigh` gives what it weighs at the moment, in MB."""

    def __init__(self, weigh: Callable[[], float]) -> None:
        self.most = weigh()
        self._weigh = weigh
        self._done = threading.Event()

    def watch(self) -> None:
        while not self._done.wait(WEIGHED_EVERY):
            self.most = max(self.most, self._weigh())

    def stop(self) -> None:
        self._done.set()


@contextmanager
def weighed(weigh: Callable[[], float]) -> Iterator[Scales]:
    scales = Scales(weigh)
    with ThreadPoolExecutor(1) as pool:
        watching = pool.submit(scales.watch)
        try:
            yield scales
        finally:
            scales.stop()
    watching.result()
