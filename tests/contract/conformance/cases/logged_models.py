"""Logged models: create, read, finalize, tag, delete, search."""

from __future__ import annotations

from typing import Any

from tests.contract.conformance.talk import Talk, case, each, model_names

MODELS = "logged-models"


def _pairs(**pairs: str) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in pairs.items()]


def _status(answer: Any) -> Any:
    return answer["model"]["info"]["status"]


@case
def a_new_model_is_complete(talk: Talk) -> None:
    experiment = talk.experiment()
    run = talk.run(experiment)
    full = {
        "experiment_id": experiment,
        "name": "tree",
        "model_type": "sklearn",
        "source_run_id": run,
        "params": _pairs(depth="3"),
        "tags": _pairs(team="red"),
    }
    model = talk.post(MODELS, full)["model"]["info"]["model_id"]
    talk.get(f"{MODELS}/{model}")
    talk.get(f"/ajax-api/2.0/mlflow/{MODELS}/{model}")
    talk.post(MODELS, {"experiment_id": experiment})
    talk.post(MODELS, {"experiment_id": experiment, "name": "tree"})


@case
def models_have_rules(talk: Talk) -> None:
    experiment = talk.experiment()
    for name in ("a/b", "a:b", "a.b", "a%b", 'a"b', "a'b"):
        talk.post(MODELS, {"experiment_id": experiment, "name": name}, message=True)
    for name in ("a b", "ünï", "n" * 500, "a_b-c", ""):
        talk.post(MODELS, {"experiment_id": experiment, "name": name})
    talk.post(MODELS, {"experiment_id": experiment, "name": 5}, message=True)
    for body in ({}, {"experiment_id": ""}, {"experiment_id": "999999"}, {"experiment_id": "x"}, {"experiment_id": 5}):
        talk.post(MODELS, {**body, "name": "a"}, message=True)
    for wrong in each({"params": "a"}, {"tags": {}}):
        talk.post(MODELS, {"experiment_id": experiment, "name": "a", **wrong}, message=True)
    talk.set_up("experiments/delete", {"experiment_id": experiment})
    talk.post(MODELS, {"experiment_id": experiment, "name": "a"}, message=True)


@case
def a_model_that_is_not_there_is_not_found(talk: Talk) -> None:
    for method, path, body in (
        ("GET", "", None),
        ("DELETE", "", None),
        ("PATCH", "", {"model_id": "m-none", "status": "LOGGED_MODEL_READY"}),
        ("PATCH", "/tags", {"tags": _pairs(a="b")}),
        ("DELETE", "/tags/a", None),
        ("POST", "/params", {"model_id": "m-none", "params": _pairs(a="b")}),
        ("GET", "/artifacts/directories", None),
    ):
        talk.send(method, f"{MODELS}/m-none{path}", body, message=True)


@case
def finalizing_sets_the_status(talk: Talk) -> None:
    model = talk.model(talk.experiment())
    for status in ("LOGGED_MODEL_READY", "LOGGED_MODEL_UPLOAD_FAILED", "LOGGED_MODEL_PENDING", 2, "3"):
        talk.send("PATCH", f"{MODELS}/{model}", {"model_id": model, "status": status}, show=_status)
    talk.send("PATCH", f"{MODELS}/{model}", {"model_id": model, "status": 2})
    talk.send("PATCH", f"{MODELS}/{model}", {})
    talk.send("PATCH", f"{MODELS}/{model}", {"model_id": model}, message=True)
    talk.send("PATCH", f"{MODELS}/{model}", {"status": 2}, differs="the same in other words")
    talk.send("PATCH", f"{MODELS}/{model}", {"model_id": model, "status": "NOPE"}, differs="not ignored")


