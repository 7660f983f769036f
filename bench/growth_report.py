"""The costs of each size side by side, their growth, and the figures that others have published."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, floor, log10

from bench.growth_rows import GROWING, ROWS, SEARCHES
from bench.picture import COLORS, INK, PALE, line, page, text
from bench.report import LEGEND, number, spread, table
from bench.results import Report, Result

SMALL, LARGE, MOST_GROWTH = 2_000, 100_000, 3  # a search of LARGE takes no longer than so many times one of SMALL
# PatrickKoss/mlflow-rs, rust/bench/RESULTS.md: p95 in ms, SQLite, 20,000 runs and 8 million points.
RUST_RUNS = 20_000
RUST = {"filter-p95": 36.0, "walk-p95": 8.5}
RUST_TEXT = """
A rewrite of MLflow's server in Rust ([mlflow-rs](https://github.com/PatrickKoss/mlflow-rs), rust/bench/RESULTS.md)
publishes figures for SQLite with 20,000 runs and 8 million points: its own, taken on its own machine (Intel Core Ultra
9 285K, 24 cores, 46 GiB, WSL2), with its own data (4 metrics and 5 params a run, in 40 experiments; here 10 and 20, in
one). Ours are of the machine and the load above. So this says what to expect, and nothing about one machine.
""".strip()
INTRODUCTION = """
Written by `make bench-scale` ([README.md](README.md)): SQLite, one server, the set of each size written by the store's
own functions, the requests of `make bench`.
""".strip()
LEFT, WIDTH, RIGHT, TOP, HEIGHT = 70, 560, 250, 60, 380


def markdown(reports: Mapping[int, Report], picture: str) -> str:
    """By the number of runs. `picture` is the file beside it."""
    last = reports[max(reports)]
    facts = {name: value for name, value in last.facts.items() if name not in ("load before", "date")}
    taken = [
        f"- {runs:,} runs, {report.facts['points']} points: {report.facts['date']}, load before: "
        f"{report.facts['load before'].partition(' (')[0]}"
        for runs, report in reports.items()
    ]
    failed = [
        f"- {result.row.title}, {runs:,} runs: {reason}"
        for runs, report in reports.items()
        for result in report.results
        for reason in (result.failures | result.left_out).values()
    ]
    parts = [
        "# As the database grows",
        INTRODUCTION,
        "\n".join([*(f"- {name}: {value}" for name, value in facts.items()), *taken]),
        _costs(reports),
        LEGEND.partition(" `taken`")[0],
        f"![The costs, by the number of runs]({picture})",
        "## Beside a rewrite in Rust",
        RUST_TEXT,
        _beside_rust(reports),
        "## What the rows are",
        "\n".join(f"- **{row.title}**: {row.how}" for row in ROWS),
    ]
    if failed:
        parts += ["## What failed", "\n".join(failed)]
    return "\n\n".join(parts) + "\n"


def svg(reports: Mapping[int, Report]) -> str:
    """Milliseconds over runs, both in powers of ten."""
    curves = {name: _values(reports, name) for name in GROWING}
    every = [value for curve in curves.values() for value in curve.values()]
    bottom, top = floor(log10(min([*every, 1]))), ceil(log10(max([*every, 10])))
    first, last = log10(min(reports)), max(log10(max(reports)), log10(min(reports)) + 1)

    def x(runs: float) -> float:
        return LEFT + WIDTH * (log10(runs) - first) / (last - first)

    def y(ms: float) -> float:
        return TOP + HEIGHT * (top - log10(ms)) / (top - bottom)

    parts = [text(16, 24, "Milliseconds, as the number of runs grows (both in powers of ten)", size=15)]
    for power in range(bottom, top + 1):
        parts.append(line(LEFT, y(10.0**power), LEFT + WIDTH, y(10.0**power), PALE))
        parts.append(text(LEFT - 8, y(10.0**power) + 4, f"{10.0**power:,g} ms", anchor="end"))
    for runs in reports:
        parts.append(line(x(runs), TOP, x(runs), TOP + HEIGHT, PALE))
        parts.append(text(x(runs), TOP + HEIGHT + 18, f"{runs:,}", anchor="middle"))
    titles = {row.name: row.title for row in ROWS}
    for place, (name, curve) in enumerate((name, curve) for name, curve in curves.items() if curve):
        points = " ".join(f"{x(runs):.1f},{y(ms):.1f}" for runs, ms in curve.items())
        parts.append(f'<polyline points="{points}" fill="none" stroke="{COLORS[place]}" stroke-width="2"/>')
        parts.append(line(LEFT + WIDTH + 16, TOP + 20 * place, LEFT + WIDTH + 36, TOP + 20 * place, COLORS[place]))
        parts.append(text(LEFT + WIDTH + 42, TOP + 20 * place + 4, titles[name], color=INK))
    return page(parts, LEFT + WIDTH + RIGHT, TOP + HEIGHT + 40)


def _costs(reports: Mapping[int, Report]) -> str:
    head = ["work", "unit", *(f"{runs:,} runs" for runs in reports), f"{LARGE:,} over {SMALL:,}", "goal", "reached"]
    lines = []
    for row in ROWS:
        found = {runs: _result(report, row.name) for runs, report in reports.items()}
        cells = [spread(result, reports[runs].ours) if result else "" for runs, result in found.items()]
        values = _values(reports, row.name)
        growth = values[LARGE] / values[SMALL] if SMALL in values and LARGE in values else None
        goal, reached = "", None
        if row.name in SEARCHES:
            goal, reached = f"≤ {MOST_GROWTH} x", growth and growth <= MOST_GROWTH
        elif row.goal.limit is not None:
            goal, reached = (
                f"≤ {row.goal.limit:g} {row.unit}",
                all(value <= row.goal.limit for value in values.values()),
            )
        shown = "" if growth is None else f"{number(growth)} x"
        lines.append([row.title, row.unit, *cells, shown, goal, _answer(reached)])
    return table(head, lines)


def _beside_rust(reports: Mapping[int, Report]) -> str:
    head = ["work, p95", "unit", "the rewrite's figure", f"Trackline, {RUST_RUNS:,} runs", "ours is less"]
    lines = []
    for name, theirs in RUST.items():
        (row,) = (row for row in ROWS if row.name == name)
        mine = _values(reports, name).get(RUST_RUNS)
        lines.append(
            [row.title, "ms", number(theirs), "" if mine is None else number(mine), _answer(mine and mine < theirs)]
        )
    return table(head, lines)


def _answer(reached: bool | float | None) -> str:
    return "" if reached is None else "yes" if reached else "no"


def _values(reports: Mapping[int, Report], name: str) -> dict[int, float]:
    found = {runs: _result(report, name) for runs, report in reports.items()}
    medians = {runs: result.median(reports[runs].ours) for runs, result in found.items() if result}
    return {runs: value for runs, value in medians.items() if value}


def _result(report: Report, name: str) -> Result | None:
    return next((result for result in report.results if result.row.name == name), None)
