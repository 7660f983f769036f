"""Searching experiments. Every search names the case's own experiments by a pattern."""

from __future__ import annotations

from typing import Any

from tests.contract.conformance.talk import Talk, case, experiment_names

SEARCH = "experiments/search"
LABELS = ("alpha", "Beta", "gamma%", "delta_x")
TAGS: tuple[dict[str, str], ...] = ({"team": "red"}, {"team": "Red", "a.b c": "1"}, {"team": "it's"}, {})


def _four(talk: Talk) -> str:
    """Makes four experiments; gives back a filter that finds them all."""
    for label, tags in zip(LABELS, TAGS, strict=True):
        talk.tick()
        talk.experiment(label, tags=[{"key": key, "value": value} for key, value in tags.items()])
    return f"name LIKE '%-{talk.name('').lstrip('-')}'"


def _filters(talk: Talk, *filters: str) -> None:
    mine = _four(talk)
    for text in filters:
        body = {"filter": f"{mine} AND {text}", "max_results": 10}
        talk.post(SEARCH, body, show=experiment_names)


@case
def found_experiments_are_complete(talk: Talk) -> None:
    body = {"filter": _four(talk), "max_results": 10}
    talk.post(SEARCH, body)
    talk.get(SEARCH, body)
    talk.post("/ajax-api/2.0/mlflow/experiments/search", body, show=experiment_names)


@case
def the_newest_comes_first_by_default(talk: Talk) -> None:
    mine = _four(talk)
    for order in (None, [], ["name"], ["name DESC"], ["creation_time ASC"], ["creation_time DESC"]):
        talk.post(SEARCH, {"filter": mine, "max_results": 10, "order_by": order}, show=experiment_names)
    for order in (
        ["last_update_time"],
        ["experiment_id"],
        ["experiment_id DESC"],
        ["attribute.name ASC"],
        ["name desc"],
    ):
        talk.post(SEARCH, {"filter": mine, "max_results": 10, "order_by": order}, show=experiment_names)
    query = {"filter": mine, "max_results": "10", "order_by": ["experiment_id DESC", "name"]}
    talk.get(SEARCH, query, show=experiment_names)


@case
def filters_by_name_and_tag(talk: Talk) -> None:
    _filters(
        talk,
        f"name = '{talk.name('alpha')}'",
        f'name = "{talk.name("alpha")}"',
        f"attribute.name != '{talk.name('alpha')}'",
        "name LIKE 'B%'",
        "name ILIKE 'b%'",
        "name LIKE 'gamma%'",
        "name LIKE 'delta_x%'",
        "tags.team = 'red'",
        "tag.team != 'red'",
        "tags.team LIKE '%d'",
        "tags.team ILIKE 'RED'",
        'tags.team = "it\'s"',
        "tags.`a.b c` = '1'",
        "tags.team IS NULL",
        "tags.team IS NOT NULL",
        "tags.`team` = 'red' AND name LIKE 'a%'",
        "creation_time > 0",
        "creation_time < 1000",
        "last_update_time >= 1000",
        "attribute.creation_time != 5",
    )


@case
def filters_by_id(talk: Talk) -> None:
    mine = _four(talk)
    all_four = talk.post(SEARCH, {"filter": mine, "max_results": 4}, show=experiment_names)["experiments"]
    first, second = all_four[0]["experiment_id"], all_four[1]["experiment_id"]
    for text in (
        f"experiment_id = '{first}'",
        f"experiment_id != '{first}'",
        f"experiment_id IN ('{first}', '{second}')",
        f"experiment_id IN ('{first}')",
        f"experiment_id NOT IN ('{first}', '{second}')",
        f"attribute.experiment_id = '{second}'",
    ):
        talk.post(SEARCH, {"filter": f"{mine} AND {text}", "max_results": 10}, show=experiment_names)


@case
def invalid_searches_are_refused(talk: Talk) -> None:
    for text in (
        "name > 'a'",
        "attributes.name = 'a'",
        "creation_time > 1.5",
        "name = a",
        "name = 5",
        "name IN ('a')",
        "nope = 'a'",
        "params.a = 'b'",
        "tags.team > 'red'",
        "tags.team = red",
        "tags.team IN ('red')",
        "creation_time = 'a'",
        "creation_time LIKE '1'",
        "experiment_id = 'x'",
        "experiment_id > '1'",
        "experiment_id IN ()",
        "name",
        "name IS NULL",
        "lifecycle_stage = 'active'",
    ):
        talk.post(SEARCH, {"filter": text, "max_results": 10})
    for order in (["nope"], ["tags.team"], ["name UP"], ["name, experiment_id"], [""], ["name DESC ASC"]):
        talk.post(SEARCH, {"order_by": order, "max_results": 10})
    for wrong in ({"filter": 5}, {"order_by": "name"}, {"order_by": 5}, {"page_token": "no token"}):
        talk.post(SEARCH, {"max_results": 10, **wrong})


@case
def more_can_be_asked(talk: Talk) -> None:
    mine = _four(talk)
    for text in ("(name LIKE 'a%' OR name LIKE 'B%')", "NOT name LIKE 'a%'"):
        body = {"filter": f"{mine} AND {text}", "max_results": 10}
        talk.post(SEARCH, body, show=experiment_names, differs="more of the language")


@case
def the_page_size_must_be_given(talk: Talk) -> None:
    mine = _four(talk)
    for body in ({}, {"max_results": None}, {"max_results": 0}, {"max_results": -1}, {"max_results": 50001}):
        talk.post(SEARCH, {"filter": mine, **body}, message=True)
    for size in (1, "2", 3.0, 4, 5, 50000):
        talk.post(SEARCH, {"filter": mine, "max_results": size}, show=experiment_names)
    talk.post(SEARCH, {"filter": mine, "max_results": "x"}, message=True)
    for query in ({}, {"max_results": "0"}, {"max_results": "x"}):
        talk.get(SEARCH, query, message=True)
    for size in (1.5, True):
        talk.post(SEARCH, {"filter": mine, "max_results": size})
    talk.post(SEARCH, {"filter": mine, "max_results": [1]}, differs="not a crash")


@case
def experiments_come_in_pages(talk: Talk) -> None:
    mine = _four(talk)
    for order in (["name"], ["creation_time DESC"], []):
        body: dict[str, Any] = {"filter": mine, "max_results": 3, "order_by": order}
        page = talk.post(SEARCH, body, show=experiment_names)
        talk.post(SEARCH, {**body, "page_token": page["next_page_token"]}, show=experiment_names)
        talk.get(SEARCH, {**body, "page_token": page["next_page_token"]}, show=experiment_names)


@case
def deleted_experiments_are_found_by_view_type(talk: Talk) -> None:
    mine = _four(talk)
    body = {"name": talk.name("gone")}
    gone = talk.set_up("experiments/create", body)["experiment_id"]
    talk.set_up("experiments/delete", {"experiment_id": gone})
    for view in ("ACTIVE_ONLY", "DELETED_ONLY", "ALL", None, 1, 2, 3):
        search = {"filter": mine, "max_results": 10, "view_type": view, "order_by": ["name"]}
        talk.post(SEARCH, search, show=experiment_names)
    for view in ("ALL", "2"):
        query = {"filter": mine, "max_results": 10, "view_type": view, "order_by": "name"}
        talk.get(SEARCH, query, show=experiment_names)
    for wrong in ("NOPE", "", 7):
        search = {"filter": mine, "max_results": 10, "view_type": wrong}
        talk.post(SEARCH, search, differs="not ignored")
