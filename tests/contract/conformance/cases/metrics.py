"""Metrics: what is a number, which point is the latest."""

from __future__ import annotations

from typing import Any

from tests.contract.conformance.cases.params_tags import BAD_KEYS, KEYS
from tests.contract.conformance.talk import Talk, case, each


def _metrics(answer: Any) -> Any:
    return {"data": {"metrics": answer["run"]["data"].get("metrics", [])}}


def _point(value: Any, timestamp: int = 1, step: int = 0) -> dict[str, Any]:
    return {"key": "m", "value": value, "timestamp": timestamp, "step": step}


@case
def a_value_is_any_spelling_of_a_number(talk: Talk) -> None:
    run = talk.run(talk.experiment())
    values = (1, 1.5, "1.5", "-2", 1e-300, 1e300, "NaN", "Infinity", "-Infinity", -0.0, 2**53 + 1, 5e-324, 10**29)
    for number, value in enumerate(values):
        talk.post("runs/log-metric", {"run_id": run, **_point(value), "key": f"m{number}"})
    for number, value in enumerate((b"-0.0", b"1E2")):
        text = b'{"run_id": "%s", "key": "raw%d", "timestamp": 1, "value": %s}' % (run.encode(), number, value)
        talk.post("runs/log-metric", raw=text)
    talk.get("runs/get", {"run_id": run}, show=_metrics, differs="not finite")


@case
def what_is_not_finite_needs_no_quotes(talk: Talk) -> None:
    run = talk.run(talk.experiment())
    for step, value in enumerate((b"NaN", b"Infinity", b"-Infinity")):
        text = b'{"run_id": "%s", "key": "m", "timestamp": 1, "step": %d, "value": %s}' % (run.encode(), step, value)
        talk.post("runs/log-metric", raw=text)

    def values(answer: Any) -> list[Any]:
        return [point["value"] for point in answer["metrics"]]

    talk.get("metrics/get-history", {"run_id": run, "metric_key": "m"}, show=values, differs="without quotes")


@case
def what_is_not_a_number_is_refused(talk: Talk) -> None:
    run = talk.run(talk.experiment())
    for value in each("abc", "", None, "1,5"):
        talk.post("runs/log-metric", {"run_id": run, **_point(value)})
    for value in each(True, False, "1e400"):
        talk.post("runs/log-metric", {"run_id": run, **_point(value)}, differs="not ignored")
    text = b'{"run_id": "%s", "key": "m", "timestamp": 1, "value": 1e999}' % run.encode()
    talk.post("runs/log-metric", raw=text, differs="too large")
    for value in ("nan", "inf", "-inf"):
        talk.post("runs/log-metric", {"run_id": run, **_point(value)}, differs="the same in other words")
    for value in each([], [1], {}):
        talk.post("runs/log-metric", {"run_id": run, **_point(value)}, differs="not a crash")


@case
def a_metric_needs_run_key_value_and_timestamp(talk: Talk) -> None:
    run = talk.run(talk.experiment())
    full = {"run_id": run, **_point(1)}
    for field in ("run_id", "key", "value", "timestamp", "step"):
        talk.post("runs/log-metric", {key: value for key, value in full.items() if key != field}, message=True)
        talk.post("runs/log-metric", full | {field: None}, message=True)
    talk.post("runs/log-metric", {})
    for wrong in ({"run_id": "none"}, {"run_id": 5}, {"key": ""}, {"key": 5}, {"key": ["a"]}):
        talk.post("runs/log-metric", full | wrong, message=True)
    talk.get("runs/get", {"run_id": run}, show=_metrics)


@case
def metric_keys_have_rules(talk: Talk) -> None:
    run = talk.run(talk.experiment())
    for key in KEYS + BAD_KEYS:
        talk.post("runs/log-metric", {"run_id": run, "key": key, "value": 1, "timestamp": 1}, message=True)
    talk.get("runs/get", {"run_id": run}, show=_metrics)


@case
def timestamps_and_steps_are_int64(talk: Talk) -> None:
    run = talk.run(talk.experiment())
    for timestamp in (0, "5", 5.0, "5e1", 2**53 + 1, 2**63 - 1):
        talk.post("runs/log-metric", {"run_id": run, "key": "m", "value": 1, "timestamp": timestamp})
    for step in (-7, "3", 3.0, 2**63 - 1, -(2**63)):
        talk.post("runs/log-metric", {"run_id": run, "key": "n", "value": 1, "timestamp": 1, "step": step})
    talk.post("runs/log-metric", {"run_id": run, **_point(1, timestamp=-1)}, message=True)
    for key in ("m", "n"):
        talk.get("metrics/get-history", {"run_id": run, "metric_key": key})


