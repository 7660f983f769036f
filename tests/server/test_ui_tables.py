"""What the pages ask the server for: lists, tables, curves, and changes of many runs at once."""

from __future__ import annotations

import csv
from typing import Any

import httpx
import pytest

from tests.server.talk import API, error_of
from tests.server.ui_made import OURS, made_experiment, made_run, points


@pytest.fixture(scope="module")
def experiment(http: httpx.Client) -> str:
    """Three runs, the newest last: each with its own lr, one without a loss, one whose loss is NaN in the end."""
    experiment = made_experiment(http, "tables/ours")
    made_run(http, experiment, "one", 1, metrics=points("loss", 3, 1, 2), params=[{"key": "lr", "value": "0.1"}])
    made_run(http, experiment, "two", 2, metrics=points("loss", 5, 4, "NaN"), params=[{"key": "lr", "value": "0.2"}])
    made_run(http, experiment, "three", 3, params=[{"key": "lr", "value": "0.3"}], tags=[{"key": "t", "value": "Blue"}])
    return experiment


def table(http: httpx.Client, experiment: str, **asked: Any) -> Any:
    answer = http.get(f"{OURS}/runs", params={"experiment_id": experiment, **asked})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_table_has_the_columns_asked_for_with_last_least_and_greatest_values(
    http: httpx.Client, experiment: str
) -> None:
    found = table(http, experiment, columns=["metrics.loss", "min.loss", "max.loss", "params.lr", "tags.t"])
    assert found["runs"]["run_name"] == ["three", "two", "one"]
    assert found["values"] == [
        [None, "NaN", 2.0],
        [None, 4.0, 1.0],
        [None, 5.0, 3.0],
        ["0.3", "0.2", "0.1"],
        ["Blue", None, None],
    ]
    assert found["total"] == 3


def test_who_names_no_columns_gets_some_that_tell(http: httpx.Client, experiment: str) -> None:
    fields = table(http, experiment)["fields"]
    assert fields == [{"kind": "metric", "key": "loss"}, {"kind": "parameter", "key": "lr"}]


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ("min.loss ASC", ["one", "two", "three"]),
        ("max.loss DESC", ["two", "one", "three"]),
        ("metrics.loss DESC", ["one", "two", "three"]),
        ("params.lr ASC", ["one", "two", "three"]),
        ("attributes.run_name ASC", ["one", "three", "two"]),
    ],
)
def test_a_table_is_sorted_by_whatever_a_column_shows(
    http: httpx.Client, experiment: str, order: str, names: list[str]
) -> None:
    assert table(http, experiment, order_by=order)["runs"]["run_name"] == names


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"filter": "min.loss < 2"}, ["one"]),
        ({"filter": "max.loss >= 5 OR params.lr = '0.3'"}, ["three", "two"]),
        ({"search": "blue"}, ["three"]),
        ({"search": "0.2 tw"}, ["two"]),
        ({"search": "nothing like it"}, []),
    ],
)
def test_a_filter_and_plain_words_find_runs_and_count_them(
    http: httpx.Client, experiment: str, asked: dict[str, str], names: list[str]
) -> None:
    found = table(http, experiment, **asked)
    assert (found["runs"]["run_name"], found["total"]) == (names, len(names))


def test_pages_follow_by_token_or_by_place(http: httpx.Client, experiment: str) -> None:
    first = table(http, experiment, max_results=2, order_by="params.lr ASC")
    second = table(http, experiment, max_results=2, order_by="params.lr ASC", page_token=first["next_page_token"])
    jumped = table(http, experiment, max_results=1, order_by="params.lr ASC", skip=2)
    assert [one["runs"]["run_name"] for one in (first, second, jumped)] == [["one", "two"], ["three"], ["three"]]
    assert second["next_page_token"] is None and jumped["total"] == 3


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"filter": "metrics.loss <"}, "See the end of"),
        ({"filter": "params.lr = 3"}, "See character 13"),
        ({"columns": "nonsense.a"}, "Invalid entity type"),
        ({"order_by": "metrics.loss SIDEWAYS"}, "ASC or DESC"),
        ({"max_results": "100000"}, "max_results"),
        ({"search": "w " * 11}, "at most 10"),
        ({"experiment_id": "x"}, "valid integer"),
    ],
)
def test_what_cannot_be_shown_is_refused_with_the_reason(
    http: httpx.Client, experiment: str, asked: dict[str, str], reason: str
) -> None:
    answer = http.get(f"{OURS}/runs", params={"experiment_id": experiment, **asked})
    assert answer.status_code == 400
    assert reason in error_of(answer.content)[1]


