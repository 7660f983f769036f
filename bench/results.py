"""Figures: medians, ratios, goals reached or not. Nothing here measures or prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from bench.rows import Row


@dataclass
class Result:
    """What one row came to, by peer. Samples are in the row's unit, in the order they were taken.

    `left_out`: of whom there is no figure, and why, though nothing failed. `taken`: when, and how busy the machine was.
    """

    row: Row
    samples: dict[str, list[float]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    taken: str = ""

    def median(self, peer: str) -> float | None:
        """None when a round failed: the others may be of a server that was already ill."""
        if peer in self.failures or peer in self.left_out or not self.samples.get(peer):
            return None
        return median(self.samples[peer])

    def times_better(self, ours: str, other: str) -> float | None:
        """2.0: half the time, or twice the rate, of the other; below 1 the other is better."""
        mine, theirs = self.median(ours), self.median(other)
        if not mine or not theirs:
            return None
        return theirs / mine if self.row.better == "lower" else mine / theirs

    def reached(self, ours: str) -> bool | None:
        """None without a goal. What could not be measured is not reached."""
        goal, value = self.row.goal, self.median(ours)
        checks = []
        if goal.limit is not None:
            checks.append(
                value is not None and (value <= goal.limit if self.row.better == "lower" else value >= goal.limit)
            )
        checks += [(self.times_better(ours, name) or 0.0) >= times for name, times in goal.over.items()]
        return all(checks) if checks else None


@dataclass(frozen=True)
class Report:
    """One run of the benchmark. `facts` say when, where and how; `peers` maps names to titles, ours first."""

    facts: dict[str, str]
    peers: dict[str, str]
    results: list[Result]

    @property
    def ours(self) -> str:
        return next(iter(self.peers))

    @property
    def others(self) -> list[str]:
        return list(self.peers)[1:]


class CannotMerge(Exception):
    """Figures of two runs do not belong into one table; says why."""


def merged(earlier: Report, now: Report, rows: Sequence[Row]) -> Report:
    """What is measured now in the place of what was; of `rows`, and in their order. Raises CannotMerge."""
    for what in ("machine", "scale"):
        if earlier.facts.get(what) != now.facts.get(what):
            raise CannotMerge(f"the {what} was another: {earlier.facts.get(what)}; now: {now.facts.get(what)}")
    if earlier.peers != now.peers:
        raise CannotMerge(f"other programs were compared: {', '.join(earlier.peers.values())}")
    known = {result.row.name: result for result in (*earlier.results, *now.results)}
    return Report(now.facts, now.peers, [known[row.name] for row in rows if row.name in known])
