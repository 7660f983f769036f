"""Versions of registered models: create from runs, logged models and other versions, read, describe, delete."""

from __future__ import annotations

from typing import Any

from tests.contract.conformance.cases.registered_models import pairs, registered, version_of
from tests.contract.conformance.talk import Talk, case, each

VERSIONS = "model-versions"
CREATE = f"{VERSIONS}/create"


def _source(answer: Any) -> Any:
    return {key: answer["model_version"][key] for key in ("version", "source", "run_id")}


def _tags(answer: Any) -> Any:
    return {"tags": answer["model_version"].get("tags", [])}


def _run_with_root(talk: Talk) -> tuple[str, str, str]:
    """An experiment, a run of it, and the address of the run's artifacts."""
    experiment = talk.experiment()
    run = talk.run(experiment)
    return experiment, run, f"mlflow-artifacts:/{experiment}/{run}/artifacts"


@case
def a_new_version_is_complete(talk: Talk) -> None:
    _, run, root = _run_with_root(talk)
    name = registered(talk)
    full = {"name": name, "source": f"{root}/model", "run_id": run, "description": "about", "run_link": "http://a/b"}
    talk.post(CREATE, {**full, "tags": pairs(team="red", empty="")})
    talk.get(f"{VERSIONS}/get", {"name": name, "version": "1"})
    talk.get(f"/ajax-api/2.0/mlflow/{VERSIONS}/get", {"name": name, "version": "1"})
    talk.post(CREATE, {"name": name, "source": f"{root}/model", "run_id": run})
    talk.get(f"{VERSIONS}/get", {"name": name, "version": "2"})
    talk.get("registered-models/get", {"name": name})
    talk.get("runs/get", {"run_id": run})


@case
def a_version_needs_a_name_and_a_source(talk: Talk) -> None:
    _, run, root = _run_with_root(talk)
    name = registered(talk)
    whole = {"name": name, "source": root, "run_id": run}
    for body in each({"name": None}, {"name": ""}, {"source": None}, {"source": ""}, {"name": talk.name("none")}):
        talk.post(CREATE, {**whole, **body}, message=True)
    for body in each(
        {"source": 5}, {"run_id": 5}, {"tags": "a"}, {"tags": {"a": "b"}}, {"description": 5}, {"name": 5}
    ):
        talk.post(CREATE, {**whole, **body}, message=True)
    for body in each({"run_link": 5}, {"model_id": 5}):
        talk.post(CREATE, {**whole, **body}, message=True)
    talk.get("registered-models/get", {"name": name})


@case
def a_version_of_files_of_a_run(talk: Talk) -> None:
    _, run, root = _run_with_root(talk)
    name = registered(talk)
    for source in ("", "/model", "/model/", "/a//b", "/a b", "/a%20b", "/deep/er/still"):
        talk.post(CREATE, {"name": name, "source": root + source, "run_id": run}, show=_source)
    for source in (f"runs:/{run}", f"runs:/{run}/", f"runs:/{run}/model", f"runs:/{run}/a/b"):
        version = talk.post(CREATE, {"name": name, "source": source, "run_id": run}, show=_source)
        number = version["model_version"]["version"]
        talk.get(f"{VERSIONS}/get-download-uri", {"name": name, "version": number})
    talk.post(CREATE, {"name": name, "source": root.replace(":/", ":///"), "run_id": run}, show=_source)


