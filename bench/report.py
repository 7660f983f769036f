"""A report as people and programs read it: a table on the screen, Markdown, JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table

from bench.results import Report, Result
from bench.rows import Row


def screen_table(report: Report) -> Table:
    table = Table(box=SIMPLE_HEAD)
    for number, name in enumerate(header(report)):
        table.add_column(name, justify="left" if number == 0 else "right")
    for result in report.results:
        table.add_row(*cells(report, result))
    return table


def markdown(report: Report, picture: str) -> str:
    """`picture` is the file beside it with the bars."""
    titles = header(report)
    table = [titles, ["---", *["---:"] * (len(titles) - 1)]]
    table += [cells(report, result) for result in report.results]
    failures = [
        f"- {result.row.title}, {peer}: {brief(reason)}"
        for result in report.results
        for peer, reason in result.failures.items()
    ]
    parts = [
        "# Results",
        "Written by the command below; [README.md](README.md) says how it measures and how to read this.",
        "\n".join(f"- {name}: {value}" for name, value in report.facts.items()),
        "\n".join(f"| {' | '.join(line)} |" for line in table),
        "A cell is the median of the rounds and, in brackets, the lowest and the highest.",
        f"![How many times better, row by row]({picture})",
        "## What the rows are",
        "\n".join(f"- **{result.row.title}**: {result.row.how}" for result in report.results),
    ]
    if failures:
        parts += ["## What failed", "\n".join(failures)]
    return "\n\n".join(parts) + "\n"


def as_json(report: Report) -> str:
    rows = [
        {
            "name": result.row.name,
            "title": result.row.title,
            "unit": result.row.unit,
            "better": result.row.better,
            "samples": result.samples,
            "failures": result.failures,
            "reached": result.reached(report.ours, report.others),
        }
        for result in report.results
    ]
    return json.dumps({"facts": report.facts, "peers": report.peers, "rows": rows}, indent=1) + "\n"


def header(report: Report) -> list[str]:
    ratios = [f"better than {other}" for other in report.others]
    return ["work", "unit", *report.peers.values(), *ratios, "goal", "reached"]


def cells(report: Report, result: Result) -> list[str]:
    return [
        result.row.title,
        result.row.unit,
        *(spread(result, peer) for peer in report.peers),
        *(ratio(result.times_better(report.ours, other)) for other in report.others),
        goal_text(result.row, report.others),
        {True: "yes", False: "no", None: ""}[result.reached(report.ours, report.others)],
    ]


def spread(result: Result, peer: str) -> str:
    if peer in result.row.without:
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


def goal_text(row: Row, others: Sequence[str]) -> str:
    parts = []
    if row.goal.limit is not None:
        parts.append(f"{'≤' if row.better == 'lower' else '≥'} {row.goal.limit:,g} {row.unit}")
    parts += [f"≥ {times:.2g} x {name}" for name, times in row.goal.over(others).items()]
    return ", ".join(parts)
