"""How much is measured: from a look in a minute to what takes most of an hour."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Times are seconds. What a peer cannot make in `set_up_seconds` is not measured of it; it gets no more rounds of a
    row once they took `cell_seconds` together, and no more than `patience` for one answer.
    """

    name: str
    rounds: int
    seconds: float  # of one round of requests
    starts: int
    set_size: int  # runs that search and get-run read
    experiments: int
    long_points: int  # of the long series
    curves: int  # runs whose series of `curve_points` are thinned together
    curve_points: int
    loop_runs: int  # of the official client
    artifact_mb: int
    moved_points: int  # of a hundred long runs that are moved, and short ones
    moved_runs: int
    disk_seconds: float  # for the points whose bytes are counted
    set_up_seconds: float
    cell_seconds: float
    patience: float


QUICK = Scale(
    "quick",
    rounds=2,
    seconds=0.3,
    starts=1,
    set_size=200,
    experiments=40,
    long_points=100_000,
    curves=5,
    curve_points=20_000,
    loop_runs=10,
    artifact_mb=50,
    moved_points=1_000_000,
    moved_runs=2_000,
    disk_seconds=3,
    set_up_seconds=20,
    cell_seconds=6,
    patience=20,
)
SMALL = Scale(
    "small",
    rounds=3,
    seconds=0.4,
    starts=2,
    set_size=1_000,
    experiments=100,
    long_points=1_000_000,
    curves=20,
    curve_points=100_000,
    loop_runs=50,
    artifact_mb=200,
    moved_points=10_000_000,
    moved_runs=20_000,
    disk_seconds=6,
    set_up_seconds=70,
    cell_seconds=15,
    patience=30,
)
LARGE = Scale(
    "large",
    rounds=5,
    seconds=1.0,
    starts=3,
    set_size=2_000,
    experiments=1_000,
    long_points=1_000_000,
    curves=20,
    curve_points=100_000,
    loop_runs=50,
    artifact_mb=200,
    moved_points=10_000_000,
    moved_runs=20_000,
    disk_seconds=12,
    set_up_seconds=600,
    cell_seconds=120,
    patience=120,
)
SCALES = {scale.name: scale for scale in (QUICK, SMALL, LARGE)}
