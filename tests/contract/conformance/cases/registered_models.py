"""Registered models: create, read, describe, tag, rename, delete."""

from __future__ import annotations

from typing import Any

from tests.contract.conformance.talk import Show, Talk, case, each

MODELS = "registered-models"


def pairs(**pairs: str) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in pairs.items()]


def registered(talk: Talk, label: str = "model", **fields: Any) -> str:
    """The name of a new registered model."""
    name = talk.name(label)
    talk.set_up(f"{MODELS}/create", {"name": name, **fields})
    return name


def version_of(talk: Talk, name: str, run: str, **fields: Any) -> str:
    """The number of a new version, made from files of a run."""
    body = {"name": name, "source": f"runs:/{run}/model", "run_id": run, **fields}
    made: str = talk.set_up("model-versions/create", body)["model_version"]["version"]
    return made


def _tags(answer: Any) -> Any:
    return {"tags": answer["registered_model"].get("tags", [])}


@case
def a_new_registered_model_is_complete(talk: Talk) -> None:
    full = {"name": talk.name("full"), "description": "about", "tags": pairs(team="red", empty="")}
    talk.post(f"{MODELS}/create", full)
    talk.get(f"{MODELS}/get", {"name": full["name"]})
    talk.get(f"/ajax-api/2.0/mlflow/{MODELS}/get", {"name": full["name"]})
    talk.send("GET", f"{MODELS}/get", {"name": full["name"]})
    talk.post(f"{MODELS}/create", {"name": talk.name("bare")})
    talk.post(f"/ajax-api/2.0/mlflow/{MODELS}/create", {"name": talk.name("ajax"), "description": "", "tags": []})


@case
def names_of_registered_models_have_rules(talk: Talk) -> None:
    for name in ("a/b", "a:b", "/", "..", ".", " ", "", "models:/a/1"):
        talk.post(f"{MODELS}/create", {"name": name}, message=True)
        talk.get(f"{MODELS}/get", {"name": name})
    for label in ("a b", "ünï", "a.b", "a@b", "100%", "a#b?c&d", " lead", "A-b_c", "l" * 200, "a\nb"):
        talk.post(f"{MODELS}/create", {"name": talk.name(label)})
        talk.get(f"{MODELS}/get", {"name": talk.name(label)})
    for body in each({}, {"name": None}, {"name": 5}, {"name": ["a"]}, {"name": talk.name("d"), "description": 5}):
        talk.post(f"{MODELS}/create", body, message=True)


@case
def a_name_is_taken_once(talk: Talk) -> None:
    name = registered(talk)
    talk.post(f"{MODELS}/create", {"name": name}, message=True)
    talk.post(f"{MODELS}/create", {"name": talk.name("Model")})
    talk.post(f"{MODELS}/create", {"name": name, "tags": pairs(a="b")}, message=True)


@case
def a_registered_model_that_is_not_there_is_not_found(talk: Talk) -> None:
    name = talk.name("none")
    talk.get(f"{MODELS}/get", {"name": name}, message=True)
    talk.get(f"{MODELS}/get", message=True)
    for method, path, body in (
        ("PATCH", "update", {"description": "a"}),
        ("POST", "rename", {"new_name": talk.name("new")}),
        ("POST", "set-tag", {"key": "a", "value": "b"}),
        ("DELETE", "delete-tag", {"key": "a"}),
        ("POST", "get-latest-versions", {}),
        ("DELETE", "delete", {}),
    ):
        talk.send(method, f"{MODELS}/{path}", {"name": name, **body}, message=True)


@case
def a_description_is_replaced(talk: Talk) -> None:
    name = registered(talk, description="old")
    for body in each({"description": "new"}, {"description": "ünï\n# Title"}, {"description": ""}, {}):
        talk.send("PATCH", f"{MODELS}/update", {"name": name, "description": "before"})
        talk.send("PATCH", f"{MODELS}/update", {"name": name, **body})
        talk.get(f"{MODELS}/get", {"name": name})
    talk.send("PATCH", f"{MODELS}/update", {"name": name, "description": 5}, message=True)
    talk.send("PATCH", f"{MODELS}/update", {"description": "a"}, message=True)


@case
def tags_of_a_registered_model_are_set_and_deleted(talk: Talk) -> None:
    name = registered(talk, tags=pairs(old="1"))
    for tag in ({"key": "a", "value": "1"}, {"key": "a", "value": "2"}, {"key": "empty", "value": ""}, {"key": "no"}):
        talk.post(f"{MODELS}/set-tag", {"name": name, **tag})
    for key in ("a b.c-d/e:f", "ünï", "k" * 250):
        talk.post(f"{MODELS}/set-tag", {"name": name, "key": key, "value": "x"})
    talk.get(f"{MODELS}/get", {"name": name}, show=_tags)
    for key in ("a", "a", "never", "a b.c-d/e:f"):
        talk.send("DELETE", f"{MODELS}/delete-tag", {"name": name, "key": key})
    talk.get(f"{MODELS}/get", {"name": name}, show=_tags)


@case
def tags_of_a_registered_model_have_rules(talk: Talk) -> None:
    name = registered(talk)
    for key in ("a@b", "../x", "a//b", "", "k" * 251):
        talk.post(f"{MODELS}/set-tag", {"name": name, "key": key, "value": "x"}, message=True)
        talk.send("DELETE", f"{MODELS}/delete-tag", {"name": name, "key": key})
    for size in (100_000, 100_001):
        talk.post(f"{MODELS}/set-tag", {"name": name, "key": "long", "value": "x" * size}, message=True)
    for body in each({"key": "a", "value": 5}, {"key": 5, "value": "a"}, {"value": "a"}):
        talk.post(f"{MODELS}/set-tag", {"name": name, **body}, message=True)
    for tags in each(pairs(**{"a@b": "1"}), [{"key": "", "value": "1"}], [{"value": "1"}], {"a": "b"}, "a"):
        talk.post(f"{MODELS}/create", {"name": talk.name("new"), "tags": tags}, message=True)
    talk.post(
        f"{MODELS}/create", {"name": talk.name("new"), "tags": [*pairs(d="1"), *pairs(d="2"), {"key": "no value"}]}
    )


