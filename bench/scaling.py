"""What larger installations would carry, reckoned from what the benchmark on PostgreSQL has measured.

python -m bench.scaling

writes docs/scaling.md from bench/POSTGRES.json.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from bench.report import number, table

HERE = Path(__file__).parent
RESULTS = HERE / "POSTGRES.json"
DOCUMENT = HERE.parent / "docs" / "scaling.md"
OURS = "Trackline"

USED = 0.7  # of each thing; what comes in waves needs the rest
WRITES_A_FLUSH = 4  # that are brought to the disk together, where the disk is what all wait for
PAGE = 8192  # bytes
DAY, YEAR = 86_400, 365
REPLICAS = (1, 4, 16)
WRITES = {"log-metric": 1, "log-batch": 1, "small-run": 3, "get-run": 0}  # of one unit of each work
TITLES = {
    "log-metric": "log-metric, requests/s",
    "log-batch": "points/s by log-batch",
    "small-run": "small runs/s",
    "get-run": "get-run, requests/s",
}
POINTS = 1000  # of one unit of log-batch
# What one training asks for: as many of each work.
TRAINING = {"small-run": 1, "log-batch": 50, "log-metric": 1000, "get-run": 50}
TRAINING_POINTS = TRAINING["log-batch"] * POINTS + TRAINING["log-metric"]

INTRODUCTION = """
# How far it grows

Written by `python -m bench.scaling` from [bench/POSTGRES.json](../bench/POSTGRES.json). Machines of these sizes were
not measured: this is reckoned from what one unit of work costs on a small one
({machine}; {date}; load before: {load}). The assumptions are at the end.

A replica is one process of `trackline server` with a core of its own (`--workers` starts several on one machine). All
replicas work on one PostgreSQL; artifacts are in an object store and take no part in this.
""".strip()
ASSUMPTIONS = f"""
## Assumptions

- A training is {", ".join(f"{count:,} x {name}" for name, count in TRAINING.items())}: {TRAINING_POINTS:,} points.
  Yours differs; the costs above let you reckon.
- {USED:.0%} of each core and of the IOPS is planned for; what comes in waves needs the rest.
- Costs stay as they are when there is more of everything: no waiting for locks (each run is written to by one
  training), indexes and what is read often in memory, a network that is quick enough.
- The disk: {WRITES_A_FLUSH} writes share a flush of the log where the disk is what all wait for (a replica commits
  up to 32 of them at once); each 8 KiB of the log is an operation, and for each a page of data is written at a
  checkpoint.
