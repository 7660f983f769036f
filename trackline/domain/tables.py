"""What pages show: tables, lists and curves, in columns rather than in objects, so that thousands of rows stay small.

Field names are the wire's; times are milliseconds since 1970, UTC.
"""

from __future__ import annotations

from typing import Any, Literal, Protocol, TypeAlias

from msgspec import Struct

from trackline.domain.entities import DatasetInput, Lifecycle, Param, RunInfo, RunStatus, Tag
from trackline.domain.filters import Field, Kind, Order, RunQuery

CELL = 200  # characters of a param or tag that a table shows
Cell: TypeAlias = float | str | None  # a number, the beginning of a text, or nothing
KeyKind: TypeAlias = Literal["metric", "parameter", "tag"]
Along: TypeAlias = Literal["step", "time", "relative"]  # relative: ms since the earliest point of the run's metric


class ExperimentRow(Struct, frozen=True):
    """`runs` counts those that share the experiment's lifecycle; `note` is the beginning of its description.

    `tags` are the first of people's own, with the beginnings of their values.
    """

    experiment_id: str
    name: str
    lifecycle_stage: Lifecycle
    creation_time: int
    last_activity: int
    runs: int
    note: str
    tags: list[Tag]


class SavedView(Struct, frozen=True):
    """`query`: what the address of the table of runs says after its question mark."""

    name: str
    query: str
    is_default: bool = False
    updated_time: int = 0


class SavedViews(Struct, frozen=True):
    views: list[SavedView]


class RunTableQuery(Struct, frozen=True, kw_only=True):
    """Rows of runs: `skip` of those found (after the page token) are passed over. `fields` None: some that tell.

    `counted`: how many there are on all pages is wanted as well; `family`: the runs' parents and children.
    `longest`: characters of a text, of which longer ones are cut.
    """

    runs: RunQuery
    fields: list[Field] | None = None
    longest: int = CELL
    skip: int = 0
    counted: bool = True
    family: bool = False


class RunColumns(Struct, frozen=True):
    """One entry a run in each list. `last_seen`: of a run that goes on, when it was last heard of."""

    run_id: list[str]
    run_name: list[str]
    experiment_id: list[str]
    user_id: list[str]
    status: list[RunStatus]
    lifecycle_stage: list[Lifecycle]
    start_time: list[int]
    end_time: list[int | None]
    last_seen: list[int | None]


class RunLink(Struct, frozen=True):
    run_id: str
    run_name: str


class Family(Struct, frozen=True):
    """One entry a run in each list: its parent, and how many of its children could stand in the same table."""

    parent: list[RunLink | None]
    children: list[int]


class RunTable(Struct, frozen=True):
    """`values[i]` is the column of `fields[i]`, one cell a run.

    `total` counts what was found on all pages; None where it was not asked for and these pages do not tell it.
    """

    total: int | None
    runs: RunColumns
    fields: list[Field]
    values: list[list[Cell]]
    next_page_token: str | None = None
    family: Family | None = None


class RunCount(Struct, frozen=True):
    total: int


class GroupQuery(Struct, frozen=True, kw_only=True):
    """Groups of the runs found, by their values in the field `by`, or all as one group.

    `order` None: the largest first. Of `fields`, those that are measured are summed up.
    """

    runs: RunQuery
    by: Field | None = None
    fields: list[Field] | None = None
    order: Order | None = None
    skip: int = 0
    max_results: int = 100


class RunGroups(Struct, frozen=True):
    """One entry a group in each list; of the statistics one list for each of `fields`, with an entry a group.

    `value` is what the group's runs have in common, None where they have nothing there. `count`: how many runs have a
    finite value, of which `mean` and `std` (of a sample) are; the extremes are of all but NaN. `total`: of groups.
    """

    total: int
    value: list[str | None]
    runs: list[int]
    fields: list[Field]
    count: list[list[int]]
    mean: list[list[Cell]]
    std: list[list[Cell]]
    low: list[list[Cell]]
    high: list[list[Cell]]


