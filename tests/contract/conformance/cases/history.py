"""Reading metrics back: the whole history, pages of it, several runs at once, samples."""

from __future__ import annotations

from typing import Any

from tests.contract.conformance.talk import Show, Talk, case

BULK = "/ajax-api/2.0/mlflow/metrics/get-history-bulk"
INTERVAL = "metrics/get-history-bulk-interval"
# (value, timestamp, step) in an order that is none of theirs.
POINTS: list[tuple[Any, int, int]] = [
    (3, 30, 1),
    (1, 10, 3),
    ("NaN", 10, 2),
    (2, 10, 2),
    (-1, 10, 2),
    (0, 20, 0),
    ("NaN", 20, 0),
    (5, 5, -4),
]


def _with_points(talk: Talk, run: str, points: list[tuple[Any, int, int]]) -> str:
    metrics = [{"key": "m", "value": value, "timestamp": time, "step": step} for value, time, step in points]
    for start in range(0, len(metrics), 1000):
        talk.set_up("runs/log-batch", {"run_id": run, "metrics": metrics[start : start + 1000]})
    return run


def _at_most(size: int) -> Show:
    return lambda answer: len(answer["metrics"]) <= size


def _brief(answer: Any) -> Any:
    return [[point["step"], point["timestamp"], point["value"]] for point in answer.get("metrics", [])]


@case
def a_history_is_ordered_by_time_step_and_value(talk: Talk) -> None:
    run = _with_points(talk, talk.run(talk.experiment()), POINTS)
    talk.get("metrics/get-history", {"run_id": run, "metric_key": "m"})
    talk.get("/ajax-api/2.0/mlflow/metrics/get-history", {"run_id": run, "metric_key": "m"})


@case
def a_history_can_be_read_in_pages(talk: Talk) -> None:
    run = _with_points(talk, talk.run(talk.experiment()), POINTS)
    for size in (1, 4, 10, 11):
        query: dict[str, Any] = {"run_id": run, "metric_key": "m", "max_results": size}
        for _ in POINTS:
            page = talk.get("metrics/get-history", query)
            if "next_page_token" not in page:
                break
            query["page_token"] = page["next_page_token"]


@case
def pages_of_a_history_have_rules(talk: Talk) -> None:
    run = _with_points(talk, talk.run(talk.experiment()), POINTS[:2])
    base = {"run_id": run, "metric_key": "m"}
    for size in ("0", "-1"):
        talk.get("metrics/get-history", {**base, "max_results": size}, message=True)
    for size in ("1.0", "2147483647"):
        talk.get("metrics/get-history", {**base, "max_results": size})
    for size in ("x", "1.5"):
        talk.get("metrics/get-history", {**base, "max_results": size}, differs="not ignored")
    talk.get("metrics/get-history", {**base, "page_token": "no token"}, message=True)
    talk.get("metrics/get-history", {**base, "page_token": ""})


@case
def a_history_needs_a_run_and_a_key(talk: Talk) -> None:
    run = talk.run(talk.experiment(), metrics={"m": 1})
    talk.get("metrics/get-history")
    for query in ({"run_id": run}, {"metric_key": "m"}, {"run_id": run, "metric_key": ""}):
        talk.get("metrics/get-history", query, message=True)
    talk.get("metrics/get-history", {"run_id": run, "metric_key": "never logged"})
    talk.get("metrics/get-history", {"run_id": run, "metric_key": "a@b"})
    talk.get("metrics/get-history", {"run_id": "none", "metric_key": "m"}, message=True)


@case
def infinities_come_back(talk: Talk) -> None:
    run = _with_points(talk, talk.run(talk.experiment()), [("Infinity", 1, 0), (5, 1, 1), ("-Infinity", 1, 2)])
    talk.get("metrics/get-history", {"run_id": run, "metric_key": "m"}, differs="not finite")
    talk.get(BULK, {"run_id": run, "metric_key": "m"}, differs="not finite")
    talk.get(INTERVAL, {"run_ids": run, "metric_key": "m"}, differs="not finite")


@case
def bulk_history_of_one_run(talk: Talk) -> None:
    run = _with_points(talk, talk.run(talk.experiment()), POINTS)
    talk.get(BULK, {"run_id": run, "metric_key": "m"}, differs="not finite")
    talk.get(BULK, {"run_id": run, "metric_key": "m", "max_results": 3}, differs="not finite")
    talk.get(BULK, {"run_id": run, "metric_key": "never logged"})