def test_a_tree_begins_with_runs_without_a_parent_in_the_table_and_counts_children(http: httpx.Client) -> None:
    experiment, elsewhere = made_experiment(http, "tables/tree"), made_experiment(http, "tables/elsewhere")

    def child_of(parent: str) -> list[dict[str, str]]:
        return [{"key": "mlflow.parentRunId", "value": parent}]

    parent = made_run(http, experiment, "parent", 1)
    child = made_run(http, experiment, "child", 2, tags=child_of(parent))
    made_run(http, experiment, "grandchild", 3, tags=child_of(child))
    made_run(http, experiment, "orphan", 4, tags=child_of(made_run(http, elsewhere, "far")))
    made_run(http, experiment, "of nobody", 5, tags=child_of("f" * 32))
    gone = made_run(http, experiment, "gone", 6, tags=child_of(parent))
    http.post(f"{OURS}/runs/delete", json={"run_ids": [gone]})

    top = table(http, experiment, top=True, family=True)
    below = table(http, experiment, filter=f"tags.mlflow.parentRunId = '{parent}'", family=True)

    assert top["runs"]["run_name"] == ["of nobody", "orphan", "parent"]
    assert top["family"]["children"] == [0, 0, 1] and top["family"]["parent"][2] is None
    assert top["family"]["parent"][1]["run_name"] == "far"
    assert below["runs"]["run_name"] == ["child"]
    assert below["family"] == {"parent": [{"run_id": parent, "run_name": "parent"}], "children": [1]}
    counted = http.get(f"{OURS}/count", params={"experiment_id": experiment, "top": True}).json()
    assert counted == {"total": 3}


def test_a_page_comes_without_the_total_where_only_counting_would_tell_it(http: httpx.Client, experiment: str) -> None:
    assert table(http, experiment, max_results=2, counted=False)["total"] is None
    assert table(http, experiment, max_results=3, counted=False)["total"] == 3
    assert http.post(f"{OURS}/count", json={"experiment_id": [experiment], "search": "blue"}).json() == {"total": 1}


def test_groups_have_mean_deviation_and_extremes_of_their_runs(http: httpx.Client) -> None:
    experiment = made_experiment(http, "tables/groups")
    for name, values in {"adam": (1e9 + 1, 1e9 + 2, "NaN"), "sgd": ("Infinity", 5), None: (7,)}.items():
        for n, value in enumerate(values):
            params = [] if name is None else [{"key": "opt", "value": name}]
            made_run(http, experiment, f"{name} {n}", metrics=points("loss", value), params=params)
    asked = {"experiment_id": experiment, "by": "params.opt", "columns": ["metrics.loss", "max.loss", "params.opt"]}
    groups = http.get(f"{OURS}/groups", params=asked).json()
    by_loss = http.get(f"{OURS}/groups", params={**asked, "order_by": "metrics.loss DESC", "max_results": 1}).json()
    by_value = http.get(f"{OURS}/groups", params={**asked, "order_by": "params.opt DESC", "skip": 1}).json()
    whole = http.get(f"{OURS}/groups", params={"experiment_id": experiment, "filter": "metrics.loss < 10"}).json()

    assert (groups["total"], groups["value"], groups["runs"]) == (3, ["adam", "sgd", None], [3, 2, 1])
    assert groups["fields"] == [{"kind": "metric", "key": "loss"}, {"kind": "maximum", "key": "loss"}]
    assert groups["count"][0] == [2, 1, 1]
    assert groups["mean"][0] == [1e9 + 1.5, 5, 7]
    assert groups["std"][0] == [pytest.approx(0.5**0.5), None, None]
    assert (groups["low"][0], groups["high"][0]) == ([1e9 + 1, 5, 7], [1e9 + 2, "Infinity", 7])
    assert (by_loss["value"], by_loss["total"]) == (["adam"], 3)
    assert by_value["value"] == ["adam", None]
    assert (whole["value"], whole["runs"], whole["mean"]) == ([None], [2], [[6]])


