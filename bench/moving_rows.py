"""The rows of moving in and out: whole commands, with the comparison or check that each ends with."""

from __future__ import annotations

from collections.abc import Callable

from bench.driver import Refused
from bench.moving_lab import LONG_RUNS, MovingLab
from bench.peers import Peer
from bench.rows import Goal, Row

Measure = Callable[[MovingLab, Peer], float]
MEMORY = "the most that the command took meanwhile (PSS)"


def import_points(lab: MovingLab, peer: Peer) -> float:
    return lab.scale.moved_points / lab.moved(peer, "points").seconds


def import_runs(lab: MovingLab, peer: Peer) -> float:
    return lab.scale.moved_runs / lab.moved(peer, "runs").seconds


def verification(which: str) -> Measure:
    def measure(lab: MovingLab, peer: Peer) -> float:
        moved = lab.moved(peer, which)
        return moved.done.seconds - moved.seconds

    return measure


def memory(which: str) -> Measure:
    return lambda lab, peer: lab.moved(peer, which).done.most_mb


def again(lab: MovingLab, peer: Peer) -> float:
    moved = lab.moved(peer, "points")
    done = lab.run(peer, "import", moved.source, f"--backend-store-uri=sqlite:///{moved.target}")
    if f"New: 0 runs, 0 points. Here before: {LONG_RUNS:,} runs." not in done.said:
        raise Refused(done.said)
    return done.seconds


def export(form: str) -> Measure:
    def measure(lab: MovingLab, peer: Peer) -> float:
        database = f"--backend-store-uri=sqlite:///{lab.moved(peer, 'points').target}"
        done = lab.run(peer, "export", lab.new_folder() / "there", f"--format={form}", database)
        return lab.scale.moved_points / done.seconds

    return measure


def back_up(lab: MovingLab, peer: Peer) -> float:
    target = lab.moved(peer, "points").target
    return lab.run(peer, "backup", target.with_name("backup"), f"--backend-store-uri=sqlite:///{target}").seconds


def verify(lab: MovingLab, peer: Peer) -> float:
    place = lab.moved(peer, "points").target.with_name("backup")
    if not place.exists():
        back_up(lab, peer)
    return lab.run(peer, "verify", place).seconds


ROWS = (
    Row(
        "import-points",
        "import of many points",
        "points/s",
        "higher",
        "`trackline import` of MLflow's database in SQLite with a hundred long runs into a new one, until all is there",
        import_points,
        Goal(limit=300_000),
        times="once",
    ),
    Row(
        "import-points-verified",
        "… its verification",
        "s",
        "lower",
        "what the command takes beyond that: its start, and the verification, in which both are read anew and compared",
        verification("points"),
        times="once",
    ),
    Row("import-points-memory", "… its memory", "MB", "lower", MEMORY, memory("points"), Goal(limit=300), times="once"),
    Row(
        "import-runs",
        "import of many runs",
        "runs/s",
        "higher",
        "the same of short runs",
        import_runs,
        Goal(limit=2_000),
        times="once",
    ),
    Row(
        "import-runs-verified",
        "… their verification",
        "s",
        "lower",
        "the same of the short runs",
        verification("runs"),
        times="once",
    ),
    Row("import-runs-memory", "… their memory", "MB", "lower", MEMORY, memory("runs"), Goal(limit=300), times="once"),
    Row(
        "import-again",
        "import of many points, again",
        "s",
        "lower",
        "the same command once more: what is there is found and compared, and nothing is added",
        again,
        times="once",
    ),
    Row(
        "export-mlflow",
        "export to MLflow",
        "points/s",
        "higher",
        "`trackline export` of the long runs to a new database of MLflow's, with the comparison",
        export("mlflow"),
        times="once",
    ),
    Row(
        "export-archive",
        "export to an archive",
        "points/s",
        "higher",
        "the same to one file for another Trackline",
        export("archive"),
        times="once",
    ),
    Row(
        "export-parquet",
        "export to Parquet",
        "points/s",
        "higher",
        "the same to Parquet files, which are not compared",
        export("parquet"),
        times="once",
    ),
    Row("backup", "backup", "s", "lower", "`trackline backup` of the long runs to a folder", back_up, times="once"),
    Row("verify", "verify", "s", "lower", "`trackline verify` of that backup", verify, times="once"),
)
