"""Runs the rows of a suite in order, one round of each peer after the other, and shows where it is."""

from __future__ import annotations

import tempfile
import time
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from bench import machine
from bench.driver import Refused, TookTooLong
from bench.peers import Peer
from bench.processes import Died
from bench.report import number
from bench.results import Report, Result
from bench.rows import Row
from bench.scale import SMALL, Scale
from bench.suites import AnyLab, Suite

WARM_UP = "warming up"


class Bench:
    def __init__(self, lab: AnyLab, compared: tuple[Peer, ...], console: Console) -> None:
        self._lab = lab
        self._peers = compared
        self._console = console

    def run(self, rows: list[Row]) -> list[Result]:
        columns = (BarColumn(), TaskProgressColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
        results = []
        with Progress(*columns, console=self._console, transient=True) as self._progress:
            total = sum(len(self._of(row)) * len(self._turns(row)) for row in rows)
            self._task = self._progress.add_task("", total=total)
            for row in rows:
                results.append(self._measured(row))
                self._tell(results[-1])
        return results

    def _turns(self, row: Row) -> list[str]:
        scale = self._lab.scale
        number = {"rounds": scale.rounds, "starts": scale.starts, "once": 1}[row.times]
        return [WARM_UP] * (row.times == "rounds") + [f"round {turn}" for turn in range(1, number + 1)]

    def _of(self, row: Row) -> list[Peer]:
        return [peer for peer in self._peers if peer.name not in row.without]

    def _measured(self, row: Row) -> Result:
        compared = {peer.name for peer in self._peers}
        left_out = {name: reason for name, reason in row.without.items() if name in compared}
        result = Result(row, left_out=left_out, taken=machine.now())
        self._spent: defaultdict[str, float] = defaultdict(float)
        before = WARM_UP
        for turn in self._turns(row):
            for peer in self._of(row):
                self._progress.update(self._task, description=f"{row.title} · {peer.name} · {turn}", advance=1)
                if self._may_go_on(result, peer, turn):
                    began = time.monotonic()
                    self._sample(result, peer, anew=before == WARM_UP)
                    self._spent[peer.name] += time.monotonic() - began
            before = turn
        return result

    def _may_go_on(self, result: Result, peer: Peer, turn: str) -> bool:
        """One who needs more than the time that there is for a row keeps what was measured of the first rounds."""
        if peer.name in result.failures or peer.name in result.left_out:
            return False
        return turn == WARM_UP or self._spent[peer.name] <= self._lab.scale.cell_seconds

    def _sample(self, result: Result, peer: Peer, anew: bool) -> None:
        try:
            value = result.row.measure(self._lab, peer)
        except TookTooLong as reason:
            result.left_out[peer.name] = str(reason)
        except (Refused, Died, OSError) as failure:
            result.failures[peer.name] = f"{type(failure).__name__}: {failure}"
        else:
            if anew:  # what was measured while it warmed up
                result.samples.pop(peer.name, None)
            result.samples.setdefault(peer.name, []).append(value)

    def _tell(self, result: Result) -> None:
        told = []
        for peer in self._of(result.row):
            middle = result.median(peer.name)
            missing = "left out" if peer.name in result.left_out else "failed"
            value = missing if middle is None else f"{number(middle)} {result.row.unit}"
            told.append(f"{peer.name} {value}")
        self._console.print(f"[green]✓[/] {result.row.title}: {', '.join(told)}", highlight=False)
        for name, reason in result.failures.items():
            self._console.print(f"  {name}: {reason}", style="red", markup=False, highlight=False)


def measure(suite: Suite, rows: list[Row], scale: Scale, console: Console) -> Report:
    began, compared = time.monotonic(), suite.peers()
    facts = {
        "command": command(suite, rows, scale),
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        **machine.facts(),
    }
    titles = {peer.name: peer.title for peer in compared}
    with tempfile.TemporaryDirectory(prefix="trackline-bench-") as folder, suite.lab(Path(folder), scale) as lab:
        results = Bench(lab, compared, console).run(rows)
        facts |= lab.facts()
    facts["duration"] = f"{(time.monotonic() - began) / 60:.1f} minutes"
    return Report(facts, titles, results)


def command(suite: Suite, rows: list[Row], scale: Scale) -> str:
    """What measures the same again."""
    scaled = [] if scale is SMALL else ["--scale", scale.name]
    only = ["--only", *(row.name for row in rows)] if len(rows) < len(suite.rows) else []
    return " ".join([suite.command, *scaled, *only])
