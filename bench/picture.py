"""The ratios as a picture: a bar for each row and peer, on a scale in powers of ten."""

from __future__ import annotations

from html import escape
from math import ceil, floor, log10

from bench.report import number, ratio
from bench.results import Report, Result

LEFT, WIDTH, RIGHT, BAR, GAP, TOP = 250, 420, 290, 14, 8, 80
BEHIND, INK, PALE = "#b5523b", "#57606a", "#d0d7de"
COLORS = ("#2f7d5b", "#3b6fb5", "#8a5bb0", "#a07a1c", "#2a8c95", "#a8406f", "#5c6b1f", "#7a4a2b", "#444c56", "#c0562f")


def svg(report: Report) -> str:
    """How many times better ours is than each of the others; rows without a ratio are left out."""
    known = [
        (result, {other: times for other in report.others if (times := result.times_better(report.ours, other))})
        for result in report.results
    ]
    known = [(result, ratios) for result, ratios in known if ratios]
    every = [times for _, ratios in known for times in ratios.values()]
    low = floor(log10(min([1.0, *every])))
    high = max(ceil(log10(max([10.0, *every]))), low + 1)

    def x(times: float) -> float:
        return LEFT + WIDTH * (log10(times) - low) / (high - low)

    bars, y = [], TOP
    for result, ratios in known:
        bars.append(text(LEFT - 12, y + 11, result.row.title, anchor="end"))
        for other, times in ratios.items():
            color = COLORS[report.others.index(other)] if times >= 1 else BEHIND
            bars += _bar(f"{ratio(times)}   {_figures(report, result, other)}", color, (x(1), x(times)), y)
            y += BAR
        y += GAP
    parts = [text(16, 24, f"{report.peers[report.ours]}: how many times better (on a scale in powers of ten)", size=15)]
    for place, other in enumerate(report.others):
        parts.append(text(LEFT + 200 * place, 48, f"than {report.peers[other]}", color=COLORS[place]))
    for power in range(low, high + 1):
        parts.append(line(x(10.0**power), TOP - 8, x(10.0**power), y + 4, INK if power == 0 else PALE))
        parts.append(text(x(10.0**power), y + 22, f"{10.0**power:,g} x", anchor="middle"))
    return page(parts + bars, LEFT + WIDTH + RIGHT, y + 40)


def page(parts: list[str], width: int, height: int) -> str:
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    back = '<rect width="100%" height="100%" fill="#ffffff"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>\n{back}\n' + "\n".join(parts) + "\n</svg>\n"


def line(x1: float, y1: float, x2: float, y2: float, color: str) -> str:
    return f'<line x1="{x1:.1f}" x2="{x2:.1f}" y1="{y1:.1f}" y2="{y2:.1f}" stroke="{color}"/>'


def text(x: float, y: float, words: str, *, size: int = 12, anchor: str = "start", color: str = INK) -> str:
    style = f'font-family="system-ui, sans-serif" font-size="{size}" fill="{color}" text-anchor="{anchor}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{escape(words)}</text>'


def _figures(report: Report, result: Result, other: str) -> str:
    ours, theirs = (result.median(peer) or 0.0 for peer in (report.ours, other))
    return f"({number(ours)} and {number(theirs)} {result.row.unit})"


def _bar(label: str, color: str, ends: tuple[float, float], y: float) -> list[str]:
    left, right = sorted(ends)
    return [
        f'<rect x="{left:.1f}" y="{y}" width="{max(right - left, 1):.1f}" height="{BAR - 2}" rx="2" fill="{color}"/>',
        text(right + 6, y + 10, label, size=11),
    ]
