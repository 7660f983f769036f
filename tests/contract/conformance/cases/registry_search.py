"""Searching registered models and their versions: filters, orders, pages."""

from __future__ import annotations

from typing import Any

from tests.contract.conformance.cases.registered_models import pairs, registered, version_of
from tests.contract.conformance.talk import Talk, case, each

MODELS = "registered-models/search"
VERSIONS = "model-versions/search"


def _models(found: Any) -> Any:
    """A page as the labels of its models, in order."""
    names = [model["name"].rpartition("-")[0] for model in found.get("registered_models", [])]
    return names + _more(found)


def _versions(found: Any) -> Any:
    names = [f"{one['name'].rpartition('-')[0]} {one['version']}" for one in found.get("model_versions", [])]
    return names + _more(found)


def _more(found: Any) -> list[str]:
    return ["<more>"] if found.get("next_page_token") else []


def _five(talk: Talk) -> str:
    """Five registered models of two versions each, the first of them of another run; gives its id back."""
    experiment = talk.experiment()
    run, other = talk.run(experiment), talk.run(experiment, "other")
    for label, tags in (
        ("alpha", {"team": "red"}),
        ("Beta", {"team": "Red", "x y": "1"}),
        ("gamma_1", {}),
        ("delta", {"team": "it's", "a.b c": "2"}),
        ("100%", {"team": "blue"}),
    ):
        talk.tick()
        name = registered(talk, label, tags=pairs(**tags))
        for number in "12":
            talk.tick()
            numbered = {key: f"{value} {number}" for key, value in tags.items()}
            version_of(talk, name, run if label == "alpha" else other, tags=pairs(**numbered))
    return run


def _mine(talk: Talk) -> str:
    return f"name LIKE '%{talk.name('')}'"


@case
def found_registered_models_are_complete(talk: Talk) -> None:
    _five(talk)
    talk.set_up("registered-models/alias", {"name": talk.name("delta"), "alias": "champion", "version": "1"})
    talk.get(MODELS, {"filter": _mine(talk)})
    talk.get(f"/ajax-api/2.0/mlflow/{MODELS}", {"filter": _mine(talk)}, show=_models)
    talk.get(MODELS, {"filter": f"name = '{talk.name('none')}'"})


@case
def filters_of_registered_models(talk: Talk) -> None:
    _five(talk)
    alpha, delta = talk.name("alpha"), talk.name("delta")
    for text in (
        f"name = '{alpha}'",
        f'name = "{alpha}"',
        f"attribute.name = '{alpha}'",
        f"name != '{alpha}' AND {_mine(talk)}",
        f"name ILIKE 'b%' AND {_mine(talk)}",
        f"name like 'a%' and {_mine(talk)}",
        f"name LIKE 'g____\\_1%' AND {_mine(talk)}",
        f"name LIKE 'gamma_1%' AND {_mine(talk)}",
        f"name IN ('{alpha}', '{delta}')",
        f"name in ('{alpha}')",
        f"name NOT IN ('{alpha}', '{delta}') AND {_mine(talk)}",
        f"tags.team = 'red' AND {_mine(talk)}",
        f"tag.team = 'red' AND {_mine(talk)}",
        f"{_mine(talk)} AND tags.team != 'red'",
        f"tags.team LIKE '%ed' AND {_mine(talk)}",
        f"tags.team ILIKE 'R%' AND {_mine(talk)}",
        f"tags.`x y` = '1' AND {_mine(talk)}",
        f"tags.\"x y\" = '1' AND {_mine(talk)}",
        f"tags.`a.b c` = '2' AND {_mine(talk)}",
        f'tags.team = "it\'s" AND {_mine(talk)}',
        f"tags.team = 'red' AND tags.team = 'Red' AND {_mine(talk)}",
        f"tags.team != 'red' AND tags.team != 'Red' AND {_mine(talk)}",
        f"tags.team LIKE '%' AND tags.`x y` LIKE '%' AND {_mine(talk)}",
        f"tags.never = '' AND {_mine(talk)}",
        f"tags.never != 'a' AND {_mine(talk)}",
    ):
        talk.get(MODELS, {"filter": text}, show=_models)