- PostgreSQL as it comes, fsync on. A standby, backups and autovacuum need room beside this.
- Connections: 23 for each replica. Beyond some four, raise `max_connections` (100 as it comes): see `trackline doctor`.
- Storage is that of points. Params, tags and summaries, some KB for each run, are left out.
- CPU is that of loopback; a real network costs a little more.
""".strip()


class Cost(NamedTuple):
    """Of one unit of work. CPU in milliseconds, `wal` in bytes."""

    server_ms: float
    database_ms: float
    wal: float
    writes: float

    @property
    def operations(self) -> float:
        """Of the disk: flushes of the log, its pages, and the pages of data that it speaks of."""
        return self.writes / WRITES_A_FLUSH + 2 * self.wal / PAGE


class Postgres(NamedTuple):
    cores: int
    iops: int


class Capacity(NamedTuple):
    """Units a second, and what is used up first."""

    rate: float
    bottleneck: str


DATABASES = (Postgres(4, 3_000), Postgres(16, 16_000), Postgres(64, 64_000))


def capacity(cost: Cost, replicas: int, postgres: Postgres) -> Capacity:
    limits = [
        Capacity(_over(replicas * 1000, cost.server_ms), "replicas"),
        Capacity(_over(postgres.cores * 1000, cost.database_ms), "database CPU"),
        Capacity(_over(postgres.iops, cost.operations), "IOPS"),
    ]
    return min(limits)


def together(costs: Mapping[str, Cost], amounts: Mapping[str, float]) -> Cost:
    parts = [[amount * value for value in costs[name]] for name, amount in amounts.items()]
    return Cost(*(sum(values) for values in zip(*parts, strict=True)))


def costs_in(results: Any) -> dict[str, Cost]:
    """As measured, by work."""
    return {
        name: Cost(
            _measured(results, f"server-cpu-{name}"),
            _measured(results, f"database-cpu-{name}"),
            _measured(results, f"wal-{name}") if writes else 0.0,
            writes,
        )
        for name, writes in WRITES.items()
    }


def document(results: Any) -> str:
    costs = costs_in(results)
    training = together(costs, TRAINING)
    a_point = _measured(results, "disk-grown")
    facts = results["facts"]
    load = facts["load before"].partition(" (")[0]
    parts = [
        INTRODUCTION.format(machine=facts["machine"], date=facts["date"], load=load),
        "## What one unit of work costs",
        _cost_table(costs, training),
        f"A point takes {number(a_point)} bytes of the database's files, indexes and what vacuum leaves included.",
        "## What they carry",
    ]
    for postgres in DATABASES:
        parts.append(f"### PostgreSQL with {postgres.cores} cores and {postgres.iops:,} IOPS")
        parts.append(_capacity_table(costs, training, postgres))
    parts += ["## Storage", _storage_table(a_point), ASSUMPTIONS]
    return "\n\n".join(parts) + "\n"


def _cost_table(costs: Mapping[str, Cost], training: Cost) -> str:
    names = {
        "log-metric": "a log-metric",
        "log-batch": "1,000 points by log-batch",
        "small-run": "a small run (three requests)",
        "get-run": "a get-run",
    }
    rows = [(names[name], cost) for name, cost in costs.items()]
    rows.append((f"a training ({TRAINING_POINTS:,} points)", training))
    lines = [
        (title, *(number(value) for value in (cost.server_ms, cost.database_ms, cost.wal, cost.operations)))
        for title, cost in rows
    ]
    return table(("", "CPU of a replica, ms", "CPU of PostgreSQL, ms", "WAL, bytes", "operations of the disk"), lines)


def _capacity_table(costs: Mapping[str, Cost], training: Cost, postgres: Postgres) -> str:
    works = [(TITLES[name], cost, POINTS if name == "log-batch" else 1) for name, cost in costs.items()]
    works.append(("trainings a day", training, DAY))
    lines = [
        (title, *(_cell(cost, replicas, postgres, factor) for replicas in REPLICAS)) for title, cost, factor in works
    ]
    return table(("", *(f"{count} replica{'' if count == 1 else 's'}" for count in REPLICAS)), lines)


def _cell(cost: Cost, replicas: int, postgres: Postgres, factor: int) -> str:
    rate, bottleneck = capacity(cost, replicas, postgres)
    return f"{_rounded(rate * factor)} ({bottleneck})"


def _storage_table(a_point: float) -> str:
    lines = []
    for trainings in (100, 1_000, 10_000, 100_000):
        points = trainings * TRAINING_POINTS
        lines.append((f"{trainings:,}", _rounded(points), f"{_rounded(points * YEAR * a_point / 1e9)} GB"))
    return table(("trainings a day", "points a day", "growth in a year"), lines)


def _measured(results: Any, name: str) -> float:
    (row,) = (row for row in results["rows"] if row["name"] == name)
    return float(median(row["samples"][OURS]))


def _over(supply: float, need: float) -> float:
    return supply * USED / need if need else float("inf")


def _rounded(value: float) -> str:
    """Two digits that count: it is a reckoning."""
    return f"{float(f'{value:.2g}'):,.0f}"


if __name__ == "__main__":
    DOCUMENT.write_text(document(json.loads(RESULTS.read_text(encoding="utf-8"))), encoding="utf-8")
    print(f"written: {DOCUMENT}")
