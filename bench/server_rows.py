"""The rows of the server as such: its start, memory, and bytes on the disk."""

from __future__ import annotations

from bench import payloads
from bench.driver import drive, replay
from bench.lab import Lab
from bench.peers import Peer
from bench.processes import MEMORY_MEASURE, database_bytes
from bench.rows import POINTS, Goal, Row, metric_batches
from bench.stage import Stage

DISK_BATCHES = 100


def start(lab: Lab, peer: Peer) -> float:
    return lab.seconds_to_ready(peer)


def disk(lab: Lab, peer: Peer) -> float:
    empty = lab.empty_bytes(peer)
    with lab.fresh(peer) as server:
        stage = Stage(server, lab.scale)
        run_id = stage.new_run()
        outcome = drive(server.port, [replay(metric_batches(run_id, DISK_BATCHES))], lab.scale.disk_seconds)
        stage.ask(payloads.end_run(run_id))
    return (database_bytes(server.data) - empty) / (len(outcome.latencies) * POINTS)


def memory(lab: Lab, peer: Peer) -> float:
    return lab.stage(peer).server.memory_mb()


ROWS = (
    Row(
        "start",
        "server start to ready",
        "s",
        "lower",
        "From the start of the process, on an empty folder, to the first 200 of /health. Modules are compiled, and "
        "the page cache is as the machine has it: a first start after boot takes longer.",
        start,
        Goal(limit=0.7),
        "starts",
    ),
    Row(
        "disk",
        "bytes a point, sealed",
        "B",
        "lower",
        "One run with 10 series, in log-batches of 1,000 points (100 of them, or as many as the peer takes in the "
        "time); run ended, server stopped, write-ahead log folded in, the empty database's bytes subtracted. Values "
        "are doubles with noise in every bit, the worst to compress.",
        disk,
        Goal(limit=8),
        "once",
    ),
    Row(
        "memory",
        "memory after start",
        "MB",
        "lower",
        f"{MEMORY_MEASURE.upper()} of the whole process tree, once it has come to rest.",
        memory,
        Goal(limit=80),
        "once",
    ),
)

LAST_ROWS = (
    Row(
        "memory-loaded",
        "memory after load",
        "MB",
        "lower",
        "As after the start, after all the rows before this one.",
        memory,
        times="once",
    ),
)
