"""Measure the pages of Trackline beside MLflow's, in a real browser.

    python -m bench.pages [--quick] [--only ROW ...] [--results FOLDER]

All rows, seven rounds each, are written to bench/PAGES.md, .json and .svg; with --quick or --only nothing is, unless a
folder is named.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console

from bench.__main__ import measure, row_list, write
from bench.lab import Scale
from bench.pages_lab import PagesLab
from bench.pages_rows import ROWS
from bench.peers import peers
from bench.report import screen_table
from bench.suites import Suite

HERE = Path(__file__).parent
DEFAULT = Scale("default", rounds=7, seconds=0, starts=1, set_size=0, disk_seconds=0)
QUICK = Scale("quick", rounds=3, seconds=0, starts=1, set_size=0, disk_seconds=0)
PAGES = Suite("python -m bench.pages", ROWS, peers, PagesLab, "PAGES")


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.pages",
        description="Measure the pages of Trackline beside MLflow's, in a real browser.",
        epilog=f"rows:\n{row_list(PAGES)}\n\nexample: python -m bench.pages --quick --only table-10000 compare",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="three rounds instead of seven")
    parser.add_argument("--only", nargs="+", metavar="ROW", help="these rows only")
    parser.add_argument("--results", type=Path, metavar="FOLDER", help="write the results there")
    given = parser.parse_args()
    rows = [row for row in ROWS if row.name in (given.only or [row.name])]
    console = Console(width=None if sys.stdout.isatty() else 160)
    report = measure(PAGES, rows, QUICK if given.quick else DEFAULT, console)
    console.print(screen_table(report))
    if folder := given.results or (HERE if len(rows) == len(ROWS) and not given.quick else None):
        write(report, folder, PAGES.results)
        console.print(f"written: {folder / PAGES.results}.md, .json, .svg")
    return 1 if any(result.failures for result in report.results) else 0


if __name__ == "__main__":
    sys.exit(main())
