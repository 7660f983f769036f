"""Searching runs: orders, pages, view types, experiments."""

from __future__ import annotations

from typing import Any

from tests.contract.conformance.cases.search_runs import six_runs
from tests.contract.conformance.talk import Talk, case, run_names


def _orders(talk: Talk, *orders: list[str]) -> None:
    experiment = six_runs(talk)
    for order in orders:
        body = {"experiment_ids": [experiment], "order_by": order}
        talk.post("runs/search", body, show=run_names)


@case
def orders_by_metric(talk: Talk) -> None:
    _orders(
        talk,
        ["metrics.acc"],
        ["metrics.acc ASC"],
        ["metrics.acc DESC"],
        ["metrics.loss asc"],
        ["metrics.loss desc"],
        ["metric.loss DESC"],
        ["metrics.`a b/c.d-e` DESC"],
        ["metrics.never"],
        ["metrics.never DESC"],
        ["metrics.acc DESC", "metrics.loss ASC"],
        ["metrics.acc DESC", "start_time ASC"],
    )


@case
def orders_by_text(talk: Talk) -> None:
    _orders(
        talk,
        ["params.lr"],
        ["params.lr DESC"],
        ["param.Model"],
        ["tags.team"],
        ["tags.team DESC"],
        ["tags.`a.b c/d`"],
        ['tags."a.b c/d"'],
        ["tags.mlflow.runName"],
        ["tag.`mlflow.runName` DESC"],
        ["params.never", "start_time"],
    )


@case
def orders_by_attribute(talk: Talk) -> None:
    _orders(
        talk,
        *([f"attributes.{key} {way}"] for key in ("start_time", "end_time", "status") for way in ("ASC", "DESC")),
        ["start_time"],
        ["run_name"],
        ["attributes.run_name DESC"],
        ["attributes.user_id"],
        ["Created DESC"],
        ["attribute.created ASC"],
        ["status", "start_time"],
    )


@case
def invalid_orders_are_refused(talk: Talk) -> None:
    _orders(
        talk,
        [""],
        ["metrics.acc UP"],
        ["metrics.acc DESC DESC"],
        ["nope.acc"],
        ["attributes.nope"],
        ["attributes.lifecycle_stage"],
        ["datasets.name"],
        ["metrics.acc, metrics.loss"],
        ["metrics.acc = 1"],
        ["metrics.acc; metrics.loss"],
    )


@case
def an_order_can_name_a_field_once(talk: Talk) -> None:
    experiment = six_runs(talk)
    for order in (["metrics.acc", "metrics.acc DESC"], ["start_time", "attributes.start_time"]):
        talk.post("runs/search", {"experiment_ids": [experiment], "order_by": order}, differs="not a crash")


@case
def runs_with_equal_keys_are_ordered_by_id(talk: Talk) -> None:
    experiment = talk.experiment()
    runs = sorted(talk.run(experiment, start_time=7, metrics={"m": 1}) for _ in range(5))
    for name, run in zip("abcde", runs, strict=True):
        talk.set_up("runs/update", {"run_id": run, "run_name": name})
    for order in ([], ["metrics.m DESC"], ["start_time ASC"], ["start_time DESC"], ["metrics.never"]):
        body: dict[str, Any] = {"experiment_ids": [experiment], "order_by": order, "max_results": 2}
        while True:
            page = talk.post("runs/search", body, show=run_names)
            if "next_page_token" not in page:
                break
            body["page_token"] = page["next_page_token"]


@case
def pages_have_rules(talk: Talk) -> None:
    experiment = six_runs(talk)
    base = {"experiment_ids": [experiment]}
    for size in (1, "2", 3.0, 6, 7, 50000):
        talk.post("runs/search", {**base, "max_results": size}, show=run_names)
    for size in (0, -1, 50001):
        talk.post("runs/search", {**base, "max_results": size}, message=True)
    talk.post("runs/search", {**base, "max_results": "x"}, message=True)
    for size in (1.5, True):
        talk.post("runs/search", {**base, "max_results": size}, differs="not ignored")
    talk.post("runs/search", {**base, "max_results": [1]}, differs="not a crash")
    talk.post("runs/search", {**base, "page_token": "no token"})
    talk.post("runs/search", {**base, "page_token": ""}, show=run_names)
    talk.post("runs/search", {**base, "page_token": 5}, differs="not ignored")
    last = talk.post("runs/search", {**base, "max_results": 5}, show=run_names)["next_page_token"]
    talk.post("runs/search", {**base, "max_results": 5, "page_token": last}, show=run_names)


@case
def searches_span_the_experiments_named(talk: Talk) -> None:
    one, two, empty = talk.experiment("one"), talk.experiment("two"), talk.experiment("empty")
    talk.run(one, "a", start_time=3)
    talk.run(two, "b", start_time=2)
    talk.run(one, "c", start_time=1)
    for experiments in ([one], [one, two], [two, one, one], [empty], [one, "999999"], [], ["999999"]):
        talk.post("runs/search", {"experiment_ids": experiments}, show=run_names)
    talk.post("runs/search", {}, show=run_names)
    by_alias = {"experiment_ids": [one], "order_by": ["attributes.`Run Name`"]}
    talk.post("runs/search", by_alias, show=run_names, differs="more of the language")
    for wrong in (["x"], "all", 5):
        talk.post("runs/search", {"experiment_ids": wrong}, message=True)
    talk.post("runs/search", {"experiment_ids": [5]}, differs="not ignored")


@case
def view_types_choose_by_lifecycle(talk: Talk) -> None:
    experiment = talk.experiment()
    talk.run(experiment, "kept", start_time=2)
    talk.set_up("runs/delete", {"run_id": talk.run(experiment, "gone", start_time=1)})
    for view in ("ACTIVE_ONLY", "DELETED_ONLY", "ALL", None, 1, 2, 3, "2"):
        talk.post("runs/search", {"experiment_ids": [experiment], "run_view_type": view}, show=run_names)
    for wrong in ("NOPE", "", "all", True):
        body = {"experiment_ids": [experiment], "run_view_type": wrong}
        talk.post("runs/search", body, differs="not ignored")
    talk.set_up("experiments/delete", {"experiment_id": experiment})
    for view in ("ACTIVE_ONLY", "DELETED_ONLY"):
        talk.post("runs/search", {"experiment_ids": [experiment], "run_view_type": view}, show=run_names)


@case
def search_fields_have_types(talk: Talk) -> None:
    experiment = talk.experiment()
    base = {"experiment_ids": [experiment]}
    for wrong in ({"filter": 5}, {"filter": ["a"]}, {"order_by": "start_time"}, {"order_by": [5]}, {"order_by": 5}):
        talk.post("runs/search", {**base, **wrong}, message=True)
