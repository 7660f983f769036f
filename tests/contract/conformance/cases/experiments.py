"""Experiments: create, read, rename, tag, delete and restore."""

from __future__ import annotations

from typing import Any

from tests.contract.conformance.talk import Talk, case, each


def _info(answer: Any) -> Any:
    experiment = answer["experiment"]
    return {"stage": experiment["lifecycle_stage"], "tags": experiment.get("tags"), "name": experiment["name"]}


@case
def a_new_experiment_is_complete_by_id_and_by_name(talk: Talk) -> None:
    tags = [{"key": "team", "value": "vision"}, {"key": "empty", "value": ""}]
    made = talk.post("experiments/create", {"name": talk.name("a"), "tags": tags})
    talk.get("experiments/get", {"experiment_id": made["experiment_id"]})
    talk.get("experiments/get-by-name", {"experiment_name": talk.name("a")})
    plain = talk.post("/ajax-api/2.0/mlflow/experiments/create", {"name": talk.name("b")})
    talk.get("/ajax-api/2.0/mlflow/experiments/get", {"experiment_id": plain["experiment_id"]})


@case
def the_default_experiment_exists(talk: Talk) -> None:
    talk.get("experiments/get", {"experiment_id": "0"})
    talk.get("experiments/get", {"experiment_id": " 0 "})
    talk.get("experiments/get-by-name", {"experiment_name": "Default"})


@case
def an_artifact_location_is_kept(talk: Talk) -> None:
    for label, place in {
        "s3": "s3://bucket/folder",
        "slash": "s3://bucket/folder/",
        "proxy": "mlflow-artifacts:/some/place",
        "none": None,
        "empty": "",
    }.items():
        body = {"name": talk.name(label), "artifact_location": place}
        made = talk.post("experiments/create", body)
        talk.get("experiments/get", {"experiment_id": made["experiment_id"]})
        run = talk.run(made["experiment_id"])
        talk.get("runs/get", {"run_id": run}, show=lambda answer: answer["run"]["info"]["artifact_uri"])


@case
def an_artifact_location_must_be_a_plain_uri(talk: Talk) -> None:
    places = (
        "s3://b/#a",
        "mlflow-artifacts://host/place",
        "runs:/1/model",
        "nope://a",
        5,
        ["s3://b"],
    )
    for number, place in enumerate((*places, "s3://b/a?x=1", "s3://b/../a", "s3://b/" + "a" * 300)):
        talk.post("experiments/create", {"name": talk.name(f"e{number}"), "artifact_location": place})
    outside = {"name": talk.name("outside"), "artifact_location": "mlflow-artifacts:/../a"}
    talk.post("experiments/create", outside, differs="outside")


@case
def a_name_can_be_taken_only_once(talk: Talk) -> None:
    experiment = talk.experiment("taken")
    talk.post("experiments/create", {"name": talk.name("taken")})
    talk.set_up("experiments/delete", {"experiment_id": experiment})
    talk.post("experiments/create", {"name": talk.name("taken")})
    talk.post("experiments/create", {"name": talk.name("Taken")})
    talk.post("experiments/create", {"name": "Default"})


@case
def names_have_rules(talk: Talk) -> None:
    for name in ("", None, 5, 1.5, True, ["a"], {"a": 1}):
        talk.post("experiments/create", {"name": name}, message=True)
    talk.post("experiments/create", {}, message=True)
    talk.post("experiments/create", {"name": talk.name("n" * 501)}, message=True)
    talk.post("experiments/create", {"name": talk.name("n").ljust(500, "n")})
    for label in ("with space", "sl/ash", "quo'te", 'quo"te', "ünï", "new\nline", "%_*", "\U0001f600"):
        made = talk.post("experiments/create", {"name": talk.name(label)})
        talk.get("experiments/get", {"experiment_id": made["experiment_id"]}, show=_info)
        talk.get("experiments/get-by-name", {"experiment_name": talk.name(label)}, show=_info)


@case
def tags_of_a_new_experiment_have_rules(talk: Talk) -> None:
    for number, tags in enumerate(
        (
            [{"key": "no value"}],
            [{"key": "null", "value": None}],
            [{"key": "k" * 250, "value": "v"}],
            [{"key": "k", "value": "v" * 20000}],
            [{"key": "a/b.c-d e:f_1", "value": "v"}],
            None,
            [],
        )
    ):
        made = talk.post("experiments/create", {"name": talk.name(f"good {number}"), "tags": tags})
        talk.get("experiments/get", {"experiment_id": made["experiment_id"]}, show=_info)
    for tags in each(
        {"a": "b"},
        "a",
        [{"value": "no key"}],
        [{"key": "", "value": "v"}],
        [{"key": "k" * 251, "value": "v"}],
        [{"key": "k", "value": "v" * 20001}],
        [{"key": "a@b", "value": "v"}],
        [{"key": "../a", "value": "v"}],
        ["a"],
        [None],
    ):
        talk.post("experiments/create", {"name": talk.name("bad"), "tags": tags})


@case
def tags_of_a_new_experiment_are_not_dropped(talk: Talk) -> None:
    twice = [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]
    talk.post("experiments/create", {"name": talk.name("a"), "tags": twice}, differs="sent again")
    number = [{"key": "a", "value": 5}]
    talk.post("experiments/create", {"name": talk.name("b"), "tags": number}, differs="not ignored")


@case
def an_unknown_experiment_is_not_found(talk: Talk) -> None:
    for query in ({}, {"experiment_id": ""}, {"experiment_id": "x"}, {"experiment_id": "999999"}):
        talk.get("experiments/get", query, message=True)
    for query in ({"experiment_id": "-1"}, {"experiment_id": "1.5"}, {"experiment_id": "a b"}, {"experimentId": "0"}):
        talk.get("experiments/get", query)
    talk.get("experiments/get", {"experiment_id": "9" * 30}, differs="not a crash")
    for query in ({}, {"experiment_name": ""}, {"experiment_name": "no such experiment"}):
        talk.get("experiments/get-by-name", query, message=True)