@case
def filters_of_versions(talk: Talk) -> None:
    run = _five(talk)
    alpha, delta = talk.name("alpha"), talk.name("delta")
    for text in (
        _mine(talk),
        f"name = '{alpha}'",
        f"attribute.name = '{alpha}'",
        f"name != '{alpha}' AND {_mine(talk)}",
        f"name IN ('{alpha}', '{delta}')",
        f"name NOT IN ('{alpha}', '{delta}') AND {_mine(talk)}",
        f"name ILIKE 'ALPHA%' AND {_mine(talk)}",
        f"run_id = '{run}'",
        f"run_id != '{run}' AND {_mine(talk)}",
        f"run_id IN ('{run}')",
        f"run_id IN ('{run}', '{'0' * 32}')",
        f"run_id NOT IN ('{run}') AND {_mine(talk)}",
        f"run_id LIKE '{run}%'",
        f"run_id = '' AND {_mine(talk)}",
        f"source_path = 'runs:/{run}/model'",
        f"source_path != 'runs:/{run}/model' AND {_mine(talk)}",
        f"source_path LIKE '%{run}%'",
        f"source_path ILIKE 'RUNS:/{run}%'",
        f"tags.team = 'red 1' AND {_mine(talk)}",
        f"tags.team LIKE 'red%' AND {_mine(talk)}",
        f"tag.`x y` = '1 2' AND {_mine(talk)}",
        f"tags.team != 'red 1' AND {_mine(talk)}",
        f"tags.never != 'a' AND {_mine(talk)}",
    ):
        talk.get(VERSIONS, {"filter": text}, show=_versions)
    for comparison in ("= 1", "!= 1", "> 1", ">= 2", "< 2", "<= 1", "= '1'", "= 3", "> -1"):
        talk.get(VERSIONS, {"filter": f"version_number {comparison} AND {_mine(talk)}"}, show=_versions)


@case
def found_versions_are_complete_and_last_changed_first(talk: Talk) -> None:
    _five(talk)
    talk.get(VERSIONS, {"filter": f"name = '{talk.name('delta')}'"})
    talk.get(f"/ajax-api/2.0/mlflow/{VERSIONS}", {"filter": _mine(talk)}, show=_versions)
    talk.get(VERSIONS, {"filter": f"name = '{talk.name('none')}'"})
    talk.tick()
    stage = {"name": talk.name("alpha"), "version": "1", "stage": "Staging"}
    talk.set_up("model-versions/transition-stage", stage)
    talk.set_up("model-versions/delete", {"name": talk.name("Beta"), "version": "2"}, "DELETE")
    tag = {"name": talk.name("delta"), "version": "1", "key": "a", "value": "b"}
    talk.set_up("model-versions/set-tag", tag)
    talk.get(VERSIONS, {"filter": _mine(talk)}, show=_versions)


@case
def orders_of_registered_models(talk: Talk) -> None:
    _five(talk)
    for order in (
        *([], ["name"], ["name ASC"], ["name DESC"], ["name desc"], ["`name` DESC"], ["timestamp"], ["timestamp DESC"]),
        *(["last_updated_timestamp"], ["last_updated_timestamp DESC"], ["last_updated_timestamp DESC", "name DESC"]),
    ):
        talk.get(MODELS, {"filter": _mine(talk), "order_by": order}, show=_models)
    for order in (["nope"], ["tags.team"], ["name foo"], ["name, name"]):
        talk.get(MODELS, {"filter": _mine(talk), "order_by": order})
    for order in (["creation_timestamp"], ["attribute.name"]):
        talk.get(MODELS, {"filter": _mine(talk), "order_by": order}, differs="more of the language")
    for order in (["name", "name DESC"], ["last_updated_timestamp", "timestamp DESC"]):
        talk.get(MODELS, {"filter": _mine(talk), "order_by": order}, differs="not a crash")


@case
def orders_of_versions(talk: Talk) -> None:
    _five(talk)
    for order in (
        *([], ["name"], ["name DESC"], ["version_number"], ["version_number DESC"], ["name DESC", "version_number"]),
        *(["creation_timestamp"], ["creation_timestamp DESC"], ["last_updated_timestamp"], ["attribute.name DESC"]),
    ):
        talk.get(VERSIONS, {"filter": _mine(talk), "order_by": order}, show=_versions)
    for order in (["timestamp"], ["nope"], ["tags.team"], ["name foo"]):
        talk.get(VERSIONS, {"filter": _mine(talk), "order_by": order})
    for order in (["run_id"], ["source_path"]):
        talk.get(VERSIONS, {"filter": _mine(talk), "order_by": order}, differs="more of the language")
    talk.get(VERSIONS, {"filter": _mine(talk), "order_by": ["name", "name"]}, differs="not a crash")


