"""What the doctor makes of what it measures."""

from __future__ import annotations

import pytest

from trackline.jobs.doctor.clocks import check_clock


@pytest.mark.parametrize(
    ("ahead", "level", "said"),
    [
        (-1.5, "ok", "agrees"),
        (30, "warning", "30.0 s ahead of"),
        (-30, "warning", "30.0 s behind"),
        (7200, "error", "2 h ahead of"),
    ],
)
def test_a_clock_that_is_off_is_worse_the_more_it_is(ahead: float, level: str, said: str) -> None:
    finding = check_clock("The clock of s3://tracks", ahead)

    assert finding.level == level
    assert f"The clock of s3://tracks {said}" in finding.found or f"The clock of s3://tracks is {said}" in finding.found
