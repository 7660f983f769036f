"""The ratios as a picture: one bar a row, on a scale in powers of ten."""

from __future__ import annotations

from html import escape
from math import ceil, floor, log10

from bench.report import number, ratio
from bench.results import Report, Result

LEFT, WIDTH, RIGHT, LINE, TOP = 230, 420, 250, 26, 56
OURS, THEIRS, INK, PALE = "#2f7d5b", "#b5523b", "#57606a", "#d0d7de"


def svg(report: Report) -> str:
    """How many times better ours is than the first of the others; rows without a ratio are left out."""
    other = report.others[0]
    bars = [(result, result.times_better(report.ours, other)) for result in report.results]
    known = [(result, times) for result, times in bars if times is not None]
    low = floor(log10(min([1.0, *(times for _, times in known)])))
    high = max(ceil(log10(max([10.0, *(times for _, times in known)]))), low + 1)

    def x(times: float) -> float:
        return LEFT + WIDTH * (log10(times) - low) / (high - low)

    height = TOP + LINE * len(known) + 40
    parts = [_text(16, 24, f"{report.peers[report.ours]}: how many times better than {report.peers[other]}", 15)]
    for power in range(low, high + 1):
        parts.append(_line(x(10.0**power), TOP - 8, height - 34, INK if power == 0 else PALE))
        parts.append(_text(x(10.0**power), height - 16, f"{10.0**power:,g} x", anchor="middle"))
    for place, (result, times) in enumerate(known):
        label = f"{ratio(times)}   {_figures(report, result)}"
        parts += _bar(result.row.title, label, (x(1), x(times)), TOP + LINE * place)
    size = f'viewBox="0 0 {LEFT + WIDTH + RIGHT} {height}" width="{LEFT + WIDTH + RIGHT}" height="{height}"'
    back = '<rect width="100%" height="100%" fill="#ffffff"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>\n{back}\n' + "\n".join(parts) + "\n</svg>\n"


def _figures(report: Report, result: Result) -> str:
    ours, theirs = (result.median(peer) or 0.0 for peer in (report.ours, report.others[0]))
    return f"({number(ours)} and {number(theirs)} {result.row.unit})"


def _bar(title: str, label: str, ends: tuple[float, float], y: float) -> list[str]:
    one, end = ends
    left, right = sorted(ends)
    fill = OURS if end >= one else THEIRS
    return [
        _text(LEFT - 12, y + 13, title, anchor="end"),
        f'<rect x="{left:.1f}" y="{y}" width="{max(right - left, 1):.1f}" height="16" rx="2" fill="{fill}"/>',
        _text(right + 6, y + 13, label),
    ]


def _line(x: float, top: float, bottom: float, color: str) -> str:
    return f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{bottom}" stroke="{color}"/>'


def _text(x: float, y: float, text: str, size: int = 12, anchor: str = "start") -> str:
    style = f'font-family="system-ui, sans-serif" font-size="{size}" fill="{INK}" text-anchor="{anchor}"'
    return f'<text x="{x:.1f}" y="{y}" {style}>{escape(text)}</text>'
