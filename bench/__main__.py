"""Measure Trackline beside MLflow on this machine.

python -m bench [--artifacts | --postgres] [--quick] [--only ROW ...] [--results FOLDER]
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from bench import machine
from bench.driver import Refused
from bench.lab import DEFAULT, QUICK, Scale
from bench.peers import Peer
from bench.picture import svg
from bench.processes import Died
from bench.report import as_json, markdown, number, screen_table
from bench.results import Report, Result
from bench.rows import Row
from bench.suites import ARTIFACTS, POSTGRES, TRACKING, AnyLab, Suite

HERE = Path(__file__).parent
EXPLANATION = """
Both servers run on this machine with their own defaults, on SQLite and a local folder, and get the same
requests over kept-alive connections, in turns: A B A B. The table has medians of the rounds with the lowest
and the highest. Data goes to a temporary folder (TMPDIR names where) and is gone at the end.

examples:
  python -m bench                          every row, about 5 minutes; writes bench/RESULTS.md, .json and .svg
  python -m bench --quick                  every row with fewer and shorter rounds, 1 to 2 minutes; writes nothing
  python -m bench --only log-batch history a few rows; writes nothing
  python -m bench --quick --results /tmp   writes RESULTS.* there
  python -m bench --artifacts              artifacts in an object store, some minutes; writes bench/ARTIFACTS.*
  python -m bench --postgres               on PostgreSQL, beside FastTrackML as well; writes bench/POSTGRES.*

"""


class Bench:
    """Runs rows in order and shows where it is."""

    def __init__(self, lab: AnyLab, compared: tuple[Peer, ...], console: Console) -> None:
        self._lab = lab
        self._peers = compared
        self._console = console

    def run(self, rows: list[Row]) -> list[Result]:
        columns = (BarColumn(), TaskProgressColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
        results = []
        with Progress(*columns, console=self._console, transient=True) as self._progress:
            total = sum(len(self._of(row)) * (self._rounds(row) + (row.times == "rounds")) for row in rows)
            self._task = self._progress.add_task("", total=total)
            for row in rows:
                results.append(self._measured(row))
                self._tell(results[-1])
        return results

    def _rounds(self, row: Row) -> int:
        return {"rounds": self._lab.scale.rounds, "starts": self._lab.scale.starts, "once": 1}[row.times]

    def _of(self, row: Row) -> list[Peer]:
        return [peer for peer in self._peers if peer.name not in row.without]

    def _measured(self, row: Row) -> Result:
        result = Result(row)
        if row.times == "rounds":
            for peer in self._of(row):
                self._sample(result, peer, "warming up")
            result.samples.clear()
        for turn in range(1, self._rounds(row) + 1):
            for peer in self._of(row):
                self._sample(result, peer, f"round {turn}")
        return result

    def _sample(self, result: Result, peer: Peer, turn: str) -> None:
        self._progress.update(self._task, description=f"{result.row.title} · {peer.name} · {turn}", advance=1)
        if peer.name in result.failures:
            return
        try:
            value = result.row.measure(self._lab, peer)
        except (Refused, Died, OSError) as failure:
            result.failures[peer.name] = f"{type(failure).__name__}: {failure}"
        else:
            result.samples.setdefault(peer.name, []).append(value)

    def _tell(self, result: Result) -> None:
        told = []
        for peer in self._of(result.row):
            middle = result.median(peer.name)
            value = "failed" if middle is None else f"{number(middle)} {result.row.unit}"
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
    quick = ["--quick"] if scale is QUICK else []
    only = ["--only", *(row.name for row in rows)] if len(rows) < len(suite.rows) else []
    return " ".join([suite.command, *quick, *only])


def write(report: Report, folder: Path, name: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.md").write_text(markdown(report, f"{name}.svg"))
    (folder / f"{name}.json").write_text(as_json(report))
    (folder / f"{name}.svg").write_text(svg(report))


def row_list(suite: Suite) -> str:
    return "\n".join(f"  {row.name:18} {row.title} ({row.unit})" for row in suite.rows)


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure Trackline beside MLflow on this machine.",
        epilog=f"{EXPLANATION}rows:\n{row_list(TRACKING)}\n\nrows with --artifacts:\n{row_list(ARTIFACTS)}\n\n"
        f"rows with --postgres:\n{row_list(POSTGRES)}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    other = parser.add_mutually_exclusive_group()
    other.add_argument("--artifacts", action="store_true", help="artifacts in an object store (Ceph, on loopback)")
    other.add_argument("--postgres", action="store_true", help="metadata in PostgreSQL (one server, on loopback)")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--only", nargs="+", metavar="ROW", help="these rows only")
    parser.add_argument(
        "--results", type=Path, metavar="FOLDER", help="write the results there, as .md, .json and .svg"
    )
    given = parser.parse_args()
    given.suite = ARTIFACTS if given.artifacts else POSTGRES if given.postgres else TRACKING
    names = [row.name for row in given.suite.rows]
    given.only = given.only or names
    if unknown := set(given.only) - set(names):
        parser.error(f"no row {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    return given


def main() -> int:
    given = options()
    suite: Suite = given.suite
    rows = [row for row in suite.rows if row.name in given.only]
    # SIGTERM too leaves through every `with`, so that no server outlives the benchmark.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    console = Console(width=None if sys.stdout.isatty() else 160)  # a file is as wide as the table
    try:
        report = measure(suite, rows, QUICK if given.quick else DEFAULT, console)
    except KeyboardInterrupt:
        return 130
    console.print(screen_table(report))
    for name, value in report.facts.items():
        console.print(f"{name}: {value}", highlight=False)
    whole = len(rows) == len(suite.rows) and not given.quick
    if folder := given.results or (HERE if whole else None):
        write(report, folder, suite.results)
        console.print(f"written: {folder / suite.results}.md, .json, .svg")
    return 1 if any(result.failures for result in report.results) else 0


if __name__ == "__main__":
    sys.exit(main())
