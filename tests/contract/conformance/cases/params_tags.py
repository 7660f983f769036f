"""Params, which are written once, and tags, which are overwritten; one by one and in batches."""

from __future__ import annotations

from typing import Any

from tests.contract.conformance.talk import Talk, case, each

KEYS = ("a/b.c-d e:f_1", "é", " ", "a\n", "k" * 250)
BAD_KEYS = (
    "a@b",
    "a,b",
    "a'b",
    "../x",
    "/a",
    "a//b",
    "a/",
    ".",
    "..",
    "a/../b",
    "./a",
    "k" * 251,
    "",
    None,
    5,
)


def _data(answer: Any) -> Any:
    return answer["run"]["data"]


@case
def a_param_is_written_once(talk: Talk) -> None:
    run = talk.run(talk.experiment())
    for value in ("1", "1", "2", "", "1.0"):
        talk.post("runs/log-parameter", {"run_id": run, "key": "p", "value": value}, message=True)
    for value in ("", "", "x"):
        talk.post("runs/log-parameter", {"run_id": run, "key": "empty", "value": value}, message=True)
    talk.get("runs/get", {"run_id": run}, show=_data)


@case
def param_keys_have_rules(talk: Talk) -> None:
    run = talk.run(talk.experiment())
    for key in KEYS + BAD_KEYS:
        talk.post("runs/log-parameter", {"run_id": run, "key": key, "value": "v"}, message=True)
    talk.post("runs/log-parameter", {"run_id": run, "value": "v"}, message=True)
    talk.get("runs/get", {"run_id": run}, show=_data)


@case
def param_values_are_text(talk: Talk) -> None:
    run = talk.run(talk.experiment())
    values = {
        "text": "ü\n'\"\U0001f600",
        "null": None,
        "long": "v" * 6000,
        "longer": "v" * 6001,
        "wide": "é" * 6001,
    }
    for key, value in values.items():
        talk.post("runs/log-parameter", {"run_id": run, "key": key, "value": value})
    talk.post("runs/log-parameter", {"run_id": run, "key": "absent"})
    # The same value again, cut short again, is no change.
    talk.post("runs/log-parameter", {"run_id": run, "key": "longer", "value": "v" * 7000})
    for value in each(5, 1.5, True, ["a"], {"a": 1}):
        talk.post("runs/log-parameter", {"run_id": run, "key": "typed", "value": value}, message=True)
    talk.get("runs/get", {"run_id": run}, show=_data)


@case
def nul_is_no_character(talk: Talk) -> None:
    run = talk.run(talk.experiment())
    for path in ("runs/set-tag", "runs/log-parameter"):
        talk.post(path, {"run_id": run, "key": "k", "value": "a\u0000b"}, differs="NUL")
        talk.post(path, {"run_id": run, "key": "a\u0000b", "value": "v"})
    talk.post("experiments/create", {"name": talk.name("a\u0000b")}, differs="NUL")
    talk.get("runs/get", {"run_id": "a\u0000"}, differs="NUL")


@case
def a_param_or_tag_needs_a_run(talk: Talk) -> None:
    for path in ("runs/log-parameter", "runs/set-tag", "runs/delete-tag"):
        for run in ({}, {"run_id": ""}, {"run_id": "none"}, {"run_id": 5}):
            talk.post(path, {**run, "key": "k", "value": "v"}, message=True)
        talk.post(path, {"run_uuid": "none", "key": "k", "value": "v"})


@case
def run_uuid_is_the_old_spelling_of_run_id(talk: Talk) -> None:
    run = talk.run(talk.experiment())
    talk.post("runs/log-parameter", {"run_uuid": run, "key": "p", "value": "1"})
    talk.post("runs/set-tag", {"run_uuid": run, "key": "t", "value": "1"})
    talk.post("runs/log-metric", {"run_uuid": run, "key": "m", "value": 1, "timestamp": 1})
    talk.get("metrics/get-history", {"run_uuid": run, "metric_key": "m"})
    talk.get("runs/get", {"run_uuid": run}, show=_data)


