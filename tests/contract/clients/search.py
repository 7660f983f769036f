"""Searching runs and experiments: filters, order, pages."""

from __future__ import annotations

import math

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag, ViewType

from tests.contract.clients.harness import names, refused, scenario


def five_runs(experiment_id: str) -> dict[str, str]:
    """Runs a to e, started at 1 s … 5 s; returns their ids by name."""
    client = MlflowClient()
    rows: dict[str, tuple[float | None, str | None, str]] = {
        "a": (0.1, "relu", "first"),
        "b": (0.5, "ReLU6", "first"),
        "c": (math.nan, "tanh", "second"),
        "d": (None, None, "second"),
        "e": (-2, "relu", "it's"),
    }
    ids = {}
    for second, (name, (loss, act, team)) in enumerate(rows.items(), start=1):
        run_id = client.create_run(experiment_id, second * 1_000, run_name=name).info.run_id
        metrics = [] if loss is None else [Metric("val loss", loss, second, 0), Metric("loss", loss, second, 0)]
        params = [] if act is None else [Param("act", act), Param("model.act", act)]
        client.log_batch(run_id, metrics, params, [RunTag("team", team), RunTag("n", str(second))])
        client.set_terminated(run_id, "FAILED" if name == "b" else "FINISHED", second * 1_000 + 500)
        ids[name] = run_id
    return ids


@scenario("2.3")
def runs_are_filtered(experiment_id: str) -> None:
    ids = five_runs(experiment_id)
    expected = {
        "": "abcde",
        "metrics.loss > 0.1": "b",
        "metrics.loss >= 0.1": "ab",
        "metrics.loss < 0": "e",
        "metrics.loss != 0.5": "ace",
        "metrics.loss = -2": "e",
        "metrics.`val loss` <= 1e-1": "ae",
        'metrics."val loss" = 0.5': "b",
        "metric.loss = 0.5 and params.act = 'ReLU6'": "b",
        "params.act = 'relu'": "ae",
        "params.act != 'relu'": "bc",
        "params.act LIKE 'relu%'": "ae",
        "params.act ILIKE 'RELU%'": "abe",
        'param.`model.act` = "tanh"': "c",
        "parameter.act like '%an_'": "c",
        "tags.team = 'first'": "ab",
        "tag.team != 'first'": "cde",
        'tags.team = "it\'s"': "e",
        "tags.team = 'first' AND metrics.loss > 0.2": "b",
        "tags.`mlflow.runName` = 'd'": "d",
        "status = 'FAILED'": "b",
        "attributes.status != 'FAILED'": "acde",
        "attribute.run_name LIKE '%c%'": "c",
        "run_name = 'a'": "a",
        "attributes.start_time > 3000": "de",
        "start_time >= 2000 and end_time < 4000": "bc",
        f"run_id = '{ids['c']}'": "c",
        f"attributes.run_id IN ('{ids['a']}', '{ids['d']}')": "ad",
        f"run_id NOT IN ('{ids['a']}', '{ids['d']}')": "bce",
        f"artifact_uri LIKE 'mlflow-artifacts:/{experiment_id}/%'": "abcde",
        "user_id = 'nobody'": "",
        "params.act IS NULL": "d",
        "metrics.loss >= -2 and params.act IS NOT NULL": "abe",
    }
    client = MlflowClient()
    for filter_string, found in expected.items():
        runs = client.search_runs([experiment_id], filter_string)
        assert "".join(sorted(names(runs))) == found, (filter_string, names(runs))


@scenario("2.3")
def filters_that_make_no_sense_are_refused(experiment_id: str) -> None:
    client = MlflowClient()
    for filter_string in (
        "metrics.loss",
        "metrics.loss LIKE 'x'",
        "metrics.loss > 'high'",
        "params.act > 'relu'",
        "params.act = relu",
        "unknown.x = 1",
        "status > 'FINISHED'",
        "metrics.loss IN (1, 2)",
        "params.act IN ('relu')",
        "start_time = 'today'",
        "metrics.loss = 1; select 1",
        "params.'act = 'x'",
    ):
        with refused("INVALID_PARAMETER_VALUE"):
            client.search_runs([experiment_id], filter_string)
    for order in ("loss up", "metrics.loss SIDEWAYS", "unknown.key", "metrics.loss DESC, params.act"):
        with refused("INVALID_PARAMETER_VALUE"):
            client.search_runs([experiment_id], order_by=[order])


@scenario("2.3")
def runs_are_ordered(experiment_id: str) -> None:
    five_runs(experiment_id)
    expected = {
        (): "edcba",  # the latest started first
        ("start_time ASC",): "abcde",
        ("attributes.start_time DESC",): "edcba",
        ("metrics.loss",): "eabcd",  # numbers, then NaN, then nothing
        ("metrics.loss DESC",): "baecd",
        ("metrics.`val loss` ASC",): "eabcd",
        ("params.act ASC", "start_time ASC"): "baecd",
        ("params.act DESC", "start_time DESC"): "ceabd",
        ("tags.team", "metrics.loss DESC"): "baecd",
        ("run_name DESC",): "edcba",
        ("status", "attributes.run_name"): "bacde",
        ("tags.`mlflow.runName` ASC",): "abcde",
        ("end_time ASC",): "abcde",
    }
    for order_by, found in expected.items():
        runs = MlflowClient().search_runs([experiment_id], order_by=list(order_by))
        assert "".join(names(runs)) == found, (order_by, names(runs))