@case
def bulk_history_of_several_runs_is_ordered_by_run(talk: Talk) -> None:
    experiment = talk.experiment()
    first, second = sorted([talk.run(experiment), talk.run(experiment)])
    _with_points(talk, first, POINTS[:2])
    _with_points(talk, second, POINTS[1:3])
    for runs in ([first, second], [second, first]):
        talk.get(BULK, {"run_id": runs, "metric_key": "m"}, differs="not finite")
    for runs in ([first, first], [first, "none"]):
        talk.get(BULK, {"run_id": runs, "metric_key": "m"})
    talk.get(BULK, {"run_id": [first, second], "metric_key": "m", "max_results": 3}, differs="not finite")


@case
def bulk_history_has_rules(talk: Talk) -> None:
    run = talk.run(talk.experiment(), metrics={"m": 1})
    for query in ({}, {"metric_key": "m"}, {"run_id": run}, {"run_id": [run] * 101, "metric_key": "m"}):
        talk.get(BULK, query, message=True)
    talk.get(BULK, {"run_id": [run] * 100, "metric_key": "m"})
    talk.get(BULK, {"run_id": "none", "metric_key": "m"})
    talk.get(BULK, {"run_id": run, "metric_key": "m", "max_results": "x"}, differs="not a crash")
    talk.get("/api/2.0/mlflow/metrics/get-history-bulk", {"run_id": run, "metric_key": "m"}, differs="no page")


@case
def an_interval_of_few_points_has_them_all(talk: Talk) -> None:
    run = _with_points(talk, talk.run(talk.experiment()), POINTS)
    base = {"run_ids": run, "metric_key": "m"}
    talk.get(INTERVAL, base)
    talk.get("/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval", base)
    talk.get(INTERVAL, {**base, "max_results": 10})
    talk.get(INTERVAL, {**base, "start_step": 0, "end_step": 2})
    talk.get(INTERVAL, {**base, "start_step": -4, "end_step": -4})
    talk.get(INTERVAL, {**base, "start_step": 7, "end_step": 9})


@case
def an_interval_of_several_runs_keeps_their_order(talk: Talk) -> None:
    experiment = talk.experiment()
    first = _with_points(talk, talk.run(experiment), POINTS[:2])
    second = _with_points(talk, talk.run(experiment), POINTS[1:3])
    for runs in ([first, second], [second, first]):
        talk.get(INTERVAL, {"run_ids": runs, "metric_key": "m"})
    talk.get(INTERVAL, {"run_ids": [first, "none"], "metric_key": "m"}, message=True)


@case
def a_sample_has_no_more_points_than_asked_and_the_last_one(talk: Talk) -> None:
    run = talk.run(talk.experiment())
    _with_points(talk, run, [(step % 7, step, step) for step in range(3000)])

    def bounds(answer: Any) -> Any:
        points = answer["metrics"]
        return [len(points) <= 2500, points[0]["step"], points[-1]["step"]]

    for size in (3, 10, 320, 2500):
        query = {"run_ids": run, "metric_key": "m", "max_results": size}
        talk.get(INTERVAL, query, show=_at_most(size))
        talk.get(INTERVAL, query, show=lambda answer: answer["metrics"][-1])
    talk.get(INTERVAL, {"run_ids": run, "metric_key": "m"}, show=bounds)
    talk.get(INTERVAL, {"run_ids": run, "metric_key": "m", "max_results": 1}, show=_brief)


@case
def intervals_have_rules(talk: Talk) -> None:
    run = talk.run(talk.experiment(), metrics={"m": 1})
    base = {"run_ids": run, "metric_key": "m"}
    for query in (
        {"metric_key": "m"},
        {"run_ids": run},
        {"run_ids": [run] * 101, "metric_key": "m"},
        {**base, "start_step": 1},
        {**base, "end_step": 1},
        {**base, "start_step": 2, "end_step": 1},
        {**base, "max_results": 0},
        {**base, "max_results": -1},
        {**base, "max_results": 2501},
        {**base, "max_results": "x"},
        {**base, "start_step": "x", "end_step": 1},
        {"run_ids": "none", "metric_key": "m"},
    ):
        talk.get(INTERVAL, query)
    talk.get(INTERVAL, {**base, "start_step": 2**31, "end_step": 2**40})
    talk.get(INTERVAL, {"run_ids": [run] * 100, "metric_key": "m"}, show=lambda answer: len(answer["metrics"]))