@case
def an_experiment_can_be_renamed(talk: Talk) -> None:
    experiment, other = talk.experiment("a"), talk.experiment("b")
    talk.post("experiments/update", {"experiment_id": experiment, "new_name": talk.name("c")})
    talk.get("experiments/get", {"experiment_id": experiment}, show=_info)
    talk.post("experiments/update", {"experiment_id": experiment, "new_name": talk.name("c")})
    talk.get("experiments/get-by-name", {"experiment_name": talk.name("a")})
    talk.post("experiments/create", {"name": talk.name("a")})
    taken = {"experiment_id": experiment, "new_name": talk.name("b")}
    talk.post("experiments/update", taken, differs="no SQL in messages")
    for name in ("", None, 5, "n" * 501):
        talk.post("experiments/update", {"experiment_id": experiment, "new_name": name}, message=True)
    talk.post("experiments/update", {"experiment_id": experiment}, message=True)
    talk.post("experiments/update", {"new_name": "a"}, message=True)
    talk.post("experiments/update", {"experiment_id": "999999", "new_name": "a"}, message=True)
    talk.post("experiments/delete", {"experiment_id": other})
    talk.post("experiments/update", {"experiment_id": other, "new_name": talk.name("d")}, differs="not retried")


@case
def deleting_and_restoring_an_experiment_takes_its_runs_along(talk: Talk) -> None:
    experiment = talk.experiment()
    run, gone = talk.run(experiment), talk.run(experiment)
    talk.set_up("runs/delete", {"run_id": gone})
    talk.post("experiments/delete", {"experiment_id": experiment})
    talk.get("experiments/get", {"experiment_id": experiment})
    talk.get("experiments/get-by-name", {"experiment_name": talk.name("experiment")}, show=_info)
    talk.get("runs/get", {"run_id": run})
    talk.post("runs/create", {"experiment_id": experiment}, message=True)
    talk.post("runs/log-metric", {"run_id": run, "key": "a", "value": 1, "timestamp": 1}, message=True)
    talk.post("experiments/set-experiment-tag", {"experiment_id": experiment, "key": "a", "value": "b"}, message=True)
    talk.post("experiments/delete", {"experiment_id": experiment})
    talk.post("experiments/restore", {"experiment_id": experiment})
    for run_id in (run, gone):
        talk.get("runs/get", {"run_id": run_id}, show=lambda answer: answer["run"]["info"]["lifecycle_stage"])
    talk.post("experiments/restore", {"experiment_id": experiment})
    for verb in ("delete", "restore"):
        for body in (
            {},
            {"experiment_id": ""},
            {"experiment_id": "999999"},
            {"experiment_id": "x"},
            {"experiment_id": 5},
        ):
            talk.post(f"experiments/{verb}", body, message=True)


@case
def changes_move_the_time_of_the_last_update(talk: Talk) -> None:
    def moved(answer: Any) -> bool:
        experiment = answer["experiment"]
        return bool(experiment["last_update_time"] > experiment["creation_time"])

    changes: list[tuple[str, dict[str, str]]] = [
        ("experiments/set-experiment-tag", {"key": "a", "value": "b"}),
        ("experiments/update", {"new_name": talk.name("new")}),
        ("experiments/delete", {}),
    ]
    for number, (path, fields) in enumerate(changes):
        experiment = talk.experiment(f"e{number}")
        talk.tick()
        talk.post(path, {"experiment_id": experiment, **fields})
        talk.get("experiments/get", {"experiment_id": experiment}, show=moved)
    experiment = talk.experiment("with a run")
    talk.tick()
    talk.run(experiment)
    talk.get("experiments/get", {"experiment_id": experiment}, show=moved)


@case
def experiment_tags_can_be_set_overwritten_and_deleted(talk: Talk) -> None:
    experiment = talk.experiment(tags=[{"key": "old", "value": "1"}])
    for key, value in (("a", "1"), ("a", "2"), ("old", ""), ("mlflow.note.content", "# Note")):
        body = {"experiment_id": experiment, "key": key, "value": value}
        talk.post("experiments/set-experiment-tag", body)
    talk.get("experiments/get", {"experiment_id": experiment}, show=_info)
    talk.post("experiments/delete-experiment-tag", {"experiment_id": experiment, "key": "a"})
    talk.post("experiments/delete-experiment-tag", {"experiment_id": experiment, "key": "a"}, message=True)
    talk.get("experiments/get", {"experiment_id": experiment}, show=_info)
    for body in ({"key": "a"}, {"experiment_id": experiment}, {"experiment_id": "999999", "key": "a"}):
        talk.post("experiments/delete-experiment-tag", body, message=True)


@case
def experiment_tags_have_rules(talk: Talk) -> None:
    experiment = talk.experiment()

    def tag(**fields: Any) -> None:
        body = {"experiment_id": experiment, "key": "k", "value": "v"} | fields
        body = {key: value for key, value in body.items() if value != "absent"}
        talk.post("experiments/set-experiment-tag", body, message=True)

    for key in ("", None, "absent", "k" * 250, "k" * 251, "a@b", "/a", "a//b", "é", " ", 5):
        tag(key=key)
    for value in ("", None, "absent", "v" * 20000, "v" * 20001, "ü\n'\"", 5, True):
        tag(value=value)
    for experiment_id in ("", None, "absent", "999999", "x", 5):
        tag(experiment_id=experiment_id)
    talk.get("experiments/get", {"experiment_id": experiment}, show=_info)