@case
def files_of_a_run_need_that_run(talk: Talk) -> None:
    experiment, run, root = _run_with_root(talk)
    other = talk.run(experiment, "other")
    name = registered(talk)
    for source in (root, f"{root}/model", f"runs:/{run}/model"):
        for run_id in each(None, ""):
            talk.post(CREATE, {"name": name, "source": source, "run_id": run_id}, differs="named once")
        for run_id in (other, "nope", "0" * 32):
            talk.post(CREATE, {"name": name, "source": source, "run_id": run_id})
    for source in (f"{root}x", f"mlflow-artifacts:/{experiment}", f"mlflow-artifacts:/{experiment}/{other}/artifacts"):
        talk.post(CREATE, {"name": name, "source": source, "run_id": run})
    talk.post(CREATE, {"name": name, "source": "runs:/nope/model", "run_id": "nope"}, differs="not kept here")
    # Trackline deletes a run with versions only by force, a word that MLflow does not know and does not mind.
    talk.set_up("runs/delete", {"run_id": run, "force": True})
    talk.post(CREATE, {"name": registered(talk, "deleted"), "source": root, "run_id": run}, show=_source)


@case
def sources_cannot_leave_their_root(talk: Talk) -> None:
    _, run, root = _run_with_root(talk)
    name = registered(talk)
    for source in ("/../x", "/a/../../x", "/%2e%2e/x", "/%252e%252e/x", "/./a", "/..", "/a%2f..%2f..%2fx", "/%00"):
        talk.post(CREATE, {"name": name, "source": root + source, "run_id": run})
    for source in ("mlflow-artifacts:/", "mlflow-artifacts:", f"runs:/{run}/../x", f"runs:/{run}/%2e%2e/x"):
        talk.post(CREATE, {"name": name, "source": source, "run_id": run})


@case
def sources_on_other_hosts_are_refused(talk: Talk) -> None:
    _, run, root = _run_with_root(talk)
    name = registered(talk)
    for host in ("elsewhere", "127.0.0.1:1", "elsewhere:80"):
        talk.post(CREATE, {"name": name, "source": root.replace(":/", f"://{host}/"), "run_id": run})
    for source in (
        *("http://elsewhere/model", "https://elsewhere/model", "ftp://elsewhere/model", "sftp://elsewhere/model"),
        *("http://elsewhere/api/2.0/mlflow-artifacts/artifacts/0/model", "hdfs://elsewhere/model"),
        *("abfss://a@elsewhere/model", f"runs://elsewhere/{run}/model", f"models://elsewhere/{name}/1"),
    ):
        talk.post(CREATE, {"name": name, "source": source, "run_id": run})
        talk.post(CREATE, {"name": name, "source": source})


@case
def local_sources_are_refused(talk: Talk) -> None:
    _, run, _ = _run_with_root(talk)
    name = registered(talk)
    for source in (
        *("file:///etc/passwd", "file:/etc", "/etc/passwd", "/", "relative/path", "../x", "."),
        *("C:\\x", "nonsense:x", "data:abc", "dummy-source", "s3://", "s3://bucket/../x", "s3://bucket/%2e%2e/x"),
    ):
        talk.post(CREATE, {"name": name, "source": source})
        talk.post(CREATE, {"name": name, "source": source, "run_id": run})
    talk.post(CREATE, {"name": name, "source": "file://elsewhere/a"}, differs="not a crash")


@case
def object_stores_are_not_believed(talk: Talk) -> None:
    _, run, _ = _run_with_root(talk)
    name = registered(talk)
    for source in ("s3://bucket/model", "gs://bucket/model", "wasbs://c@a.blob.core.windows.net/x", "dbfs:/x", "uc:/x"):
        talk.post(CREATE, {"name": name, "source": source}, differs="not kept here")
        talk.post(CREATE, {"name": name, "source": source, "run_id": run}, differs="not kept here")


