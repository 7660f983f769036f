"""Measure Trackline beside MLflow and FastTrackML on this machine.

python -m bench [--artifacts | --postgres | --moving] [--scale SCALE] [--only ROW ...] [--merge] [--results FOLDER]
"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from rich.console import Console

from bench.measure import measure
from bench.picture import svg
from bench.report import as_json, from_json, markdown, screen_table
from bench.results import CannotMerge, Report, merged
from bench.scale import SCALES, SMALL
from bench.suites import ARTIFACTS, MOVING, POSTGRES, TRACKING, Suite

HERE = Path(__file__).parent
EXPLANATION = """
All servers run on this machine with their own defaults, on SQLite and a local folder, and get the same
requests over kept-alive connections, in turns: A B C A B C. The table has medians of the rounds with the lowest
and the highest. Data goes to a temporary folder (TMPDIR names where) and is gone at the end.

examples:
  python -m bench                          every row, some minutes; writes bench/RESULTS.md, .json and .svg
  python -m bench --scale quick            every row with fewer and shorter rounds and less data; writes nothing
  python -m bench --scale large            longer rounds, more data, more patience; some 40 minutes
  python -m bench --only search history-1m a group of rows and a row; writes nothing
  python -m bench --only search --merge    puts these rows, with their date, in the place of the earlier ones
  python -m bench --scale quick --results /tmp  writes RESULTS.* there
  python -m bench --artifacts              artifacts in an object store, some minutes; writes bench/ARTIFACTS.*
  python -m bench --postgres               on PostgreSQL; writes bench/POSTGRES.*
  python -m bench --moving                 import, export and backup, without peers; writes bench/MOVING.*

"""


def write(report: Report, folder: Path, name: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.md").write_text(markdown(report, f"{name}.svg"))
    (folder / f"{name}.json").write_text(as_json(report))
    if report.others:
        (folder / f"{name}.svg").write_text(svg(report))


def row_list(suite: Suite) -> str:
    lines = []
    for group, rows in suite.groups.items():
        lines += [f"  {group}:", *(f"    {row.name:18} {row.title} ({row.unit})" for row in rows)]
    return "\n".join(lines)


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure Trackline beside MLflow and FastTrackML on this machine.",
        epilog=f"{EXPLANATION}groups and rows:\n{row_list(TRACKING)}\n\nwith --artifacts:\n{row_list(ARTIFACTS)}\n\n"
        f"with --postgres:\n{row_list(POSTGRES)}\n\nwith --moving:\n{row_list(MOVING)}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    other = parser.add_mutually_exclusive_group()
    other.add_argument("--artifacts", action="store_true", help="artifacts in an object store (Ceph, on loopback)")
    other.add_argument("--postgres", action="store_true", help="metadata in PostgreSQL (one server, on loopback)")
    other.add_argument("--moving", action="store_true", help="import, export and backup of Trackline alone")
    parser.add_argument("--scale", choices=SCALES, default=SMALL.name, help="how much (small)")
    parser.add_argument("--only", nargs="+", metavar="ROW", help="these rows, or groups of rows, only")
    parser.add_argument("--merge", action="store_true", help="keep the other rows that the results have")
    parser.add_argument(
        "--results", type=Path, metavar="FOLDER", help="write the results there, as .md, .json and .svg"
    )
    given = parser.parse_args()
    others = ((given.artifacts, ARTIFACTS), (given.postgres, POSTGRES), (given.moving, MOVING))
    given.suite = next((suite for chosen, suite in others if chosen), TRACKING)
    known = [*given.suite.groups, *(row.name for row in given.suite.rows)]
    if unknown := set(given.only or ()) - set(known):
        parser.error(f"no row {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    return given


def main() -> int:
    given = options()
    suite: Suite = given.suite
    chosen = {row.name for name in given.only or suite.groups for row in suite.named(name)}
    rows = [row for row in suite.rows if row.name in chosen]
    # SIGTERM too leaves through every `with`, so that no server outlives the benchmark.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    console = Console(width=None if sys.stdout.isatty() else 200)  # a file is as wide as the table
    try:
        report = measure(suite, rows, SCALES[given.scale], console)
    except KeyboardInterrupt:
        return 130
    failed = any(result.failures for result in report.results)
    whole = len(rows) == len(suite.rows) and given.scale != "quick"
    folder: Path | None = given.results or (HERE if whole or given.merge else None)
    unmerged = ""
    if folder and given.merge:
        try:
            report = with_earlier(report, folder, suite)
        except CannotMerge as reason:
            folder, unmerged = None, f"not merged, and nothing is written: {reason}"
    console.print(screen_table(report))
    for name, value in report.facts.items():
        console.print(f"{name}: {value}", highlight=False)
    if folder:
        write(report, folder, suite.results)
        console.print(f"written: {folder / suite.results}.*")
    console.print(unmerged, style="red", markup=False)
    return 1 if failed or unmerged else 0


def with_earlier(report: Report, folder: Path, suite: Suite) -> Report:
    """The report, and the other rows of what is in `folder`. Raises CannotMerge."""
    file = folder / f"{suite.results}.json"
    return merged(from_json(file.read_text(), suite.rows), report, suite.rows) if file.exists() else report


if __name__ == "__main__":
    sys.exit(main())