@case
def tags_of_a_model_are_overwritten_and_deleted(talk: Talk) -> None:
    model = talk.model(talk.experiment(), tags=_pairs(old="1"))
    twice = [*_pairs(d="1"), *_pairs(d="2")]
    for tags in (_pairs(a="1", b="2"), _pairs(a="3", old="4"), [], twice, [{"key": "no value"}]):
        talk.send("PATCH", f"{MODELS}/{model}/tags", {"tags": tags})
        talk.get(f"{MODELS}/{model}", show=lambda answer: answer["model"]["info"]["tags"])
    talk.send("DELETE", f"{MODELS}/{model}/tags/a")
    talk.send("DELETE", f"{MODELS}/{model}/tags/a", message=True)
    talk.send("PATCH", f"{MODELS}/{model}/tags", {"tags": _pairs(**{"a b.c": "1"})})
    talk.send("DELETE", f"{MODELS}/{model}/tags/a%20b.c")
    talk.get(f"{MODELS}/{model}", show=lambda answer: answer["model"]["info"]["tags"])
    talk.send("PATCH", f"{MODELS}/{model}/tags", {"tags": "a"}, message=True)
    talk.send("PATCH", f"{MODELS}/{model}/tags", {})


@case
def params_of_a_model_are_added(talk: Talk) -> None:
    model = talk.model(talk.experiment(), params=_pairs(old="1"))
    talk.post(f"{MODELS}/{model}/params", {"model_id": model, "params": _pairs(a="1", b="")})
    talk.post(f"{MODELS}/{model}/params", {"model_id": model, "params": []})
    talk.get(f"{MODELS}/{model}")
    talk.post(f"{MODELS}/{model}/params", {"params": _pairs(c="1")}, differs="the same in other words")
    talk.post(f"{MODELS}/{model}/params", {"model_id": model, "params": "a"}, message=True)


@case
def a_deleted_model_is_gone_from_view(talk: Talk) -> None:
    experiment = talk.experiment()
    model = talk.model(experiment)
    talk.send("DELETE", f"{MODELS}/{model}")
    talk.get(f"{MODELS}/{model}", message=True)
    talk.get(f"{MODELS}/{model}", {"allow_deleted": "true"})
    talk.get(f"{MODELS}/{model}", {"allow_deleted": "True"}, show=_status)
    talk.get(f"{MODELS}/{model}", {"allow_deleted": "false"})
    talk.post(f"{MODELS}/search", {"experiment_ids": [experiment]})
    talk.send("DELETE", f"{MODELS}/{model}")
    talk.get(f"{MODELS}/{model}/artifacts/directories")


def _five(talk: Talk) -> str:
    experiment = talk.experiment()
    for name, model_type, status, params, tags, metrics in (
        (
            "alpha",
            "tree",
            2,
            {"depth": "3"},
            {"team": "red"},
            [("acc", 0.5, "iris", "1", 0), ("loss", 1, None, None, 0)],
        ),
        (
            "Beta",
            "Tree",
            2,
            {"depth": "10"},
            {"team": "Red"},
            [("acc", 0.9, "iris", "2", 0), ("acc", 0.1, "mnist", "1", 1)],
        ),
        ("gamma", "", 1, {}, {"a.b c": "1"}, [("acc", 0.7, None, None, 0)]),
        ("delta", "net", 3, {"depth": "3"}, {}, [("acc", 0, "iris", "1", 0), ("a b/c", -2.5, None, None, 0)]),
        ("eps_x", "net", 2, {"x y": "1"}, {"team": "it's"}, []),
    ):
        talk.tick()
        fields = {"params": _pairs(**params), "tags": _pairs(**tags), "model_type": model_type}
        model = talk.model(experiment, name, **fields)
        run = talk.run(experiment)
        for key, value, dataset, digest, step in metrics:
            point = {"run_id": run, "key": key, "value": value, "timestamp": 1 + step, "step": step, "model_id": model}
            data = {"dataset_name": dataset, "dataset_digest": digest} if dataset else {}
            talk.set_up("runs/log-metric", point | data)
        if status != 1:
            talk.set_up(f"{MODELS}/{model}", {"model_id": model, "status": status}, "PATCH")
    return experiment


