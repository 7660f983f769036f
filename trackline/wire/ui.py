"""What pages ask for, and the answers with numbers that JSON does not know spelled as elsewhere."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from trackline.domain.access import Token
from trackline.domain.disk import DiskUsage, UsageWithin
from trackline.domain.entities import Int64
from trackline.domain.registry import HistoryEntry, RegisteredModel
from trackline.domain.retention import Goal, KeepBest, Retention, ThinAfter, ThinTo
from trackline.domain.status import ServerStatus
from trackline.domain.tables import (
    Along,
    Cell,
    Comparison,
    Curve,
    ExperimentRow,
    KeyKind,
    KeyList,
    MetricColumns,
    RunCount,
    RunGroups,
    RunLink,
    RunPage,
    RunTable,
    SavedViews,
    ValueList,
)
from trackline.domain.webhooks import DeliveryEntry, Webhook
from trackline.wire.requests import AnyView, Text
from trackline.wire.responses import number

ViewName = Annotated[str, Meta(min_length=1, max_length=100)]
RunIds = Annotated[list[Text], Meta(min_length=1, max_length=1000)]


class CountRuns(Struct):
    experiment_id: Annotated[list[Text], Meta(min_length=1)]
    filter: str = ""
    search: str = ""
    view_type: AnyView | None = None
    top: bool = False


class ExportRuns(CountRuns):
    """`columns` and `order_by` name fields as the filter language does: `metrics.loss`, `min.loss`, `params.lr`."""

    order_by: list[str] = []
    columns: list[str] | None = None


class ListRuns(ExportRuns):
    counted: bool = True
    family: bool = False
    max_results: Annotated[int, Meta(ge=1, le=10_000)] = 100
    skip: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    page_token: str | None = None


class GroupRuns(CountRuns):
    """`by`: a param, a tag, the user, the status or the name. `order_by`: that, or a metric, whose mean then counts."""

    by: str = ""
    order_by: str = ""
    columns: list[str] | None = None
    max_results: Annotated[int, Meta(ge=1, le=1000)] = 100
    skip: Annotated[int, Meta(ge=0, le=1_000_000)] = 0


class ListValues(Struct):
    experiment_id: Annotated[list[Text], Meta(min_length=1)]
    field: Text
    search: str = ""
    max_results: Annotated[int, Meta(ge=1, le=100)] = 20


class ListKeys(Struct):
    experiment_id: Annotated[list[Text], Meta(min_length=1)]
    kind: KeyKind
    search: str = ""
    max_results: Annotated[int, Meta(ge=1, le=1000)] = 100


class OfExperiment(Struct):
    experiment_id: Text


class SetRetention(Struct):
    """`keep_best` runs by the last value of `metric` stay, the others go to the trash.

    `thin_after_days` after the end of a run each of its series keeps `thin_to` points.
    """

    experiment_id: Text
    keep_best: KeepBest | None = None
    metric: Text | None = None
    goal: Goal | None = None
    thin_after_days: ThinAfter | None = None
    thin_to: ThinTo | None = None


class SaveView(Struct):
    """`query`: what the address of the table of runs says after its question mark."""

    experiment_id: Text
    name: ViewName
    query: Annotated[str, Meta(max_length=8000)]
    replace: bool = False


class ChangeView(Struct):
    experiment_id: Text
    name: ViewName
    new_name: ViewName | None = None
    is_default: bool | None = None


class NameView(Struct):
    experiment_id: Text
    name: ViewName


class RunId(Struct):
    run_id: Text


class ListMetrics(Struct):
    run_id: Text
    search: str = ""
    after: str = ""
    max_results: Annotated[int, Meta(ge=1, le=5000)] = 500


class ReadCurves(Struct):
    run_id: Annotated[list[Text], Meta(min_length=1, max_length=200)]
    key: Annotated[list[Text], Meta(min_length=1, max_length=100)]
    x: Along = "step"
    against: str = ""
    first: Int64 | float | None = None
    last: Int64 | float | None = None
    max_points: Annotated[int, Meta(ge=2, le=10_000)] = 1000


class CompareRuns(Struct):
    """`columns` as in `ListRuns`; without them, all that the runs use and that holds `search`."""

    run_id: Annotated[list[Text], Meta(min_length=1, max_length=200)]
    columns: list[str] | None = None
    search: str = ""
    differing: bool = False
    measure: Literal["metric", "minimum", "maximum"] = "metric"
    max_results: Annotated[int, Meta(ge=1, le=1000)] = 200


class DeleteRuns(Struct):
    run_ids: RunIds
    force: bool = False


class RestoreRuns(Struct):
    run_ids: RunIds


class MoveRuns(Struct):
    run_ids: RunIds
    experiment_id: Text


class CopyRuns(Struct):
    """`artifacts`: their files are copied as well."""

    run_ids: Annotated[list[Text], Meta(min_length=1, max_length=100)]
    experiment_id: Text
    artifacts: bool = True


class ReadDiskUsage(Struct):
    max_results: Annotated[int, Meta(ge=1, le=1000)] = 100


class ReadUsageWithin(Struct):
    experiment_id: Text
    max_results: Annotated[int, Meta(ge=1, le=1000)] = 100


class TagRuns(Struct):
    run_ids: RunIds
    key: Text
    value: str = ""


class ExperimentList(Struct, frozen=True):
    """The answer of `GET /api/trackline/experiments`."""

    experiments: list[ExperimentRow]


class CopiedRun(Struct, frozen=True, rename={"run": "from", "copy": "to"}):
    run: str
    copy: str


class CopiedRuns(Struct, frozen=True):
    """The answer of `POST /api/trackline/runs/copy`."""

    runs: list[CopiedRun]


class CurveList(Struct, frozen=True):
    """The answer of `GET /api/trackline/curves`; packed that of `POST /api/trackline/curves.bin`."""

    curves: list[Curve]


class LiveHint(Struct, frozen=True):
    """An event of `GET /api/trackline/live`: what has changed, to be asked for again."""

    topics: list[str]


# What the page's TypeScript is made from (tools/web_types.py).
SPOKEN: tuple[type[Struct], ...] = (
    CountRuns,
    RunCount,
    ExportRuns,
    ListRuns,
    GroupRuns,
    RunGroups,
    ListKeys,
    KeyList,
    ListValues,
    ValueList,
    ListMetrics,
    ReadCurves,
    CompareRuns,
    Comparison,
    DeleteRuns,
    RestoreRuns,
    MoveRuns,
    CopyRuns,
    CopiedRuns,
    DiskUsage,
    UsageWithin,
    TagRuns,
    ExperimentList,
    CurveList,
    RunTable,
    SavedViews,
    Retention,
    SetRetention,
    RunPage,
    RunLink,
    MetricColumns,
    LiveHint,
    RegisteredModel,
    HistoryEntry,
    Webhook,
    DeliveryEntry,
    Token,
    ServerStatus,
)


def with_cells(table: RunTable | Comparison) -> Any:
    return msgspec.structs.replace(table, values=[cells(column) for column in table.values])


def with_statistics(groups: RunGroups) -> Any:
    spelled = {name: [cells(column) for column in getattr(groups, name)] for name in ("mean", "std", "low", "high")}
    return msgspec.structs.replace(groups, **spelled)


def metric_columns(columns: MetricColumns) -> Any:
    return msgspec.structs.replace(
        columns,
        value=cells(columns.value),
        min_value=cells(columns.min_value),
        max_value=cells(columns.max_value),
    )


def cells(values: list[Cell]) -> list[Cell]:
    """Finite numbers and texts as they are."""
    return [number(one) if isinstance(one, float) and not math.isfinite(one) else one for one in values]
