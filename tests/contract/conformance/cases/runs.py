"""Runs: create, read, update, delete and restore; the two spellings of a run's name."""

from __future__ import annotations

from typing import Any

from tests.contract.conformance.talk import Talk, case

NAME = "mlflow.runName"


def _names(answer: Any) -> Any:
    run = answer["run"]
    return [run["info"]["run_name"], [tag["value"] for tag in run["data"].get("tags", []) if tag["key"] == NAME]]


def _start(answer: Any) -> Any:
    return answer["run"]["info"]["start_time"]


@case
def a_new_run_is_complete(talk: Talk) -> None:
    experiment = talk.experiment()
    full = {
        "experiment_id": experiment,
        "user_id": "ada",
        "run_name": "first",
        "start_time": 1700000000000,
        "tags": [{"key": "a", "value": "1"}, {"key": "empty", "value": ""}, {"key": "mlflow.user", "value": "bob"}],
    }
    run = talk.post("runs/create", full)["run"]["info"]["run_id"]
    talk.get("runs/get", {"run_id": run})
    talk.get("/ajax-api/2.0/mlflow/runs/get", {"run_id": run})
    talk.get("runs/get", {"run_uuid": run})


@case
def a_run_needs_only_an_experiment(talk: Talk) -> None:
    run = talk.post("runs/create", {"experiment_id": talk.experiment()})["run"]["info"]["run_id"]
    talk.get("runs/get", {"run_id": run})


@case
def a_run_with_data_is_complete(talk: Talk) -> None:
    experiment = talk.experiment()
    run = talk.run(experiment, metrics={"m": 1, "n": -0.5}, params={"p": "1", "q": ""}, tags={"t": "x"})
    source = {"name": "d", "digest": "1", "source_type": "local", "source": "s"}
    talk.set_up("runs/log-inputs", {"run_id": run, "datasets": [{"dataset": source}]})
    model = talk.model(experiment, source_run_id=run)
    talk.set_up("runs/log-inputs", {"run_id": run, "models": [{"model_id": model}]})
    talk.set_up("runs/outputs", {"run_id": run, "models": [{"model_id": model, "step": 3}]})
    talk.set_up("runs/update", {"run_id": run, "status": "FAILED", "end_time": 5})
    talk.get("runs/get", {"run_id": run})


@case
def a_run_is_not_found(talk: Talk) -> None:
    for query in ({}, {"run_id": ""}, {"run_id": "no such run"}, {"run_id": "a" * 300}, {"run_uuid": "none"}):
        talk.get("runs/get", query, message=True)


@case
def a_run_belongs_to_an_active_experiment(talk: Talk) -> None:
    for experiment in ("999999", "x", 5, "1.5", ["0"]):
        talk.post("runs/create", {"experiment_id": experiment}, message=True)
    talk.post("runs/create", {}, differs="no SQL in messages")
    talk.post("runs/create", {"experiment_id": ""}, differs="no SQL in messages")
    deleted = talk.experiment()
    talk.set_up("experiments/delete", {"experiment_id": deleted})
    talk.post("runs/create", {"experiment_id": deleted}, message=True)


@case
def a_name_is_given_by_field_or_tag_or_made_up(talk: Talk) -> None:
    experiment = talk.experiment()
    for name, tag in (("a", None), (None, "b"), ("c", "c"), ("d", "e"), ("", "f"), (None, None), ("ü x", None)):
        tags = [] if tag is None else [{"key": NAME, "value": tag}]
        body = {"experiment_id": experiment, "run_name": name, "tags": tags}
        talk.post("runs/create", body, show=_names, message=True)
    empty = {"experiment_id": experiment, "tags": [{"key": NAME, "value": ""}]}
    talk.post("runs/create", empty, differs="sent again")
    long = {"experiment_id": experiment, "run_name": "n" * 250}
    talk.post("runs/create", long, show=_names)
    talk.post("runs/create", {"experiment_id": experiment, "run_name": 5}, message=True)


@case
def renaming_a_run_keeps_field_and_tag_alike(talk: Talk) -> None:
    run = talk.run(talk.experiment(), "a")

    def names() -> None:
        talk.get("runs/get", {"run_id": run}, show=_names)

    talk.post("runs/update", {"run_id": run, "run_name": "b"})
    names()
    talk.post("runs/set-tag", {"run_id": run, "key": NAME, "value": "c"})
    names()
    talk.post("runs/log-batch", {"run_id": run, "tags": [{"key": NAME, "value": "d"}]})
    names()
    talk.post("runs/update", {"run_id": run, "run_name": ""})
    names()
    talk.post("runs/set-tag", {"run_id": run, "key": NAME, "value": ""})
    names()
    talk.post("runs/delete-tag", {"run_id": run, "key": NAME})
    names()
    talk.post("runs/update", {"run_id": run, "status": "RUNNING"})
    names()
    talk.post("runs/update", {"run_id": run, "run_name": "e"})
    names()


@case
def a_start_time_is_any_spelling_of_a_whole_number(talk: Talk) -> None:
    experiment = talk.experiment()
    for time in (0, 12, "12", 12.0, 1e3, "1e3", None, -5, 2**53 + 1, 2**63 - 1, str(2**63 - 1), -(2**63)):
        talk.post("runs/create", {"experiment_id": experiment, "start_time": time}, show=_start)
    talk.post("runs/create", {"experiment_id": experiment, "start_time": "noon"}, message=True)
    talk.post("runs/create", {"experiment_id": experiment, "start_time": ""}, message=True)
    for time in (1.5, True, 2**63, "9" * 30):
        talk.post("runs/create", {"experiment_id": experiment, "start_time": time}, differs="not ignored")
    for wrong in ([1], {"a": 1}):
        talk.post("runs/create", {"experiment_id": experiment, "start_time": wrong}, differs="not a crash")


