"""What Trackline's reads cost as its database grows.

python -m bench.growth [--runs N ...] [--steps N] [--folder FOLDER] [--results FOLDER]
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bench import machine
from bench.growth_lab import GrowthLab
from bench.growth_report import markdown, svg
from bench.growth_rows import ROWS
from bench.measure import Bench
from bench.peers import Peer, ours
from bench.processes import running
from bench.report import as_json, from_json
from bench.results import Report
from bench.scale import SMALL, Scale
from bench.scale_set import SetSize, fill, weight
from tools.environments import ROOT

RUNS = [1_000, 2_000, 10_000, 20_000, 100_000]
STEPS = 10
SCALE = replace(SMALL, long_points=SetSize(0, 0).long_points, patience=120)
RESULTS = "SCALE"
EXPLANATION = """
examples:
  python -m bench.growth                   1,000 to 100,000 runs, 13 million points; writes bench/SCALE.md, .json, .svg
  python -m bench.growth --runs 100000     this size anew; the others stay in the results as they are
  python -m bench.growth --steps 100       10 times as many points: 103 million with 100,000 runs (SCALE-100.*)
  python -m bench.growth --runs 500 --folder /tmp/set --results /tmp   a look

The databases are kept (.cache/bench/set), so that the next time begins with measuring; whoever is interrupted goes on
where they were. 100,000 runs take 0.4 GB with 13 million points.
"""


def main() -> int:
    given = options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    console, failed = Console(), False
    for runs in sorted(given.runs):
        size = SetSize(runs, given.steps)
        folder = make(given.folder / str(given.steps), size, console)
        report = measure(ours(), folder, size, SCALE, console)
        failed = failed or any(result.failures or result.left_out for result in report.results)
        write(report, runs, given.results / (RESULTS if given.steps == STEPS else f"{RESULTS}-{given.steps}"))
    return 1 if failed else 0


def make(place: Path, size: SetSize, console: Console) -> Path:
    """The folder of the set of that size, which begins as a copy of the next smaller one that is there."""
    folder = place / str(size.runs)
    smaller = [int(path.name) for path in place.glob("*") if path.name.isdigit() and int(path.name) < size.runs]
    if not folder.exists() and smaller:
        copy = place / "copying"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(place / str(max(smaller)), copy)
        copy.rename(folder)
    (folder / "data").mkdir(parents=True, exist_ok=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(f"{size.runs:,} runs: points", total=weight(size))
        began = time.monotonic()
        fill(folder / "data", size, lambda done: progress.advance(task, done))
    console.print(f"{size.runs:,} runs are there, after {time.monotonic() - began:.0f} s", highlight=False)
    return folder


def measure(peer: Peer, folder: Path, size: SetSize, scale: Scale, console: Console) -> Report:
    facts = {"date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", **machine.facts()}
    with running(peer, folder) as server:
        server.settle()
        lab = GrowthLab(server, scale, size)
        results = Bench(lab, (peer,), console).run(list(ROWS))
    return Report(facts | lab.facts(), {peer.name: peer.title}, results)


def write(report: Report, runs: int, place: Path) -> None:
    """Into what is there of other sizes; `place` is the name of the files, without their endings."""
    place.parent.mkdir(parents=True, exist_ok=True)
    file = place.with_suffix(".json")
    known = json.loads(file.read_text()) if file.exists() else {}
    known[str(runs)] = json.loads(as_json(report))
    reports = {int(name): from_json(json.dumps(known[name]), ROWS) for name in sorted(known, key=int)}
    file.write_text(json.dumps({str(number): known[str(number)] for number in reports}, indent=1) + "\n")
    place.with_suffix(".md").write_text(markdown(reports, f"{place.name}.svg"))
    place.with_suffix(".svg").write_text(svg(reports))


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.growth",
        description="What Trackline's reads cost as its database grows.",
        epilog=EXPLANATION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--runs", type=int, nargs="+", default=RUNS, metavar="N", help="how many, in turn")
    parser.add_argument("--steps", type=int, default=STEPS, metavar="N", help=f"points of each series ({STEPS})")
    parser.add_argument(
        "--folder", type=Path, default=ROOT / ".cache" / "bench" / "set", help="where the databases are kept"
    )
    parser.add_argument("--results", type=Path, default=Path(__file__).parent, metavar="FOLDER", help="where they go")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
