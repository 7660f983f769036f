"""A report as people and programs read it: a table on the screen, Markdown, JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable

from rich.box import SIMPLE_HEAD
from rich.table import Table

from bench.results import Report, Result
from bench.rows import Row

LEGEND = (
    "A cell is the median of the rounds and, in brackets, the lowest and the highest. `taken` says when (UTC), and how "
    "busy the machine was (its load, 1 minute average)."
)


def screen_table(report: Report) -> Table:
    shown = Table(box=SIMPLE_HEAD)
    for place, name in enumerate(header(report)):
        shown.add_column(name, justify="left" if place == 0 else "right")
    for result in report.results:
        shown.add_row(*cells(report, result))
    return shown


def markdown(report: Report, picture: str) -> str:
    """`picture` is the file beside it with the bars."""
    titles = [*header(report), "taken"]
    lines = [[*cells(report, result), result.taken] for result in report.results]
    parts = [
        "# Results",
        "Written by the command below; [README.md](README.md) says how it measures and how to read this.",
        "\n".join(f"- {name}: {value}" for name, value in report.facts.items()),
        table(titles, lines),
        LEGEND,
        *([f"![How many times better, row by row]({picture})"] if report.others else []),
        "## What the rows are",
        "\n".join(f"- **{result.row.title}**: {result.row.how}" for result in report.results),
    ]
    for title, reasons in (
        ("Empty cells", [(result, result.left_out) for result in report.results]),
        ("What failed", [(result, result.failures) for result in report.results]),
    ):
        named = [
            f"- {result.row.title}, {peer}: {brief(reason)}"
            for result, found in reasons
            for peer, reason in found.items()
        ]
        if named:
            parts += [f"## {title}", "\n".join(named)]
    return "\n\n".join(parts) + "\n"


def table(head: Iterable[str], lines: Iterable[Iterable[str]]) -> str:
    """In Markdown; all columns but the first are of numbers."""
    head = list(head)
    rows = [head, ["---", *["---:"] * (len(head) - 1)], *lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def as_json(report: Report) -> str:
    rows = [
        {
            "name": result.row.name,
            "title": result.row.title,
            "unit": result.row.unit,
            "better": result.row.better,
            "samples": result.samples,
            "failures": result.failures,
            "left_out": result.left_out,
            "taken": result.taken,
            "reached": result.reached(report.ours),
        }
        for result in report.results
    ]
    return json.dumps({"facts": report.facts, "peers": report.peers, "rows": rows}, indent=1) + "\n"


def from_json(text: str, rows: Iterable[Row]) -> Report:
    """What `as_json` has written, of those of its rows that still are among `rows`."""
    written, known = json.loads(text), {row.name: row for row in rows}
    results = [
        Result(known[one["name"]], one["samples"], one["failures"], one["left_out"], one["taken"])
        for one in written["rows"]
        if one["name"] in known
    ]
    return Report(written["facts"], written["peers"], results)


def header(report: Report) -> list[str]:
    ratios = [f"better than {other}" for other in report.others]
    return ["work", "unit", *report.peers.values(), *ratios, "goal", "reached"]


def cells(report: Report, result: Result) -> list[str]:
    return [
        result.row.title,
        result.row.unit,
        *(spread(result, peer) for peer in report.peers),
        *(ratio(result.times_better(report.ours, other)) for other in report.others),
        goal_text(result.row),
        {True: "yes", False: "no", None: ""}[result.reached(report.ours)],
    ]


def spread(result: Result, peer: str) -> str:
    if peer in result.left_out:
        return ""
    middle = result.median(peer)
    if middle is None:
        return "failed"
    samples = result.samples[peer]
    if len(samples) == 1:
        return number(middle)
    return f"{number(middle)} ({number(min(samples))} to {number(max(samples))})"


def brief(reason: str) -> str:
    """What went wrong and, of a log behind it, the last line."""
    first, *others = reason.strip().splitlines()
    return f"{first} {others[-1]}" if others else first


def number(value: float) -> str:
    """Three digits that count, more where there are more before the point."""
    for decimals, bound in ((0, 100), (1, 10), (2, 1)):
        if abs(value) >= bound:
            return f"{value:,.{decimals}f}"
    return f"{value:.3f}"


def ratio(times: float | None) -> str:
    return "" if times is None else f"{number(times)} x"


def goal_text(row: Row) -> str:
    parts = []
    if row.goal.limit is not None:
        parts.append(f"{'≤' if row.better == 'lower' else '≥'} {row.goal.limit:,g} {row.unit}")
    parts += [f"≥ {times:.3g} x {name}" for name, times in row.goal.over.items()]
    return ", ".join(parts)