@case
def registered_models_come_in_pages(talk: Talk) -> None:
    _five(talk)
    for fields in ({}, {"order_by": ["last_updated_timestamp DESC"]}):
        query: dict[str, Any] = {"filter": _mine(talk), "max_results": 2, **fields}
        while "next_page_token" in (page := talk.get(MODELS, query, show=_models)):
            query["page_token"] = page["next_page_token"]
    for size in each(1, 5, 1000):
        talk.get(MODELS, {"filter": _mine(talk), "max_results": size}, show=_models)
    for size in each(1001, "x", 2**31):
        talk.get(MODELS, {"filter": _mine(talk), "max_results": size}, message=True)
    for size in each(0, -1):
        talk.get(MODELS, {"filter": _mine(talk), "max_results": size}, differs="a page of nothing")
    talk.get(MODELS, {"filter": _mine(talk), "page_token": ""}, show=_models)
    talk.get(MODELS, {"filter": _mine(talk), "page_token": "no token"})


@case
def versions_come_in_pages(talk: Talk) -> None:
    _five(talk)
    for fields in ({}, {"order_by": ["version_number"]}):
        query: dict[str, Any] = {"filter": _mine(talk), "max_results": 4, **fields}
        while "next_page_token" in (page := talk.get(VERSIONS, query, show=_versions)):
            query["page_token"] = page["next_page_token"]
    for size in each(10, 200_000):
        talk.get(VERSIONS, {"filter": _mine(talk), "max_results": size}, show=_versions)
    for size in each(0, -1, 200_001, "x"):
        talk.get(VERSIONS, {"filter": _mine(talk), "max_results": size})
    talk.get(VERSIONS, {"filter": _mine(talk), "page_token": "no token"})


@case
def invalid_filters_of_registered_models_are_refused(talk: Talk) -> None:
    for text in (
        *("attributes.name = 'a'", "Name = 'a'", "name > 'a'", "name = 5", "name = alpha", "team = 'red'", "name"),
        *("tags.team > 'a'", "tags.team IN ('red')", "tags.team = red", "tags.team = 5"),
        *("nope.a = 'b'", "params.a = 'b'", "name IN ()", "name IN ('a', 5)", " "),
        *("name = 'a'; name = 'b'", "name == 'a'", "name = 'a", "version_number = 1", "name BETWEEN 'a' AND 'b'"),
    ):
        talk.get(MODELS, {"filter": text})
    for path in (MODELS, VERSIONS):
        for text in ("name = 'a' OR name = 'b'", "creation_timestamp > 5", "last_updated_timestamp > 5"):
            talk.get(path, {"filter": text}, differs="more of the language")
        # MLflow knows these tests for tags of runs and experiments; here it fails with status 500.
        for text in ("tags.team IS NULL", "tags.team IS NOT NULL"):
            talk.get(path, {"filter": f"{text} AND name = 'a'"}, differs="more of the language")
        talk.get(path, {"filter": "name IS NULL"}, differs="not a crash")
        talk.get(path, {"filter": "name = 'a' name = 'b'"}, differs="half a filter")


@case
def invalid_filters_of_versions_are_refused(talk: Talk) -> None:
    for text in (
        *("version = 1", "version_number > 1.5", "version_number = 'x'", "version_number LIKE '1'", "run_id > 'a'"),
        *("version_number IN (1)", "current_stage = 'None'", "description = 'a'", "name"),
        *("status = 'READY'", "user_id = 'a'", "model_id = 'a'", "aliases = 'a'", "source = 'a'", "nope.a = 'b'"),
        *("source_path IN ('a')", "run_id IN ()", "run_id = 5", "tags.a > 'b'", "tags.a = 5", "attributes.name = 'a'"),
    ):
        talk.get(VERSIONS, {"filter": text})
    talk.get(VERSIONS, {"filter": "run_id IN (a)"}, differs="not a crash")