@pytest.mark.parametrize("asked", [{"by": "metrics.loss"}, {"by": "params.lr", "order_by": "params.other"}])
def test_runs_are_grouped_by_what_they_may_share_and_groups_sorted_by_what_they_have(
    http: httpx.Client, experiment: str, asked: dict[str, str]
) -> None:
    answer = http.get(f"{OURS}/groups", params={"experiment_id": experiment, **asked})
    assert answer.status_code == 400 and "Name a" in error_of(answer.content)[1]


def test_values_that_runs_have_are_listed_by_their_beginning(http: httpx.Client, experiment: str) -> None:
    asked = {"experiment_id": experiment, "field": "params.lr", "search": "0.2"}
    assert http.get(f"{OURS}/values", params=asked).json() == {"values": [{"value": "0.2", "runs": 1}]}
    states = http.get(f"{OURS}/values", params={"experiment_id": experiment, "field": "attributes.status"}).json()
    assert states == {"values": [{"value": "RUNNING", "runs": 3}]}
    assert http.get(f"{OURS}/values", params={**asked, "field": "metrics.loss"}).status_code == 400


def test_names_are_found_by_what_they_hold_and_say_whether_runs_differ(http: httpx.Client, experiment: str) -> None:
    asked = {"experiment_id": experiment, "kind": "parameter", "search": "L"}
    assert http.get(f"{OURS}/keys", params=asked).json() == {
        "keys": [{"key": "lr", "runs": 3, "varies": True}],
        "of_runs": 3,
        "more": False,
    }


def test_what_the_machine_measures_comes_last_and_is_no_column_to_begin_with(http: httpx.Client) -> None:
    made = made_experiment(http, "tables/system metrics")
    run = http.post(f"{API}/runs/create", json={"experiment_id": made}).json()["run"]["info"]["run_id"]
    for key in ("system/cpu", "train_loss"):
        point = {"run_id": run, "key": key, "value": 1.0, "timestamp": 1, "step": 0}
        assert http.post(f"{API}/runs/log-metric", json=point).status_code == 200
    names = http.get(f"{OURS}/keys", params={"experiment_id": made, "kind": "metric"}).json()["keys"]
    assert [one["key"] for one in names] == ["train_loss", "system/cpu"]
    assert http.get(f"{OURS}/runs", params={"experiment_id": made}).json()["fields"] == [
        {"kind": "metric", "key": "train_loss"}
    ]
    first = http.get(f"{OURS}/runs/{run}/metrics", params={"max_results": 1}).json()
    last = http.get(f"{OURS}/runs/{run}/metrics", params={"after": first["key"][0]}).json()
    assert (first["key"], last["key"]) == (["train_loss"], ["system/cpu"])


def test_experiments_come_with_the_number_of_their_runs_and_their_note(http: httpx.Client, experiment: str) -> None:
    note = {"experiment_id": experiment, "key": "mlflow.note.content", "value": "a note"}
    http.post(f"{API}/experiments/set-experiment-tag", json=note)
    made_experiment(http, "tables/without runs")
    found = {one["name"]: one for one in http.get(f"{OURS}/experiments").json()["experiments"]}
    assert (found["tables/ours"]["runs"], found["tables/ours"]["note"]) == (3, "a note")
    assert found["tables/without runs"]["runs"] == 0


def test_a_runs_page_names_parent_and_children_and_counts_metrics(http: httpx.Client) -> None:
    experiment = made_experiment(http, "tables/family")
    parent = made_run(http, experiment, "parent", metrics=points("a", 1) + points("b", 1))
    tags = [{"key": "mlflow.parentRunId", "value": parent}]
    child = made_run(http, experiment, "child", tags=tags)
    pages = [http.get(f"{OURS}/runs/{run}").json() for run in (parent, child)]
    assert (pages[0]["children"], pages[0]["parent"], pages[0]["metrics"]) == (1, None, 2)
    assert (pages[1]["children"], pages[1]["parent"]) == (0, {"run_id": parent, "run_name": "parent"})
    assert pages[0]["experiment_name"] == "tables/family"