@case
def a_version_of_a_logged_model(talk: Talk) -> None:
    experiment = talk.experiment()
    run, other = talk.run(experiment), talk.run(experiment, "other")
    model = talk.model(experiment, source_run_id=run)
    alone = talk.model(experiment, "alone")
    name = registered(talk)
    for body in each(
        {"source": f"models:/{model}", "model_id": model},
        {"source": f"models:/{model}", "model_id": model, "run_id": other},
        {"source": f"models:/{alone}", "model_id": alone},
        {"source": f"mlflow-artifacts:/{experiment}/models/{model}/artifacts", "model_id": model},
        {"source": f"mlflow-artifacts:/{experiment}/models/{model}/artifacts/sub", "model_id": model, "run_id": run},
    ):
        number = talk.post(CREATE, {"name": name, **body})["model_version"]["version"]
        talk.get(f"{VERSIONS}/get-download-uri", {"name": name, "version": number})
    for model_id in (model, alone):
        talk.get(f"logged-models/{model_id}", differs="registrations")


@case
def files_of_a_logged_model_need_that_model(talk: Talk) -> None:
    experiment = talk.experiment()
    run = talk.run(experiment)
    model, other = talk.model(experiment, source_run_id=run), talk.model(experiment, "other")
    root = f"mlflow-artifacts:/{experiment}/models/{model}/artifacts"
    name = registered(talk)
    for source in (f"models:/{model}", root, f"{root}/sub"):
        for body in each({}, {"model_id": ""}):
            talk.post(CREATE, {"name": name, "source": source, **body}, differs="named once")
        talk.post(CREATE, {"name": name, "source": source, "model_id": other})
    talk.post(CREATE, {"name": name, "source": f"models:/{model}", "run_id": run}, differs="named once")
    for source in (root, f"{root}/sub"):
        talk.post(CREATE, {"name": name, "source": source, "run_id": run})
    for source in (f"runs:/{run}/model", f"mlflow-artifacts:/{experiment}/{run}/artifacts", f"{root}/../x", "/etc"):
        talk.post(CREATE, {"name": name, "source": source, "model_id": model, "run_id": run})
    talk.get(f"logged-models/{other}")
    talk.set_up(f"logged-models/{other}", None, "DELETE")
    for model_id in (other, "m-" + "0" * 32):
        body = {"name": name, "source": f"models:/{model_id}", "model_id": model_id}
        talk.post(CREATE, body, differs="not a crash")


@case
def a_logged_model_lists_its_versions(talk: Talk) -> None:
    model = talk.model(talk.experiment())
    for label in ("first", "second"):
        talk.set_up(CREATE, {"name": registered(talk, label), "source": f"models:/{model}", "model_id": model})
    talk.get(f"logged-models/{model}", differs="registrations")
    talk.set_up("registered-models/delete", {"name": talk.name("first")}, "DELETE")
    talk.get(f"logged-models/{model}", differs="registrations")


@case
def a_version_is_copied(talk: Talk) -> None:
    experiment = talk.experiment()
    run = talk.run(experiment)
    model = talk.model(experiment, source_run_id=run)
    name, copy = registered(talk), registered(talk, "copy")
    version_of(talk, name, run, description="about", tags=pairs(a="1"))
    talk.set_up(CREATE, {"name": name, "source": f"models:/{model}", "model_id": model})
    talk.set_up("registered-models/alias", {"name": name, "alias": "champion", "version": "2"})
    talk.set_up(f"{VERSIONS}/transition-stage", {"name": name, "version": "1", "stage": "Production"})
    for source in (f"{name}/1", f"{name}/2", f"{name}/latest", f"{name}/production", f"{name}@champion"):
        number = talk.post(CREATE, {"name": copy, "source": f"models:/{source}"})["model_version"]["version"]
        talk.get(f"{VERSIONS}/get-download-uri", {"name": copy, "version": number})
    talk.post(CREATE, {"name": copy, "source": f"models:/{copy}/1", "run_id": run, "description": "mine"})
    talk.get(f"{VERSIONS}/get-download-uri", {"name": copy, "version": "6"})
    talk.post(CREATE, {"name": name, "source": f"models:/{name}/1"}, show=_source)


