"""Measure the pages of Trackline beside MLflow's, in a real browser.

    python -m bench.pages [--scale quick] [--only ROW ...] [--results FOLDER]

All rows, seven rounds each, are written to bench/PAGES.md, .json and .svg; with --scale quick or --only nothing is,
unless a folder is named.
"""

from __future__ import annotations

import argparse
import signal
import sys
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from bench.__main__ import row_list, write
from bench.measure import measure
from bench.pages_lab import PagesLab
from bench.pages_rows import ROWS
from bench.peers import mlflow_peers
from bench.report import screen_table
from bench.scale import SMALL
from bench.suites import Suite

HERE = Path(__file__).parent
SCALES = {
    name: replace(SMALL, name=name, rounds=rounds, cell_seconds=600) for name, rounds in (("small", 7), ("quick", 3))
}
PAGES = Suite("python -m bench.pages", {"pages": ROWS}, mlflow_peers, PagesLab, "PAGES")


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.pages",
        description="Measure the pages of Trackline beside MLflow's, in a real browser.",
        epilog=f"rows:\n{row_list(PAGES)}\n\nexample: python -m bench.pages --scale quick --only table-10000 compare",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--scale", choices=SCALES, default="small", help="seven rounds (small), or three (quick)")
    parser.add_argument("--only", nargs="+", metavar="ROW", help="these rows only")
    parser.add_argument("--results", type=Path, metavar="FOLDER", help="write the results there")
    given = parser.parse_args()
    rows = [row for row in ROWS if row.name in (given.only or [row.name])]
    # SIGTERM too leaves through every `with`, so that neither server nor browser outlives the benchmark.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    console = Console(width=None if sys.stdout.isatty() else 160)
    report = measure(PAGES, rows, SCALES[given.scale], console)
    console.print(screen_table(report))
    if folder := given.results or (HERE if len(rows) == len(ROWS) and given.scale == "small" else None):
        write(report, folder, PAGES.results)
        console.print(f"written: {folder / PAGES.results}.md, .json, .svg")
    return 1 if any(result.failures for result in report.results) else 0


if __name__ == "__main__":
    sys.exit(main())