@case
def deletions_are_read_from_the_body(talk: Talk) -> None:
    name = registered(talk, tags=pairs(a="1"))
    talk.send("DELETE", f"{MODELS}/delete-tag", query={"name": name, "key": "a"})
    talk.send("DELETE", f"{MODELS}/delete", query={"name": name})
    talk.send("DELETE", f"{MODELS}/delete", {})
    talk.get(f"{MODELS}/get", {"name": name})


@case
def a_registered_model_is_renamed_with_all_it_has(talk: Talk) -> None:
    run = talk.run(talk.experiment())
    name = registered(talk, "before", description="about", tags=pairs(a="1"))
    for _ in range(2):
        version_of(talk, name, run, tags=pairs(b="2"))
    talk.set_up(f"{MODELS}/alias", {"name": name, "alias": "champion", "version": "1"})
    new = talk.name("after")
    talk.post(f"{MODELS}/rename", {"name": name, "new_name": new})
    talk.get(f"{MODELS}/get", {"name": name}, message=True)
    talk.get(f"{MODELS}/get", {"name": new})
    talk.get("model-versions/get", {"name": new, "version": "1"})
    talk.get("model-versions/get", {"name": name, "version": "1"}, message=True)
    talk.get(f"{MODELS}/alias", {"name": new, "alias": "champion"})
    talk.get("model-versions/search", {"filter": f"name = '{name}'"})
    talk.post(f"{MODELS}/create", {"name": name})


@case
def a_new_name_has_the_rules_of_a_name(talk: Talk) -> None:
    name, taken = registered(talk), registered(talk, "taken")
    talk.post(f"{MODELS}/rename", {"name": name, "new_name": taken})
    talk.post(f"{MODELS}/rename", {"name": name, "new_name": name})
    for new in each("a/b", "a:b", "..", " ", "", None, 5):
        talk.post(f"{MODELS}/rename", {"name": name, "new_name": new}, message=True)
    talk.post(f"{MODELS}/rename", {"name": name}, message=True)
    talk.get(f"{MODELS}/get", {"name": name})


@case
def a_deleted_registered_model_is_gone_with_all_it_had(talk: Talk) -> None:
    run = talk.run(talk.experiment())
    name = registered(talk, tags=pairs(a="1"))
    for _ in range(3):
        version_of(talk, name, run)
    talk.set_up(f"{MODELS}/alias", {"name": name, "alias": "champion", "version": "2"})
    talk.send("DELETE", f"{MODELS}/delete", {"name": name})
    talk.send("DELETE", f"{MODELS}/delete", {"name": name}, message=True)
    talk.get("model-versions/get", {"name": name, "version": "1"}, message=True)
    talk.get("model-versions/search", {"filter": f"name = '{name}'"})
    talk.post(f"{MODELS}/create", {"name": name})
    talk.post("model-versions/create", {"name": name, "source": f"runs:/{run}/model", "run_id": run})
    talk.get(f"{MODELS}/alias", {"name": name, "alias": "champion"}, message=True)


@case
def the_time_of_the_last_change_moves(talk: Talk) -> None:
    run = talk.run(talk.experiment())
    name = registered(talk, tags=pairs(a="1"))
    one = {"name": name, "version": version_of(talk, name, run)}
    for method, path, body in (
        ("PATCH", f"{MODELS}/update", {"description": "new"}),
        ("POST", f"{MODELS}/set-tag", {"key": "b", "value": "2"}),
        ("DELETE", f"{MODELS}/delete-tag", {"key": "a"}),
        ("POST", f"{MODELS}/alias", {"alias": "champion"}),
        ("PATCH", "model-versions/update", {"description": "new"}),
        ("POST", "model-versions/set-tag", {"key": "b", "value": "2"}),
        ("POST", "model-versions/transition-stage", {"stage": "Staging"}),
        ("POST", "model-versions/create", {"source": f"runs:/{run}/model", "run_id": run}),
        ("POST", f"{MODELS}/rename", {"new_name": name}),
        ("DELETE", "model-versions/delete", {"version": "2"}),
    ):
        model, version = (_changed(talk, path, one) for path in (f"{MODELS}/get", "model-versions/get"))
        talk.tick()
        talk.set_up(path, {**one, **body}, method)
        moved = {"model": _changed(talk, f"{MODELS}/get", one) > model}
        moved["version"] = _changed(talk, "model-versions/get", one) > version
        talk.get(f"{MODELS}/get", {"name": name}, show=_saying({path: moved}))


def _saying(moved: Any) -> Show:
    return lambda _: moved


def _changed(talk: Talk, path: str, one: dict[str, str]) -> int:
    (found,) = talk.set_up(path, one, "GET").values()
    changed: int = found["last_updated_timestamp"]
    return changed


@case
def methods_of_registered_models(talk: Talk) -> None:
    name = registered(talk)
    for method, path in (("POST", "get"), ("POST", "update"), ("POST", "delete"), ("PUT", "update"), ("GET", "rename")):
        talk.send(method, f"{MODELS}/{path}", {"name": name}, differs="no method")
    talk.get(f"{MODELS}/list", differs="no page")