@case
def a_copy_needs_its_original(talk: Talk) -> None:
    experiment = talk.experiment()
    run, other = talk.run(experiment), talk.run(experiment, "other")
    model = talk.model(experiment)
    name, copy = registered(talk), registered(talk, "copy")
    version_of(talk, name, run)
    for source in (f"{name}/99", f"{name}/0", f"{name}/-1", f"{name}/nope", f"{name}@nope", f"{talk.name('none')}/1"):
        talk.post(CREATE, {"name": copy, "source": f"models:/{source}"}, message=True)
    for source in ("models:/", f"models:/{name}", f"models:/{name}/1/2", "models:/a/b/c"):
        talk.post(CREATE, {"name": copy, "source": source})
    for body in each({"run_id": other}, {"model_id": model}):
        talk.post(CREATE, {"name": copy, "source": f"models:/{name}/1", **body}, message=True)
    talk.post(CREATE, {"name": copy, "source": f"models:/{name}/1", "run_id": ""}, differs="named once")
    talk.post(CREATE, {"name": copy, "source": f"models:/{name}/staging"}, differs="not a crash")
    talk.set_up(f"{VERSIONS}/delete", {"name": name, "version": "1"}, "DELETE")
    talk.post(CREATE, {"name": copy, "source": f"models:/{name}/1"}, message=True)


@case
def a_version_that_is_not_there_is_not_found(talk: Talk) -> None:
    name = registered(talk)
    for one in ({"name": name, "version": "1"}, {"name": talk.name("none"), "version": "1"}):
        for method, path, body in (
            ("GET", "get", {}),
            ("GET", "get-download-uri", {}),
            ("PATCH", "update", {"description": "a"}),
            ("POST", "transition-stage", {"stage": "Staging"}),
            ("POST", "set-tag", {"key": "a", "value": "b"}),
            ("DELETE", "delete-tag", {"key": "a"}),
            ("DELETE", "delete", {}),
        ):
            talk.send(method, f"{VERSIONS}/{path}", {**one, **body}, message=True)


@case
def numbers_of_versions_are_text(talk: Talk) -> None:
    name = registered(talk)
    version_of(talk, name, talk.run(talk.experiment()))
    for version in ("1", "01", "x", "1.0", "", "99", "0", "-1"):
        talk.get(f"{VERSIONS}/get", {"name": name, "version": version}, message=True)
    for version in each("x", "", 1, None, "01"):
        talk.send("PATCH", f"{VERSIONS}/update", {"name": name, "version": version, "description": "a"}, message=True)
    for query in ({}, {"name": name}, {"version": "1"}):
        talk.get(f"{VERSIONS}/get", query, message=True)
        talk.get(f"{VERSIONS}/get-download-uri", query)


@case
def a_description_of_a_version_is_replaced(talk: Talk) -> None:
    name = registered(talk)
    one = {"name": name, "version": version_of(talk, name, talk.run(talk.experiment()), description="old")}
    for body in each({"description": "new"}, {"description": ""}, {}, {"description": None}):
        talk.send("PATCH", f"{VERSIONS}/update", {**one, "description": "before"})
        talk.send("PATCH", f"{VERSIONS}/update", {**one, **body})
        talk.get(f"{VERSIONS}/get", one)
    talk.send("PATCH", f"{VERSIONS}/update", {**one, "description": 5}, message=True)


@case
def tags_of_a_version_are_set_and_deleted(talk: Talk) -> None:
    name = registered(talk)
    one = {"name": name, "version": version_of(talk, name, talk.run(talk.experiment()), tags=pairs(old="1"))}
    for tag in ({"key": "a", "value": "1"}, {"key": "a", "value": "2"}, {"key": "empty", "value": ""}, {"key": "no"}):
        talk.post(f"{VERSIONS}/set-tag", {**one, **tag})
    talk.post(f"{VERSIONS}/set-tag", {**one, "key": "a b.c-d/e:f", "value": "x"})
    talk.get(f"{VERSIONS}/get", one, show=_tags)
    for key in ("a", "a", "never", "a b.c-d/e:f"):
        talk.send("DELETE", f"{VERSIONS}/delete-tag", {**one, "key": key})
    talk.get(f"{VERSIONS}/get", one, show=_tags)
    talk.send("DELETE", f"{VERSIONS}/delete-tag", query={**one, "key": "old"})