class Names(Struct, frozen=True, kw_only=True):
    """Names that runs use; `varying`: only those in which they differ."""

    kind: KeyKind
    search: str = ""
    max_results: int = 100
    varying: bool = False


class KeyQuery(Names, frozen=True, kw_only=True):
    experiment_ids: list[int]


class KeyRow(Struct, frozen=True):
    """A name, in how many of the newest runs it was used, and whether those differ in it."""

    key: str
    runs: int
    varies: bool


class ValueQuery(Struct, frozen=True, kw_only=True):
    """The values of a param or tag, or of an attribute, that begin with the search text."""

    experiment_ids: list[int]
    field: Field
    search: str = ""
    max_results: int = 20


class ValueRow(Struct, frozen=True):
    value: str
    runs: int


class ValueList(Struct, frozen=True):
    """Values by use in the newest runs."""

    values: list[ValueRow]


class KeyList(Struct, frozen=True):
    """`of_runs`: how many of the newest runs were looked at. `more`: there are more names than these."""

    keys: list[KeyRow]
    of_runs: int
    more: bool


class ComparisonQuery(Struct, frozen=True, kw_only=True):
    """`fields` None: all that the runs use, at most `max_results` of each kind; metrics by their `measure`."""

    run_ids: list[str]
    fields: list[Field] | None = None
    search: str = ""
    differing: bool = False
    measure: Kind = "metric"
    max_results: int = 200


class Comparison(Struct, frozen=True):
    """`values[i]` is the column of `fields[i]`, one cell a run. `missing` are the ids of runs that do not exist.

    `more`: the kinds of names of which there are more than these.
    """

    runs: RunColumns
    missing: list[str]
    fields: list[Field]
    values: list[list[Cell]]
    more: list[KeyKind]


class ModelLink(Struct, frozen=True):
    """A logged model that a run made, at a step."""

    model_id: str
    name: str
    step: int


class RunPage(Struct, frozen=True):
    """`metrics` counts its series; `last_seen`: when it was last heard of."""

    info: RunInfo
    experiment_name: str
    params: list[Param]
    tags: list[Tag]
    dataset_inputs: list[DatasetInput]
    metrics: int
    last_seen: int | None
    parent: RunLink | None
    children: int
    models: list[ModelLink]


class MetricQuery(Struct, frozen=True, kw_only=True):
    run_id: str
    search: str = ""
    after: str = ""
    max_results: int = 500


class MetricColumns(Struct, frozen=True):
    """One entry a metric in each list: its latest point, its extremes, how many points. `total` counts what matches."""

    key: list[str]
    value: list[Cell]
    step: list[int]
    timestamp: list[int]
    min_value: list[Cell]
    max_value: list[Cell]
    points: list[int]
    total: int


class CurveQuery(Struct, frozen=True, kw_only=True):
    """The points from `first` to `last` along `x`, thinned to `max_points` a curve.

    `against`: along the value that this metric has at the same step, instead of `x`.
    """

    run_ids: list[str]
    keys: list[str]
    x: Along = "step"
    against: str = ""
    first: float | None = None
    last: float | None = None
    max_points: int = 1000


class Column(Protocol):
    """Numbers of one type, as an array of numpy's, which takes a while to load and few answers need."""

    def __len__(self) -> int: ...

    def __abs__(self) -> Any: ...

    def astype(self, dtype: str, /) -> Any: ...

    def tolist(self) -> Any: ...


class Curve(Struct, frozen=True):
    """Points by step, or by time. `total` is how many there are in the range; fewer stand here where it was thinned.

    `began` is the time of the earliest point of all. `logged`: how many there were before the rules of its
    experiment thinned them; None: all are there. `means`: where it was thinned for this answer, the mean of the points
    that each one stands for, from itself to the next. `places`: the values of the metric that it is drawn against, in
    whose order the points then are. Both are empty otherwise.
    """

    run_id: str
    key: str
    total: int
    began: int
    logged: int | None
    steps: Column
    timestamps: Column
    values: Column
    means: Column
    places: Column
