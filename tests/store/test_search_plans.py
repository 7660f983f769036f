"""How searches reach their rows: along which index, and with how many statements."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.store.made import make_experiment
from tests.store.search_model import KnownRun, store
from trackline.db.sqlite import SqliteTransaction, connect
from trackline.domain.entities import Metric, Param
from trackline.domain.filters import ExperimentQuery, LoggedModelQuery, RunQuery
from trackline.store.logging import log_batch
from trackline.store.search import ask_experiments, candidates, search_logged_models, search_runs


class Watched(SqliteTransaction):
    """Keeps the plan of every query: its steps, as SQLite tells them."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection, now_ms=0)
        self.plans: list[list[str]] = []

    def rows(self, sql: str, parameters: Mapping[str, Any] = {}) -> list[Any]:
        explained = self._connection.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)
        self.plans.append([step for *_, step in explained])
        return super().rows(sql, parameters)


@pytest.fixture
def tx(database_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    """Ten runs of one experiment, of which more than one are already too many to sort."""
    monkeypatch.setattr(candidates, "FEW", 1)
    connection = connect(database_file)
    connection.execute("BEGIN")
    tx = Watched(connection)
    make_experiment(tx, "one")
    store(tx, [KnownRun(f"{n}", 1, "r", "", "RUNNING", n, None, "active", {}, {}, {}, []) for n in range(10)])
    for n in range(10):
        log_batch(tx, f"{n}", [Metric("m", n, 0, 0)], [Param("p", str(n // 9)), Param("q", "same")], [])
    yield tx
    connection.close()


def search(tx: Watched, text: str = "", *orders: str) -> list[str]:
    """The plan of the last statement of a search for the second page."""
    query = {"experiment_ids": [1], "filter": text, "order_by": list(orders), "max_results": 1}
    token = search_runs(tx, RunQuery(**query)).next_page_token  # type: ignore[arg-type]
    tx.plans.clear()
    search_runs(tx, RunQuery(**query, page_token=token))  # type: ignore[arg-type]
    return tx.plans[-1]


@pytest.mark.parametrize("order", ["start_time DESC", "start_time ASC"])
@pytest.mark.parametrize("text", ["", "params.q = 'same'", "NOT tags.t = 'x'", "status = 'RUNNING'"])
def test_runs_are_read_in_the_order_of_their_start(tx: Watched, text: str, order: str) -> None:
    plan = search(tx, text, order)
    assert plan[0].startswith("SEARCH r USING")
    assert "runs_newest (experiment_id=? AND lifecycle=? AND start_ms" in plan[0]
    assert "USE TEMP B-TREE FOR ORDER BY" not in plan


@pytest.mark.parametrize("order", ["metrics.m", "metrics.m DESC"])
def test_runs_are_read_along_the_metric_they_are_sorted_by(tx: Watched, order: str) -> None:
    plan = search(tx, "", order)
    assert plan[0].startswith("SEARCH m USING COVERING INDEX metric_summaries_by_value (key_id=? AND value")
    assert "USE TEMP B-TREE FOR ORDER BY" not in plan


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("params.p = '1'", "SEARCH v USING INDEX params_by_value (key_id=? AND <expr>=?)"),
        ("metrics.m > 8", "SEARCH v USING COVERING INDEX metric_summaries_by_value (key_id=? AND value>?)"),
        ("status = 'RUNNING' AND (params.p = '1' AND params.q = 'same')", "SEARCH v USING INDEX params_by_value"),
        ("run_id IN ('3')", "SEARCH r USING COVERING INDEX sqlite_autoindex_runs_1 (uuid=?)"),
    ],
)
@pytest.mark.parametrize("order", ["start_time", "metrics.m", "params.q"])
def test_what_leaves_few_runs_over_is_looked_up_first(tx: Watched, text: str, step: str, order: str) -> None:
    search_runs(tx, RunQuery(experiment_ids=[1], filter=text, order_by=[order]))
    assert tx.plans[-1][0].startswith(step)


def test_the_newest_experiments_are_read_in_the_order_of_an_index(tx: Watched) -> None:
    make_experiment(tx, "two")
    for view in ("ACTIVE_ONLY", "ALL"):
        query = ExperimentQuery(view=view, max_results=1)
        _, token = ask_experiments(tx, query)()
        ask_experiments(tx, msgspec.structs.replace(query, page_token=token))()
        assert [plan[0].partition("INDEX ")[2] for plan in tx.plans[-2:]] == [
            "experiments_newest",
            "experiments_newest (created_ms<?)",
        ]
        assert "USE TEMP B-TREE FOR ORDER BY" not in [*tx.plans[-2], *tx.plans[-1]]


def test_a_search_takes_few_statements(tx: Watched) -> None:
    for query, most in (
        (RunQuery(experiment_ids=[1]), 1),
        (RunQuery(experiment_ids=[1], filter="status = 'RUNNING'", order_by=["run_name"]), 1),
        (RunQuery(experiment_ids=[1], filter="params.p = '1' AND tags.a = '1' AND metrics.m > 1"), 4),
        (RunQuery(experiment_ids=[1], order_by=["metrics.m", "params.p", "tags.t"], max_results=3), 3),
        (RunQuery(experiment_ids=[1], order_by=["metrics.m"]), 5),
    ):
        before = tx.statements
        search_runs(tx, query)
        assert tx.statements - before <= most
    before = tx.statements
    ask_experiments(tx, ExperimentQuery(filter="tags.a = '1'"))()
    search_logged_models(tx, LoggedModelQuery(experiment_ids=[1], filter="metrics.m > 1"))
    assert tx.statements - before == 4


@pytest.mark.parametrize(("text", "sorts"), [("params.q = 'same'", False), ("params.p = '1'", True)])
def test_few_runs_are_sorted_only_where_a_page_is_not_sooner_full_without(
    tx: Watched, monkeypatch: pytest.MonkeyPatch, text: str, sorts: bool
) -> None:
    monkeypatch.setattr(candidates, "FEW", 100)
    search_runs(tx, RunQuery(experiment_ids=[1], filter=text, max_results=1))
    assert ("USE TEMP B-TREE FOR ORDER BY" in tx.plans[-1]) == sorts