@case
def a_tag_is_overwritten_and_deleted(talk: Talk) -> None:
    run = talk.run(talk.experiment())
    for value in ("1", "2", ""):
        talk.post("runs/set-tag", {"run_id": run, "key": "t", "value": value})
        talk.get("runs/get", {"run_id": run}, show=_data)
    talk.post("runs/delete-tag", {"run_id": run, "key": "t"})
    talk.get("runs/get", {"run_id": run}, show=_data)
    talk.post("runs/delete-tag", {"run_id": run, "key": "t"}, message=True)
    for key in ("", None, 5, "a@b"):
        talk.post("runs/delete-tag", {"run_id": run, "key": key}, message=True)


@case
def tags_have_rules(talk: Talk) -> None:
    run = talk.run(talk.experiment())
    for key in KEYS + BAD_KEYS:
        talk.post("runs/set-tag", {"run_id": run, "key": key, "value": "v"}, message=True)
    values = {"text": "ü\n'\"", "null": None, "long": "v" * 8000, "longer": "v" * 8001}
    for key, value in values.items():
        talk.post("runs/set-tag", {"run_id": run, "key": key, "value": value})
    talk.post("runs/set-tag", {"run_id": run, "key": "absent"})
    for value in each(5, 1.5, True, ["a"]):
        talk.post("runs/set-tag", {"run_id": run, "key": "typed", "value": value}, message=True)
    talk.get("runs/get", {"run_id": run}, show=_data)


@case
def reserved_tags_are_ordinary(talk: Talk) -> None:
    run = talk.run(talk.experiment())
    for key in ("mlflow.user", "mlflow.source.type", "mlflow.parentRunId", "mlflow.note.content", "mlflow.source.name"):
        talk.post("runs/set-tag", {"run_id": run, "key": key, "value": "x"})
    talk.get("runs/get", {"run_id": run})


@case
def a_batch_writes_all_kinds(talk: Talk) -> None:
    run = talk.run(talk.experiment())
    batch = {
        "run_id": run,
        "metrics": [{"key": "m", "value": 1.5, "timestamp": 10, "step": 2}, {"key": "n", "value": 0, "timestamp": 1}],
        "params": [{"key": "p", "value": "1"}, {"key": "no value"}, {"key": "null", "value": None}],
        "tags": [{"key": "t", "value": "x"}, {"key": "no value"}],
    }
    talk.post("runs/log-batch", batch)
    talk.post("/ajax-api/2.0/mlflow/runs/log-batch", batch)
    talk.get("runs/get", {"run_id": run}, show=_data)
    talk.get("metrics/get-history", {"run_id": run, "metric_key": "m"})


@case
def an_empty_batch_is_fine(talk: Talk) -> None:
    run = talk.run(talk.experiment())
    for lists in each({}, {"metrics": []}, {"metrics": [], "params": [], "tags": []}):
        talk.post("runs/log-batch", {"run_id": run, **lists})
    for body in ({}, {"run_id": ""}, {"run_id": "none"}, {"run_id": 5}):
        talk.post("runs/log-batch", body, message=True)
    talk.post("runs/log-batch", {"run_uuid": run}, differs="the same in other words")


@case
def a_batch_that_changes_a_param_writes_nothing(talk: Talk) -> None:
    run = talk.run(talk.experiment(), params={"p": "1", "q": "2"})
    metrics = [{"key": "m", "value": 1, "timestamp": 1}]
    tags = [{"key": "t", "value": "x"}]
    changed = [{"key": "new", "value": "x"}, {"key": "p", "value": "other"}, {"key": "q", "value": "other"}]
    body = {"run_id": run, "metrics": metrics, "tags": tags, "params": changed}
    talk.post("runs/log-batch", body, message=True)
    talk.get("runs/get", {"run_id": run}, show=_data)
    same = [{"key": "new", "value": "x"}, {"key": "p", "value": "1"}]
    talk.post("runs/log-batch", {"run_id": run, "metrics": metrics, "tags": tags, "params": same})
    talk.get("runs/get", {"run_id": run}, show=_data)


