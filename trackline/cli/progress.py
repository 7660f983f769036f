"""How far a long piece of work is, on the terminal; where there is none, nothing is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from trackline.jobs.importers.source import Amounts
from trackline.jobs.relocate import Size

RUN_WEIGHT = 50


class FilesAndBytes:
    """A `Watcher`."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task = bar.add_task("Counting", total=None, files=0, of=0)
        self._files = 0

    def begin(self, doing: str, size: Size) -> None:
        self._files = 0
        self._bar.reset(self._task, description=doing, total=size.bytes, files=0, of=size.files)

    def advance(self, files: int, size: int) -> None:
        self._files += files
        self._bar.update(self._task, advance=size, files=self._files)


@contextmanager
def shown_progress() -> Iterator[FilesAndBytes]:
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[files]:,} of {task.fields[of]:,} files"),
        DownloadColumn(binary_units=True),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        yield FilesAndBytes(bar)


class RunsAndPoints:
    """A `Watcher` of an import or export. A run counts as much as RUN_WEIGHT points.

    Where nobody has counted the points, only runs count.
    """

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task = bar.add_task("Counting", total=None, runs=0, of=0, points=0, rate="")
        self._began = 0.0
        self._runs = self._points = 0
        self._points_count = True

    def begin(self, doing: str, amounts: Amounts) -> None:
        self._began, self._runs, self._points = monotonic(), 0, 0
        self._points_count = amounts.points >= 0
        total = amounts.runs * RUN_WEIGHT + max(amounts.points, 0)
        self._bar.reset(self._task, description=doing, total=total, runs=0, of=amounts.runs, points=0, rate="")

    def advance(self, runs: int, points: int) -> None:
        self._runs += runs
        self._points += points
        rate = self._points / max(monotonic() - self._began, 0.001)
        advance = runs * RUN_WEIGHT + (points if self._points_count else 0)
        self._bar.update(
            self._task, advance=advance, runs=self._runs, points=self._points, rate=f"{rate:,.0f} points/s"
        )


@contextmanager
def shown_amounts() -> Iterator[RunsAndPoints]:
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[runs]:,} of {task.fields[of]:,} runs, {task.fields[points]:,} points"),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        yield RunsAndPoints(bar)


@contextmanager
def shown_download(name: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Gives what to call with the number of bytes that came; `total` is None where it is not known."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(binary_units=True),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task(name, total=total)
        yield lambda size: bar.advance(task, size)


@contextmanager
def shown_counts() -> Iterator[Callable[[str, int], None]]:
    """Gives what to call with a word for things and how many of them were done."""
    console = Console(stderr=True)
    counts: dict[str, int] = {}
    with Progress(TextColumn("{task.description}"), console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("Looking", total=None)

        def advance(things: str, count: int) -> None:
            counts[things] = counts.get(things, 0) + count
            bar.update(task, description=", ".join(f"{number:,} {name}" for name, number in counts.items()))

        yield advance