@scenario("2.3")
def runs_come_in_pages_without_gaps(experiment_id: str) -> None:
    client = MlflowClient()
    made = [client.create_run(experiment_id, 1_000, run_name=f"r{i:02}").info.run_id for i in range(23)]
    for order_by in ([], ["start_time ASC"], ["run_name DESC"], ["metrics.none DESC"]):
        found: list[str] = []
        token = None
        for page in range(5):
            runs = client.search_runs([experiment_id], max_results=5, order_by=order_by, page_token=token)
            assert len(runs) == (5 if page < 4 else 3)
            found += [run.info.run_id for run in runs]
            token = runs.token
        assert not token
        assert sorted(found) == sorted(made)
    with refused("INVALID_PARAMETER_VALUE"):
        client.search_runs([experiment_id], max_results=5, page_token="not a token")
    with refused("INVALID_PARAMETER_VALUE"):
        client.search_runs([experiment_id], max_results=50_001)


@scenario("2.3")
def runs_are_read_as_a_table_or_a_list(experiment_id: str) -> None:
    five_runs(experiment_id)
    table = mlflow.search_runs(order_by=["start_time ASC"])
    assert list(table["tags.mlflow.runName"]) == list("abcde")
    assert list(table["status"]) == ["FINISHED", "FAILED", "FINISHED", "FINISHED", "FINISHED"]
    assert table["params.act"].iloc[2] == "tanh" and table["params.act"].isna().iloc[3]
    assert table["metrics.loss"].iloc[4] == -2 and table["metrics.loss"].isna().sum() == 2
    assert str(table["start_time"].dtype).endswith("UTC]")
    assert table["start_time"].iloc[1].timestamp() == 2.0
    name = mlflow.get_experiment(experiment_id).name
    listed = mlflow.search_runs(
        experiment_names=[name], filter_string="tags.team = 'second'", max_results=1, output_format="list"
    )
    assert names(listed) == ["d"]
    everywhere = mlflow.search_runs(
        search_all_experiments=True, filter_string=f"run_id = '{listed[0].info.run_id}'", output_format="list"
    )
    assert names(everywhere) == ["d"]


@scenario("2.3")
def runs_of_several_experiments_are_mixed_in_order(experiment_id: str) -> None:
    other = mlflow.create_experiment(mlflow.get_experiment(experiment_id).name + " other")
    client = MlflowClient()
    for second in range(1, 13):
        client.create_run(experiment_id if second % 2 else other, second * 1_000, run_name=f"r{second}")
    runs = mlflow.search_runs([experiment_id, other], max_results=11, output_format="list")
    assert names(runs) == [f"r{second}" for second in range(12, 1, -1)]


@scenario("2.3")
def experiments_are_searched(experiment_id: str) -> None:
    client = MlflowClient()
    prefix = mlflow.get_experiment(experiment_id).name
    made = {}
    for number, suffix in enumerate(("Wine", "wine 100%", "beer")):
        made[suffix] = client.create_experiment(f"{prefix}/{suffix}", tags={"kind": suffix[:4], "n": str(number)})
    client.delete_experiment(made["beer"])
    within = f"name LIKE '{prefix}/%'"

    def found(filter_string: str, view: int = ViewType.ACTIVE_ONLY, order: str = "name ASC") -> list[str]:
        experiments = mlflow.search_experiments(
            view, filter_string=f"{within} AND {filter_string}" if filter_string else within, order_by=[order]
        )
        return [experiment.name.removeprefix(f"{prefix}/") for experiment in experiments]

    assert found("") == ["Wine", "wine 100%"]
    assert found("", order="name DESC") == ["wine 100%", "Wine"]
    assert found("", order="creation_time DESC") == ["wine 100%", "Wine"]
    assert found("", order="experiment_id ASC") == ["Wine", "wine 100%"]
    assert found("", ViewType.ALL) == ["Wine", "beer", "wine 100%"]
    assert found("", ViewType.DELETED_ONLY) == ["beer"]
    assert found("tags.kind = 'wine'") == ["wine 100%"]
    assert found("tags.kind != 'wine'") == ["Wine"]
    assert found("tags.kind ILIKE 'WI%'") == ["Wine", "wine 100%"]
    assert found(f"attribute.name = '{prefix}/Wine'") == ["Wine"]
    assert found(f"name != '{prefix}/Wine'") == ["wine 100%"]
    assert found("creation_time > 0 and last_update_time > 0") == ["Wine", "wine 100%"]
    page = client.search_experiments(filter_string=within, max_results=1, order_by=["name"])
    assert len(page) == 1 and page.token
    rest = client.search_experiments(filter_string=within, max_results=1, order_by=["name"], page_token=page.token)
    assert [experiment.experiment_id for experiment in rest] == [made["wine 100%"]] and not rest.token
    with refused("INVALID_PARAMETER_VALUE"):
        client.search_experiments(filter_string="metrics.loss > 1")
