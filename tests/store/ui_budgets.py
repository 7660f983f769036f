"""How many statements the functions behind the pages send at most, each with `n` things to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trackline.db.transaction import Transaction
from trackline.domain.entities import Tag
from trackline.domain.filters import Field, RunQuery
from trackline.domain.retention import Retention
from trackline.domain.tables import (
    ComparisonQuery,
    CurveQuery,
    GroupQuery,
    KeyQuery,
    MetricQuery,
    RunTableQuery,
    SavedView,
    ValueQuery,
)
from trackline.store import (
    comparison,
    curves,
    disk,
    experiment_list,
    many_runs,
    moving_runs,
    retention,
    run_groups,
    run_keys,
    run_page,
    run_table,
    saved_views,
    status,
)

FILTER = "min.m0 >= 0 AND params.p0 = 'v'"
FIELDS = [Field(kind, f"{kind[0]}{n}") for kind in ("metric", "parameter", "tag") for n in range(50)]
MEASURED = [Field(kind, f"m{n}") for n in range(30) for kind in ("metric", "minimum", "maximum")]


def runs(count: int) -> list[str]:
    return [f"run-{number}" for number in range(count)]


def copies(count: int) -> dict[str, str]:
    return {run: f"copy of {run}" for run in runs(count)}


BUDGETS: dict[Callable[..., Any], tuple[int, Callable[[int], tuple[Any, ...]]]] = {
    experiment_list.list_experiments: (2, lambda _: ()),
    run_table.read_run_table: (
        16,
        lambda n: (
            RunTableQuery(
                runs=RunQuery(experiment_ids=[1, 2], filter=FILTER, words=["v"], max_results=n, top=True),
                fields=FIELDS[:n],
                counted=False,
                family=True,
            ),
        ),
    ),
    run_table.read_run_count: (4, lambda _: (RunQuery(experiment_ids=[1, 2], filter=FILTER, top=True),)),
    run_groups.read_run_groups: (
        11,
        lambda n: (
            GroupQuery(runs=RunQuery(experiment_ids=[1, 2]), by=Field("parameter", "p0"), fields=MEASURED[: 3 * n]),
        ),
    ),
    saved_views.list_views: (3, lambda _: ("1",)),
    saved_views.save_view: (3, lambda _: ("1", SavedView("another", ""), False)),
    saved_views.change_view: (4, lambda _: ("1", "view 0", saved_views.ViewChange("new", is_default=True))),
    saved_views.delete_view: (2, lambda _: ("1", "view 0")),
    run_keys.find_values_of_runs: (2, lambda n: (ValueQuery(experiment_ids=[1], field=FIELDS[50], max_results=n),)),
    run_keys.find_keys_of_runs: (2, lambda n: (KeyQuery(experiment_ids=[1, 2], kind="metric", max_results=n),)),
    run_page.read_run_page: (10, lambda _: ("run-0",)),
    status.read_status: (3, lambda _: ()),
    run_page.read_run_metrics: (3, lambda n: (MetricQuery(run_id="run-0", max_results=n),)),
    curves.read_curves: (5, lambda n: (CurveQuery(run_ids=runs(n), keys=["m0"]),)),
    comparison.read_comparison: (10, lambda n: (ComparisonQuery(run_ids=runs(n), differing=True),)),
    many_runs.delete_runs: (2, lambda n: (runs(n), True)),
    many_runs.restore_runs: (1, lambda n: (runs(n),)),
    moving_runs.move_runs: (12, lambda n: (runs(n), "2")),
    moving_runs.plan_copies: (6, lambda n: (copies(n), "2")),
    moving_runs.copy_runs: (21, lambda n: (copies(n), "2")),
    retention.read_retention: (3, lambda _: ("1",)),
    retention.set_retention: (2, lambda _: ("1", Retention(10, "m0", "min"))),
    retention.remove_retention: (1, lambda _: ("1",)),
    disk.read_usage: (3, lambda n: (n,)),
    disk.read_usage_within: (2, lambda n: ("1", n)),
    many_runs.tag_runs: (6, lambda n: (runs(n), Tag("new", "v"))),
}


def fill(tx: Transaction, many: int) -> None:
    for number in range(many - 1):
        saved_views.save_view(tx, "1", SavedView(f"view {number}", ""), replace=False)