@case
def tags_of_a_version_have_rules(talk: Talk) -> None:
    name, run = registered(talk), talk.run(talk.experiment())
    one = {"name": name, "version": version_of(talk, name, run)}
    for key in ("a@b", "../x", "", "k" * 250, "k" * 251):
        talk.post(f"{VERSIONS}/set-tag", {**one, "key": key, "value": "x"}, message=True)
    for size in (100_000, 100_001):
        talk.post(f"{VERSIONS}/set-tag", {**one, "key": "long", "value": "x" * size}, message=True)
    for body in each({"key": "a", "value": 5}, {"value": "a"}):
        talk.post(f"{VERSIONS}/set-tag", {**one, **body}, message=True)
    new = {"name": name, "source": f"runs:/{run}/model", "run_id": run}
    for tags in each(pairs(**{"a@b": "1"}), [{"key": "", "value": "1"}], [*pairs(d="1"), *pairs(d="2"), {"key": "no"}]):
        talk.post(CREATE, {**new, "tags": tags}, message=True)


@case
def the_number_of_a_deleted_version_is_not_used_again(talk: Talk) -> None:
    name, run = registered(talk), talk.run(talk.experiment())
    for _ in range(3):
        version_of(talk, name, run)
    talk.set_up("registered-models/alias", {"name": name, "alias": "champion", "version": "3"})
    for version in ("3", "3", "1"):
        talk.send("DELETE", f"{VERSIONS}/delete", {"name": name, "version": version}, message=True)
    talk.send("DELETE", f"{VERSIONS}/delete", query={"name": name, "version": "2"})
    talk.get(f"{VERSIONS}/get", {"name": name, "version": "3"}, message=True)
    talk.get("registered-models/alias", {"name": name, "alias": "champion"}, message=True)
    talk.get("registered-models/get", {"name": name})
    talk.post(CREATE, {"name": name, "source": f"runs:/{run}/model", "run_id": run})
    talk.get(f"{VERSIONS}/search", {"filter": f"name = '{name}'"})


@case
def files_of_a_version_are_read(talk: Talk) -> None:
    experiment, run, root = _run_with_root(talk)
    model = talk.model(experiment)
    name = registered(talk)
    talk.set_up_bytes(f"/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/model/MLmodel", b"of a run")
    path = f"/api/2.0/mlflow-artifacts/artifacts/{experiment}/models/{model}/artifacts/MLmodel"
    talk.set_up_bytes(path, b"of a model")
    talk.set_up(CREATE, {"name": name, "source": f"{root}/model", "run_id": run})
    talk.set_up(CREATE, {"name": name, "source": f"models:/{model}", "model_id": model})
    talk.set_up(CREATE, {"name": name, "source": f"models:/{name}/2"})
    safe = ("content-disposition", "x-content-type-options", "content-length")
    for version in ("1", "2", "3"):
        query = {"name": name, "version": version, "path": "MLmodel"}
        talk.get("/model-versions/get-artifact", query, headers=safe)
        talk.get("/model-versions/get-artifact", {**query, "path": "none"})
        talk.get("/model-versions/get-artifact", {**query, "path": "../MLmodel"})
    for query in ({"version": "9"}, {"version": "x"}, {"name": talk.name("none")}):
        whole = {"name": name, "version": "1", "path": "MLmodel", **query}
        talk.get("/model-versions/get-artifact", whole, message=True)
    talk.get("/model-versions/get-artifact", {"version": "1", "path": "MLmodel"})
    talk.get("/model-versions/get-artifact", {"name": name, "version": "1"}, differs="error JSON")
