"""The rows that read runs: one, and pages of them in several orders."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from bench import payloads
from bench.lab import Lab
from bench.peers import Peer
from bench.rows import Goal, Row, check, read, than_fasttrackml
from bench.run_set import chosen
from bench.stage import Stage

MOST = 100
ALL = 1_000
WITHOUT = {"FastTrackML": "the tokens of its pages are cut short ('{\"offset\":12'), and it refuses them itself"}


def get_run(lab: Lab, peer: Peer) -> float:
    stage = lab.stage(peer)
    requests = [payloads.get("runs/get", run_id=run_id) for run_id in stage.set_runs]
    return read(stage, *requests).p50_ms


def search(page: Callable[[str, int], bytes], most: int, lab: Lab, peer: Peer) -> float:
    """The first page of all runs of the set, in some order."""
    stage = lab.stage(peer)
    number = min(most, stage.set_size)
    return _search(stage, page(stage.set_experiment, number), number)


def search_chosen(lab: Lab, peer: Peer) -> float:
    stage = lab.stage(peer)
    return _search(stage, payloads.best_chosen(stage.set_experiment, MOST), min(MOST, chosen(stage.set_size)))


def last_page(lab: Lab, peer: Peer) -> float:
    stage = lab.stage(peer)
    return _search(stage, stage.last_page, stage.page_size)


def last_page_to_first(lab: Lab, peer: Peer) -> float:
    stage = lab.stage(peer)
    first = payloads.newest(stage.set_experiment, stage.page_size)
    return last_page(lab, peer) / _search(stage, first, stage.page_size)


def experiments(lab: Lab, peer: Peer) -> float:
    stage = lab.stage(peer)
    number = min(MOST, stage.experiments)
    outcome = read(stage, payloads.experiments(number))
    check(outcome, "experiments", number)
    return outcome.p50_ms


def _search(stage: Stage, request: bytes, number: int) -> float:
    outcome = read(stage, request)
    check(outcome, "runs", number)
    return outcome.p50_ms


ROWS = (
    Row(
        "get-run",
        "get-run, p50",
        "ms",
        "lower",
        "One run after the other of the set: finished runs with 10 metrics and 20 params each.",
        get_run,
        than_fasttrackml(1 / 1.2),
    ),
    Row(
        "search-newest",
        "search newest 100 runs, p50",
        "ms",
        "lower",
        "The first page of the set's experiment, by start time, with all data.",
        partial(search, payloads.newest, MOST),
        than_fasttrackml(8),
    ),
    Row(
        "search-metric",
        "search best 100 runs, p50",
        "ms",
        "lower",
        "The first page of the set's experiment, by a metric, with all data.",
        partial(search, payloads.best, MOST),
        than_fasttrackml(8),
    ),
    Row(
        "search-chosen",
        "filter by metric and param, p50",
        "ms",
        "lower",
        "The first 100 of the tenth of the set that a metric and a param choose, by another metric, with all data.",
        search_chosen,
        than_fasttrackml(2),
    ),
    Row(
        "search-all",
        "search 1,000 runs, p50",
        "ms",
        "lower",
        "The newest 1,000 runs of the set with all data in one page (200 at the scale quick).",
        partial(search, payloads.newest, ALL),
        than_fasttrackml(12),
    ),
    Row(
        "search-page",
        "page 50 of a search, p50",
        "ms",
        "lower",
        "A page of 20 runs, newest first, after a walk through the 49 before it (4 runs at the scale quick, 40 at the "
        "scale large).",
        last_page,
        without=WITHOUT,
    ),
    Row(
        "search-pages",
        "page 50 over page 1",
        "x",
        "lower",
        "The time of that page over the time of the first.",
        last_page_to_first,
        Goal(limit=1.2),
        without=WITHOUT,
    ),
    Row(
        "search-experiments",
        "search 100 experiments, p50",
        "ms",
        "lower",
        "The newest 100 experiments (of 1,000 at the scale large; 40 at the scale quick).",
        experiments,
    ),
)