@case
def timestamps_and_steps_that_are_not_int64_are_refused(talk: Talk) -> None:
    run = talk.run(talk.experiment())
    for field in ("timestamp", "step"):
        talk.post("runs/log-metric", {"run_id": run, **_point(1), field: "x"}, message=True)
        for value in (5.5, True, 2**63, -(2**63) - 1):
            talk.post("runs/log-metric", {"run_id": run, **_point(1), field: value}, differs="not ignored")
        talk.post("runs/log-metric", {"run_id": run, **_point(1), field: [1]}, differs="not a crash")


LATEST: dict[str, list[tuple[Any, int, int]]] = {
    # (value, timestamp, step): the larger step, then the later time, then the larger value.
    "the larger step wins": [(1, 10, 5), (2, 99, 4)],
    "then the later time": [(1, 20, 5), (9, 10, 5)],
    "then the larger value": [(3, 10, 5), (2, 10, 5)],
    "ties in rising order": [(1, 10, 5), (2, 10, 5), (3, 10, 5)],
    "a negative step loses": [(1, 10, 0), (2, 99, -1)],
    "only negative steps": [(1, 10, -5), (2, 10, -1)],
    "NaN counts as zero before a larger value": [("NaN", 10, 5), (1, 10, 5)],
    "NaN counts as zero after a larger value": [(1, 10, 5), ("NaN", 10, 5)],
    "NaN counts as zero after a smaller value": [(-1, 10, 5), ("NaN", 10, 5)],
    "NaN counts as zero before a smaller value": [("NaN", 10, 5), (-1, 10, 5)],
    "NaN then zero": [("NaN", 10, 5), (0, 10, 5)],
    "zero then NaN": [(0, 10, 5), ("NaN", 10, 5)],
    "NaN at a larger step": [(1, 10, 5), ("NaN", 10, 6)],
    "infinities": [("-Infinity", 10, 5), ("Infinity", 10, 5), (7, 10, 5)],
    "int64 extremes": [(1, 2**63 - 1, 2**63 - 1), (2, 0, -(2**63))],
}


@case
def the_latest_point_one_by_one(talk: Talk) -> None:
    run = talk.run(talk.experiment())
    for key, points in LATEST.items():
        for value, timestamp, step in points:
            talk.set_up("runs/log-metric", {"run_id": run, **_point(value, timestamp, step), "key": key})
    talk.get("runs/get", {"run_id": run}, show=_metrics, differs="not finite")


@case
def the_latest_point_within_one_batch(talk: Talk) -> None:
    run = talk.run(talk.experiment())
    points = [_point(*point) | {"key": key} for key, points in LATEST.items() for point in points]
    talk.set_up("runs/log-batch", {"run_id": run, "metrics": points})
    talk.get("runs/get", {"run_id": run}, show=_metrics, differs="not finite")


@case
def the_latest_point_of_two_batches(talk: Talk) -> None:
    run = talk.run(talk.experiment())
    for half in (1, 0):
        points = [_point(*point) | {"key": key} for key, points in LATEST.items() for point in points[half::2]]
        talk.set_up("runs/log-batch", {"run_id": run, "metrics": points})
    talk.get("runs/get", {"run_id": run}, show=_metrics, differs="not finite")


@case
def a_point_sent_twice_is_one_point(talk: Talk) -> None:
    run = talk.run(talk.experiment())
    point = {"run_id": run, **_point(1.5, 10, 3)}
    talk.post("runs/log-metric", point)
    talk.post("runs/log-metric", point)
    batch = [_point(1.5, 10, 3), _point("NaN", 10, 3), _point("NaN", 10, 3), _point(2, 10, 3), _point(2, 10, 3)]
    talk.post("runs/log-batch", {"run_id": run, "metrics": batch})
    talk.post("runs/log-batch", {"run_id": run, "metrics": batch})
    talk.get("metrics/get-history", {"run_id": run, "metric_key": "m"})


@case
def a_metric_can_belong_to_a_model_and_a_dataset(talk: Talk) -> None:
    experiment = talk.experiment()
    run, model = talk.run(experiment), talk.model(experiment)
    more = {"model_id": model, "dataset_name": "d", "dataset_digest": "1"}
    talk.post("runs/log-metric", {"run_id": run, **_point(1), **more})
    talk.post("runs/log-metric", {"run_id": run, **_point(1), **more})
    talk.post("runs/log-metric", {"run_id": run, **_point(2, step=1), "model_id": model})
    batch = [_point(-3, step=2) | more, _point(4, step=3) | more, _point(5, step=4)]
    talk.post("runs/log-batch", {"run_id": run, "metrics": batch})
    talk.get("runs/get", {"run_id": run}, show=_metrics)
    talk.get("metrics/get-history", {"run_id": run, "metric_key": "m"})
    talk.get(f"logged-models/{model}")
    talk.post("runs/log-metric", {"run_id": run, **_point(1), "model_id": ""})
    talk.post("runs/log-metric", {"run_id": run, **_point(1), "model_id": 5}, message=True)
    talk.post("runs/log-metric", {"run_id": run, **_point(1), "dataset_name": 5}, message=True)