@case
def tags_of_a_new_run_are_kept(talk: Talk) -> None:
    experiment = talk.experiment()
    for tags in ([{"key": "no value"}], [{"key": "k", "value": None}], None, [{"key": "k", "value": "v" * 8000}]):
        talk.post("runs/create", {"experiment_id": experiment, "run_name": "r", "tags": tags})
    twice = [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]
    talk.post("runs/create", {"experiment_id": experiment, "tags": twice}, differs="sent again")
    for wrong in ("a", {"a": "b"}, [{"key": "a", "value": 5}], ["a"], 5):
        talk.post("runs/create", {"experiment_id": experiment, "tags": wrong}, differs="not ignored")


@case
def a_run_takes_every_status_by_name_and_by_number(talk: Talk) -> None:
    run = talk.run(talk.experiment())
    for status in ("SCHEDULED", "FINISHED", "FAILED", "KILLED", "RUNNING", 3, "4", None):
        talk.post("runs/update", {"run_id": run, "status": status})
    for wrong in (9, 0, ["FAILED"]):
        talk.post("runs/update", {"run_id": run, "status": wrong})
    for ignored in ("NOPE", "finished", "", True, 1.5):
        talk.post("runs/update", {"run_id": run, "status": ignored}, differs="not ignored")


@case
def an_update_changes_what_it_names(talk: Talk) -> None:
    run = talk.run(talk.experiment(), start_time=1)
    for fields in (
        {},
        {"end_time": 10},
        {"status": "FINISHED"},
        {"end_time": "11"},
        {"end_time": 0},
        {"run_name": "x"},
    ):
        talk.post("runs/update", {"run_id": run, **fields})
    talk.post("runs/update", {"run_uuid": run, "end_time": 12})
    talk.get("runs/get", {"run_id": run})
    talk.post("runs/update", {"run_id": run, "end_time": "late"}, message=True)
    talk.post("runs/update", {"run_id": run, "end_time": 1.5}, differs="not ignored")
    for body in ({}, {"run_id": ""}, {"run_id": "none"}, {"run_id": 5}):
        talk.post("runs/update", body, message=True)


@case
def deleting_and_restoring_can_be_repeated(talk: Talk) -> None:
    run = talk.run(talk.experiment(), metrics={"m": 1})
    for verb in ("delete", "delete", "restore", "restore"):
        talk.post(f"runs/{verb}", {"run_id": run})
        talk.get("runs/get", {"run_id": run}, show=lambda answer: answer["run"]["info"]["lifecycle_stage"])
    talk.get("runs/get", {"run_id": run})
    for verb in ("delete", "restore"):
        for body in ({}, {"run_id": ""}, {"run_id": "none"}, {"run_id": None}, {"run_id": 5}):
            talk.post(f"runs/{verb}", body, message=True)
        talk.post(f"runs/{verb}", {"run_uuid": run}, differs="the same in other words")


@case
def a_deleted_run_can_be_read_and_not_written(talk: Talk) -> None:
    experiment = talk.experiment()
    run = talk.run(experiment, metrics={"m": 1}, params={"p": "1"}, tags={"t": "x"})
    model = talk.model(experiment)
    talk.set_up("runs/delete", {"run_id": run})
    dataset = {"name": "d", "digest": "1", "source_type": "local", "source": "s"}
    info = '{"artifact_path": "m", "flavors": {}, "utc_time_created": "2020-01-01", "run_id": "r"}'
    writes: list[tuple[str, dict[str, Any]]] = [
        ("runs/update", {"status": "FINISHED"}),
        ("runs/log-metric", {"key": "m", "value": 2, "timestamp": 2}),
        ("runs/log-parameter", {"key": "q", "value": "2"}),
        ("runs/log-parameter", {"key": "p", "value": "1"}),
        ("runs/set-tag", {"key": "t", "value": "y"}),
        ("runs/delete-tag", {"key": "t"}),
        ("runs/log-batch", {}),
        ("runs/log-batch", {"metrics": [{"key": "m", "value": 2, "timestamp": 2}]}),
        ("runs/log-inputs", {"datasets": [{"dataset": dataset}]}),
        ("runs/outputs", {"models": [{"model_id": model}]}),
        ("runs/log-model", {"model_json": info}),
    ]
    for path, fields in writes:
        talk.post(path, {"run_id": run, **fields}, message=True)
    talk.get("runs/get", {"run_id": run})
    talk.get("metrics/get-history", {"run_id": run, "metric_key": "m"})
    talk.get("artifacts/list", {"run_id": run})


@case
def log_model_keeps_a_history_in_a_tag(talk: Talk) -> None:
    run = talk.run(talk.experiment())
    info = '{"artifact_path": "%s", "flavors": {"a": {}}, "utc_time_created": "2020-01-01 00:00:00", "run_id": "%s"%s}'
    for model in (info % ("one", run, ""), info % ("two", run, ', "model_uuid": "u", "extra": 1')):
        talk.post("runs/log-model", {"run_id": run, "model_json": model})
    talk.get("runs/get", {"run_id": run})
    for body in (
        {"run_id": run},
        {"run_id": "none", "model_json": info % ("a", "b", "")},
        {"run_id": run, "model_json": ""},
    ):
        talk.post("runs/log-model", body, message=True)
    talk.post("runs/log-model", {})
    talk.post("runs/log-model", {"run_id": run, "model_json": "{"})
    talk.post("runs/log-model", {"run_id": run, "model_json": "{}"})
    talk.post("runs/log-model", {"run_id": run, "model_json": "[]"}, differs="not a crash")