@case
def a_model_keeps_what_is_not_a_number(talk: Talk) -> None:
    experiment = talk.experiment()
    run, model = talk.run(experiment), talk.model(experiment)
    point = {"run_id": run, "key": "m", "value": "NaN", "timestamp": 1, "model_id": model}
    talk.set_up("runs/log-metric", point)
    talk.get(
        f"{MODELS}/{model}",
        show=lambda answer: answer["model"]["data"]["metrics"][0]["value"],
        differs="NaN of a model",
    )


@case
def found_models_are_complete_and_newest_first(talk: Talk) -> None:
    experiment = _five(talk)
    talk.post(f"{MODELS}/search", {"experiment_ids": [experiment]})
    talk.post(f"/ajax-api/2.0/mlflow/{MODELS}/search", {"experiment_ids": [experiment]}, show=model_names)


@case
def filters_of_models(talk: Talk) -> None:
    experiment = _five(talk)
    for text in (
        "name = 'alpha'",
        "attributes.name = 'alpha'",
        "name != 'alpha'",
        "name LIKE '%a'",
        "name ILIKE 'b%'",
        "name IN ('alpha', 'gamma')",
        "name NOT IN ('alpha', 'gamma')",
        "model_type = 'net'",
        "status = 2",
        "attributes.status != 2",
        "creation_timestamp > 1000",
        "creation_time < 1000",
        "last_updated_timestamp > 1000",
        "params.depth = '3'",
        "params.depth != '3'",
        "params.`x y` = '1'",
        "tags.team = 'red'",
        "tags.team LIKE '%ed'",
        "tags.team ILIKE 'R%'",
        "tags.`a.b c` = '1'",
        "metrics.acc > 0.4",
        "metrics.acc = 0.1",
        "metrics.acc < 0.2",
        "metrics.acc != 0.5",
        "metrics.`a b/c` < 0",
        "metrics.acc > 0.4 AND params.depth = '3'",
        "metrics.acc > 0.4 and name like 'a%'",
        "",
    ):
        talk.post(f"{MODELS}/search", {"experiment_ids": [experiment], "filter": text}, show=model_names)


@case
def models_are_found_by_their_metrics_on_a_dataset(talk: Talk) -> None:
    experiment = _five(talk)
    one, two = ({"dataset_name": "iris", "dataset_digest": digest} for digest in "12")
    for datasets in ([one], [two], [one, two], [{"dataset_name": "none", "dataset_digest": "1"}]):
        for text in (None, "metrics.acc > 0.4", "metrics.acc < 0.4"):
            body = {"experiment_ids": [experiment], "datasets": datasets, "filter": text}
            talk.post(f"{MODELS}/search", body, show=model_names)
    any_digest = {"experiment_ids": [experiment], "datasets": [{"dataset_name": "iris"}]}
    talk.post(f"{MODELS}/search", any_digest, show=model_names, differs="any digest")
    body = {"experiment_ids": [experiment], "datasets": [{"dataset_digest": "1"}]}
    talk.post(f"{MODELS}/search", body)


@case
def orders_of_models(talk: Talk) -> None:
    experiment = _five(talk)
    for field in (
        "name",
        "creation_timestamp",
        "creation_time",
        "last_updated_timestamp",
        "status",
        "model_type",
        "metrics.acc",
    ):
        for ascending in (True, False):
            order = [{"field_name": field, "ascending": ascending}]
            talk.post(f"{MODELS}/search", {"experiment_ids": [experiment], "order_by": order}, show=model_names)
    for order in each(
        [{"field_name": "metrics.acc"}],
        [{"field_name": "metrics.acc", "ascending": False, "dataset_name": "iris"}],
        [{"field_name": "metrics.acc", "dataset_name": "iris", "dataset_digest": "1"}],
        [{"field_name": "model_type"}, {"field_name": "name", "ascending": False}],
        [{"field_name": "metrics.never", "ascending": False}],
    ):
        talk.post(f"{MODELS}/search", {"experiment_ids": [experiment], "order_by": order}, show=model_names)


