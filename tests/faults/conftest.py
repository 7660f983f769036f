"""The table of faults, which is printed when all have been tried."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from tests.faults.load import Outcome


class Row(NamedTuple):
    fault: str
    outcome: Outcome
    away: float  # seconds that the fault lasted
    back: float  # seconds from its end to the next write that was acknowledged


ROWS = pytest.StashKey[list[Row]]()
HEAD = """
| fault | points acknowledged | lost | duplicated | lasted | next write after |
|---|---|---|---|---|---|"""


@pytest.fixture
def table(request: pytest.FixtureRequest) -> list[Row]:
    """To add a row to."""
    return request.config.stash.setdefault(ROWS, [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    rows = config.stash.get(ROWS, [])
    if rows:
        terminalreporter.write_line(HEAD)
    for fault, outcome, away, back in rows:
        numbers = f"{outcome.acknowledged:,} | {outcome.lost} | {outcome.duplicated}"
        terminalreporter.write_line(f"| {fault} | {numbers} | {away:.1f} s | {back:.2f} s |")