@case
def duplicates_within_a_batch(talk: Talk) -> None:
    run = talk.run(talk.experiment())
    for second in ("1", "2"):
        params = [{"key": "d", "value": "1"}, {"key": "other", "value": "x"}, {"key": "d", "value": second}]
        talk.post("runs/log-batch", {"run_id": run, "params": params}, message=True)
    talk.post("runs/log-batch", {"run_id": run, "tags": [{"key": "d", "value": "1"}, {"key": "d", "value": "2"}]})
    talk.get("runs/get", {"run_id": run}, show=_data)


@case
def batches_have_limits(talk: Talk) -> None:
    run = talk.run(talk.experiment())

    def batch(metrics: int = 0, params: int = 0, tags: int = 0) -> None:
        body = {
            "run_id": run,
            "metrics": [{"key": "m", "value": number, "timestamp": 1} for number in range(metrics)],
            "params": [{"key": f"p{number}", "value": "1"} for number in range(params)],
            "tags": [{"key": f"t{number}", "value": "1"} for number in range(tags)],
        }
        talk.post("runs/log-batch", body, message=True)

    batch(metrics=1001)
    batch(params=101)
    batch(tags=101)
    batch(metrics=801, params=100, tags=100)
    batch(metrics=800, params=100, tags=100)
    batch(metrics=1000)
    talk.get(
        "runs/get",
        {"run_id": run},
        show=lambda answer: {kind: len(items) for kind, items in answer["run"]["data"].items()},
    )
    talk.get("metrics/get-history", {"run_id": run, "metric_key": "m"}, show=lambda page: len(page["metrics"]))


@case
def each_item_of_a_batch_has_rules(talk: Talk) -> None:
    run = talk.run(talk.experiment())
    good = {"key": "m", "value": 1, "timestamp": 1}
    for item in (
        {},
        {"key": "m"},
        {"key": "m", "value": 1},
        {"key": "m", "timestamp": 1},
        {"value": 1, "timestamp": 1},
    ):
        talk.post("runs/log-batch", {"run_id": run, "metrics": [good, item]}, message=True)
    for fields in (
        {"key": "a@b"},
        {"key": "k" * 251},
        {"key": "../a"},
        {"key": ""},
        {"timestamp": -1},
        {"value": None},
    ):
        talk.post("runs/log-batch", {"run_id": run, "metrics": [good, good | fields]}, message=True)
    for kind in ("params", "tags"):
        for fields in ({"key": "a@b"}, {"key": "k" * 251}, {"key": "../a"}, {"key": ""}, {"key": None}):
            items = [{"key": "fine", "value": "v"}, {"key": "k", "value": "v", **fields}]
            talk.post("runs/log-batch", {"run_id": run, kind: items}, message=True)
        talk.post("runs/log-batch", {"run_id": run, kind: [{"value": "v"}]}, message=True)
        talk.post("runs/log-batch", {"run_id": run, kind: [{"key": "long", "value": "v" * 8001}]})
    talk.get("runs/get", {"run_id": run}, show=_data)


@case
def a_batch_of_wrong_types_is_refused(talk: Talk) -> None:
    run = talk.run(talk.experiment())
    good = {"key": "m", "value": 1, "timestamp": 1}
    for kind in ("metrics", "params", "tags"):
        for wrong in each({}, "a", 5):
            talk.post("runs/log-batch", {"run_id": run, kind: wrong}, message=True)
        for crash in each([5], ["a"], [[]]):
            talk.post("runs/log-batch", {"run_id": run, kind: crash}, differs="not a crash")
    for fields in ({"value": "x"}, {"value": True}, {"timestamp": 1.5}, {"timestamp": "x"}, {"step": 0.5}):
        talk.post("runs/log-batch", {"run_id": run, "metrics": [good | fields]}, differs="not ignored")
    talk.post("runs/log-batch", {"run_id": run, "metrics": [good | {"key": 5}]})
    for kind in ("params", "tags"):
        talk.post("runs/log-batch", {"run_id": run, kind: [{"key": "k", "value": 5}]}, differs="not ignored")
