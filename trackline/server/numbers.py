"""What one server counts of its own work, in memory that all its workers share.

Each worker has a row of cells, which only it writes; a number of the whole server is the sum over the rows. A worker
that takes the place of another goes on with its row, so that what is counted never falls.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple

MAX_ENDPOINTS = 320
OTHER = 0  # a status that is not in STATUSES
STATUSES = (
    *(0, 200, 201, 204, 206, 302, 303, 304, 307, 400, 401, 403, 404, 405, 408, 409, 412, 413, 416, 429),
    *(500, 501, 503, 507),
)
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # the buckets' upper ends
UNKNOWN = 0  # the number of what is no endpoint

Counted = Literal["points", "commits", "writes"]
Measured = Literal["in_flight", "live", "connections", "waiting", "database_connections"]
COUNTED: tuple[Counted, ...] = ("points", "commits", "writes")
MEASURED: tuple[Measured, ...] = ("in_flight", "live", "connections", "waiting", "database_connections")

_STATUS = {status: place for place, status in enumerate(STATUSES)}
_BUCKETS = len(STATUSES)
_TOTAL = _BUCKETS + len(SECONDS) + 1
_RECEIVED, _SENT = _TOTAL + 1, _TOTAL + 2
_WIDTH = _SENT + 1  # cells of one endpoint
_PLACES: dict[str, int] = {name: MAX_ENDPOINTS * _WIDTH + at for at, name in enumerate((*COUNTED, *MEASURED))}
_ROW = MAX_ENDPOINTS * _WIDTH + len(_PLACES)


class Answered(NamedTuple):
    """What has been answered by one endpoint. `buckets` go with SECONDS, and one more for all that took longer."""

    by_status: dict[int, int]
    buckets: list[int]
    seconds: float
    received: int  # bytes of bodies
    sent: int


def shared(workers: int) -> Any:
    """Memory for the numbers of so many."""
    from multiprocessing.sharedctypes import RawArray  # and ctypes with it: one process needs neither

    return RawArray("d", workers * _ROW)


class Numbers:
    """Those of the worker with this `row` of the `memory`; of a server of one process, where none is given."""

    def __init__(self, memory: Any = None, row: int = 0) -> None:
        self._cells = array("d", bytes(8 * _ROW)) if memory is None else memory
        self._row = row * _ROW
        for name in MEASURED:  # what another left that died
            self.measure(name, 0)

    def answered(self, endpoint: int, status: int, seconds: float, received: int, sent: int) -> None:
        cells, first = self._cells, self._row + endpoint * _WIDTH
        cells[first + _STATUS.get(status, OTHER)] += 1
        cells[first + _BUCKETS + bisect_left(SECONDS, seconds)] += 1
        cells[first + _TOTAL] += seconds
        cells[first + _RECEIVED] += received
        cells[first + _SENT] += sent

    def count(self, name: Counted | Measured, number: int) -> None:
        self._cells[self._row + _PLACES[name]] += number

    @contextmanager
    def during(self, name: Measured) -> Iterator[None]:
        """One more in the block."""
        self.count(name, 1)
        try:
            yield
        finally:
            self.count(name, -1)

    def measure(self, name: Measured, number: int) -> None:
        self._cells[self._row + _PLACES[name]] = number

    def total(self, name: Counted | Measured) -> int:
        """Of all workers."""
        return int(sum(self._cells[_PLACES[name] :: _ROW]))

    def least(self, name: Measured) -> int:
        """Of the worker that has fewest."""
        return int(min(self._cells[_PLACES[name] :: _ROW]))

    def totals(self) -> Iterator[tuple[int, Answered]]:
        """Of all workers, by endpoint, for those that have answered anything."""
        rows = range(0, len(self._cells), _ROW)
        for endpoint in range(MAX_ENDPOINTS):
            first = endpoint * _WIDTH
            of_workers = [self._cells[row + first : row + first + _WIDTH] for row in rows]
            cells = [sum(one) for one in zip(*of_workers, strict=True)]
            by_status = {status: int(number) for status, number in zip(STATUSES, cells, strict=False) if number}
            if by_status:
                buckets = [int(number) for number in cells[_BUCKETS:_TOTAL]]
                received, sent = int(cells[_RECEIVED]), int(cells[_SENT])
                yield endpoint, Answered(by_status, buckets, cells[_TOTAL], received, sent)