@case
def models_come_in_pages(talk: Talk) -> None:
    experiment = _five(talk)
    for fields in ({}, {"filter": "name != 'alpha'"}, {"order_by": [{"field_name": "name"}]}):
        body: dict[str, Any] = {"experiment_ids": [experiment], "max_results": 2, **fields}
        while True:
            page = talk.post(f"{MODELS}/search", body, show=model_names)
            if "next_page_token" not in page:
                break
            body["page_token"] = page["next_page_token"]
    base = {"experiment_ids": [experiment]}
    token = talk.post(f"{MODELS}/search", {**base, "max_results": 2}, show=model_names)["next_page_token"]
    talk.post(f"{MODELS}/search", {**base, "page_token": token, "filter": "name = 'x'"})
    talk.post(f"{MODELS}/search", {"experiment_ids": ["0"], "page_token": token})
    for size in (None, "3", 5, 0):
        talk.post(f"{MODELS}/search", {**base, "max_results": size}, show=model_names)


@case
def invalid_searches_of_models_are_refused(talk: Talk) -> None:
    experiment = talk.experiment()
    for text in (
        "metrics.acc LIKE '1'",
        "params.depth > '1'",
        "tags.team < 'a'",
        "nope.a = 'b'",
        "name",
        "name > 'a'",
    ):
        talk.post(f"{MODELS}/search", {"experiment_ids": [experiment], "filter": text})
    either = {"experiment_ids": [experiment], "filter": "name = 'a' OR name = 'b'"}
    talk.post(f"{MODELS}/search", either, differs="more of the language")
    for field in ("params.depth", "nope"):
        order = [{"field_name": field}]
        talk.post(f"{MODELS}/search", {"experiment_ids": [experiment], "order_by": order})
    for body in ({}, {"experiment_ids": "1"}, {"experiment_ids": ["x"]}, {"experiment_ids": [experiment], "filter": 5}):
        talk.post(f"{MODELS}/search", body, message=True)
    for body in each({"experiment_ids": []}, {"experiment_ids": ["999999"]}):
        talk.post(f"{MODELS}/search", body)
    talk.post(f"{MODELS}/search", {"experiment_ids": [experiment], "filter": "nope = 'a'"}, differs="not a crash")
    talk.post(
        f"{MODELS}/search", {"experiment_ids": [experiment], "filter": "metrics.acc > 'x'"}, differs="not a crash"
    )
    talk.post(f"{MODELS}/search", {"experiment_ids": [experiment], "page_token": "no token"}, differs="not a crash")


@case
def artifacts_of_a_model_are_listed_and_read(talk: Talk) -> None:
    experiment = talk.experiment()
    model = talk.model(experiment)
    root = f"/api/2.0/mlflow-artifacts/artifacts/{experiment}/models/{model}/artifacts"
    listing = f"{MODELS}/{model}/artifacts/directories"
    talk.get(listing)
    for path in ("MLmodel", "data/weights.bin"):
        talk.send("PUT", f"{root}/{path}", raw=b"abc", kind=None)
    talk.get(listing)
    talk.get(listing, {"artifact_directory_path": "data"})
    talk.get(listing, {"artifact_directory_path": "none"})
    talk.get(listing, {"artifact_directory_path": "../x"})
    files = f"/ajax-api/2.0/mlflow/{MODELS}/{model}/artifacts/files"
    talk.get(files, {"artifact_file_path": "MLmodel"})
    talk.get(files, {"artifact_file_path": "data/weights.bin"})
    talk.get(files, message=True)
    talk.get(files, {"artifact_file_path": "../x"})
    talk.get(files, {"artifact_file_path": "none"})