def test_metrics_are_listed_searched_and_paged_by_name(http: httpx.Client) -> None:
    metrics = [point for name in ("a/1", "a/2", "B/3") for point in points(name, 1, "Infinity", 2)]
    run = made_run(http, made_experiment(http, "tables/metrics"), "run", metrics=metrics)
    found = http.get(f"{OURS}/runs/{run}/metrics", params={"search": "A/", "max_results": 1}).json()
    rest = http.get(f"{OURS}/runs/{run}/metrics", params={"search": "A/", "after": found["key"][0]}).json()
    assert (found["key"], found["total"], rest["key"]) == (["a/1"], 2, ["a/2"])
    assert (found["value"], found["min_value"], found["max_value"], found["points"]) == (
        [2.0],
        [1.0],
        ["Infinity"],
        [3],
    )


def test_runs_are_compared_in_what_they_use_or_only_in_what_differs(http: httpx.Client) -> None:
    experiment = made_experiment(http, "tables/compared")
    same = {"key": "same", "value": "s"}
    metrics = points("even", 1), points("even", "NaN")
    runs = [
        made_run(http, experiment, f"run {n}", metrics=metrics[n], params=[same, {"key": "lr", "value": str(n)}])
        for n in range(2)
    ]
    gone = "f" * 32

    asked = {"run_id": [runs[1], gone, runs[0]], "search": "e"}
    everything = http.post(f"{OURS}/compare", json=asked).json()
    differing = http.get(f"{OURS}/compare", params={"run_id": runs, "differing": True, "measure": "minimum"}).json()
    one = http.get(f"{OURS}/compare", params={"run_id": runs, "columns": ["params.lr", "metrics.none"]}).json()
    few = http.get(f"{OURS}/compare", params={"run_id": runs, "max_results": 1}).json()

    assert (everything["runs"]["run_id"], everything["missing"]) == ([runs[1], runs[0]], [gone])
    assert [field["key"] for field in everything["fields"]] == ["same", "even", "mlflow.runName"]
    assert everything["values"][1] == ["NaN", 1.0]
    assert [(field["kind"], field["key"]) for field in differing["fields"]] == [
        ("parameter", "lr"),
        ("minimum", "even"),
        ("tag", "mlflow.runName"),
    ]
    assert one["values"] == [["0", "1"], [None, None]]
    assert (few["more"], everything["more"]) == (["parameter"], [])


def test_a_range_of_steps_that_ends_before_it_begins_is_refused(http: httpx.Client) -> None:
    body = {"run_id": ["r"], "key": ["m"], "first": 2, "last": 1}
    assert http.post(f"{OURS}/curves", json=body).status_code == 400


def test_many_runs_are_tagged_deleted_and_restored_at_once_or_not_at_all(http: httpx.Client) -> None:
    experiment = made_experiment(http, "tables/many")
    runs = [made_run(http, experiment, f"run {n}") for n in range(3)]

    tagged = http.post(f"{OURS}/runs/set-tag", json={"run_ids": runs, "key": "k", "value": "v"})
    refused = http.post(f"{OURS}/runs/delete", json={"run_ids": [*runs, "f" * 32]})
    kept = table(http, experiment, columns="tags.k")
    deleted = http.post(f"{OURS}/runs/delete", json={"run_ids": runs[:2] + runs[:1]})
    left = table(http, experiment)["total"]
    in_trash = http.post(f"{OURS}/runs/set-tag", json={"run_ids": runs, "key": "k", "value": "w"})
    restored = http.post(f"{OURS}/runs/restore", json={"run_ids": runs[:2]})

    assert tagged.json() == {"runs": 3}
    assert refused.status_code == 404 and kept["values"] == [["v"] * 3]
    assert (deleted.json(), left, restored.json()) == ({"runs": 2}, 1, {"runs": 2})
    assert in_trash.status_code == 400 and "deleted" in error_of(in_trash.content)[1]
    assert table(http, experiment, columns="tags.k")["values"] == [["v"] * 3]


def test_a_run_whose_model_is_registered_is_not_deleted_in_passing(http: httpx.Client) -> None:
    run = made_run(http, made_experiment(http, "tables/registered"), "run")
    http.post(f"{API}/registered-models/create", json={"name": "tables"})
    http.post(f"{API}/model-versions/create", json={"name": "tables", "source": f"runs:/{run}/m", "run_id": run})
    assert http.post(f"{OURS}/runs/delete", json={"run_ids": [run]}).status_code == 409
    assert http.post(f"{OURS}/runs/delete", json={"run_ids": [run], "force": True}).json() == {"runs": 1}


def test_views_of_an_experiment_are_saved_renamed_replaced_and_deleted(http: httpx.Client) -> None:
    experiment = made_experiment(http, "tables/views")
    views = f"{OURS}/experiments/{experiment}/views"

    def known() -> list[tuple[str, str, bool]]:
        return [(view["name"], view["query"], view["is_default"]) for view in http.get(views).json()["views"]]

    for name in ("best/first", "new"):
        assert http.post(views, json={"name": name, "query": "order=a"}).status_code == 200
    refused = http.post(views, json={"name": "new", "query": ""})
    replaced = http.post(views, json={"name": "new", "query": "order=b", "replace": True})
    http.patch(views, json={"name": "best/first", "is_default": True})
    http.patch(views, json={"name": "new", "new_name": "newer", "is_default": True})
    taken = http.patch(views, json={"name": "newer", "new_name": "best/first"})

    assert (refused.status_code, replaced.status_code, taken.status_code) == (400, 200, 400)
    assert known() == [("best/first", "order=a", False), ("newer", "order=b", True)]
    assert http.request("DELETE", views, json={"name": "newer"}).status_code == 200
    assert http.request("DELETE", views, json={"name": "newer"}).status_code == 404
    assert http.patch(views, json={"name": "newer"}).status_code == 404
    assert known() == [("best/first", "order=a", False)]


def test_views_are_bounded_in_size_and_number(http: httpx.Client) -> None:
    views = f"{OURS}/experiments/{made_experiment(http, 'tables/many views')}/views"
    assert http.post(views, json={"name": "long", "query": "x" * 8001}).status_code == 400
    assert http.post(views, json={"name": "", "query": ""}).status_code == 400
    statuses = [http.post(views, json={"name": f"{n}", "query": ""}).status_code for n in range(101)]
    assert (set(statuses[:100]), statuses[100]) == ({200}, 400)


def test_all_runs_are_sent_as_a_file_with_whole_texts_and_no_formulas(
    http: httpx.Client,
) -> None:
    experiment = made_experiment(http, "tables/exported")
    for n, text in enumerate(("=1+1", "-1.5", "long " * 100)):
        params = [{"key": "a b", "value": text}]
        made_run(http, experiment, f'run "{n}"', n, params=params, metrics=points("m", "-Infinity" if n else 0.5))
    asked = {"experiment_id": experiment, "columns": ["params.`a b`", "metrics.m"], "order_by": "start_time ASC"}

    sheet = http.get(f"{OURS}/runs.csv", params=asked)
    objects = http.get(f"{OURS}/runs.json", params=asked).json()
    none = http.get(f"{OURS}/runs.json", params={**asked, "search": "nothing like it"}).json()

    assert sheet.headers["content-disposition"] == 'attachment; filename="runs.csv"'
    rows = list(csv.DictReader(sheet.text.splitlines()))
    assert [row["params.`a b`"] for row in rows] == ["'=1+1", "-1.5", "long " * 100]
    assert [row["metrics.m"] for row in rows] == ["0.5", "-Infinity", "-Infinity"]
    assert [(one["run_name"], one["params.`a b`"]) for one in objects][:2] == [('run "0"', "=1+1"), ('run "1"', "-1.5")]
    assert none == []
    assert http.get(f"{OURS}/runs.csv", params={**asked, "filter": "nonsense"}).status_code == 400
