"""Searching runs.

A statement goes one of three ways, chosen by a quick count of what it would have to look at:

- from the few runs that one comparison of the filter leaves over, found in an index of values, which it sorts, unless
  they are so many of all that an index in the right order has a full page sooner;
- along the values of the metric to sort by, which an index holds in order, then past the runs without that metric;
- past all runs of the experiments: newest first, which again is the order of an index, or sorting them all.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from trackline.db.transaction import Transaction
from trackline.domain.entities import PARENT_TAG
from trackline.domain.filters import RUNS, RunQuery, parse_filter, parse_run_order
from trackline.domain.page_tokens import read_token
from trackline.store.access.permissions import seen
from trackline.store.keys import find_keys
from trackline.store.search.candidates import Few, candidate_sources, fewest, yields_more
from trackline.store.search.conditions import LIFECYCLES, Conditions, Tables, find_key_numbers, one_of
from trackline.store.search.pages import Key, Page, Parameters, beyond, columns, page_of, sorted_by
from trackline.store.search.sorting import MISSING, NOT_A_NUMBER, NUMBER, RANKS, START_TIME, key_number, sorting
from trackline.store.search.words import all_stand_in_run

TABLES = Tables(
    id="r.id",
    columns={
        "run_id": "r.uuid",
        "run_name": "r.name",
        "user_id": "r.user_id",
        "status": "r.status",
        "artifact_uri": (
            "(SELECT rtrim(coalesce(r.artifact_location, e.artifact_location), '/') || '/' || r.uuid || '/artifacts' "
            "FROM experiments e WHERE e.id = r.experiment_id)"
        ),
        "start_time": "r.start_ms",
        "end_time": "r.end_ms",
    },
    values={
        "metric": "metric_summaries",
        "minimum": "(SELECT run_id, key_id, min_value AS value FROM metric_summaries)",
        "maximum": "(SELECT run_id, key_id, max_value AS value FROM metric_summaries)",
        "parameter": "params",
        "tag": "tags",
    },
    owner="run_id",
    lookups={"run_id": "SELECT r.id FROM runs r WHERE TRUE"},
)

WORTH_PASSING = 4


def search_runs(tx: Transaction, query: RunQuery) -> Page:
    """One page of the runs that `query` asks for. Raises InvalidParameter."""
    return _Search(tx, query).page()


def count_runs(tx: Transaction, query: RunQuery) -> int:
    """How many runs `query` asks for, on all its pages. Raises InvalidParameter."""
    return _Search(tx, msgspec.structs.replace(query, page_token=None)).count()


class Found(NamedTuple):
    """A query for the ids of all runs that a search finds, and the values in it."""

    sql: str
    values: dict[str, Any]


def runs_found(tx: Transaction, query: RunQuery) -> Found:
    """Without order and pages. Raises InvalidParameter."""
    return _Search(tx, msgspec.structs.replace(query, page_token=None)).found()


class _Walk(NamedTuple):
    """Rows to read: `keys` are those of the order that tell these rows apart, `before` the columns of the others."""

    source: str
    where: str
    keys: list[Key]
    before: str = ""


class _Search:
    def __init__(self, tx: Transaction, query: RunQuery) -> None:
        self._tx = tx
        self._query = query
        self._tree = parse_filter(query.filter, RUNS)
        self._orders = parse_run_order(query.order_by)
        self._after: list[Any] | None = read_token(query, query.page_token)
        self._keys = find_key_numbers(tx, self._tree, [order.field for order in self._orders])
        self._parameters = Parameters()
        self._scope = self._listed("r")
        if query.top:
            self._scope += f" AND {self._is_top()}"
        filtered = Conditions(TABLES, tx.dialect, self._keys, self._parameters).of(self._tree)
        self._filter = f"{filtered} AND {all_stand_in_run(query.words, tx.dialect, self._parameters)}"

    def page(self) -> Page:
        sources = candidate_sources(self._tree, TABLES, self._keys, self._tx.dialect, self._parameters)
        by_metric = bool(self._orders) and self._orders[0].field.kind == "metric"
        all_listed = f"SELECT r.id FROM runs r WHERE {self._scope}"
        if by_metric:
            sources.append(all_listed)
        few = fewest(self._tx, sources, self._parameters)
        walks = len(RANKS) if by_metric else int(self._is_by_start())
        if few is not None and walks and not self._takes_longer_in_order(few, walks, all_listed):
            few = None
        if by_metric and few is None:
            return page_of(self._query, self._along_metric())
        joins, keys = sorting(self._orders, TABLES, self._keys, self._parameters)
        source, where = _runs_of(few)
        walk = _Walk(f"{source} {joins}", where, keys)
        return page_of(self._query, self._read(walk, self._after, self._query.max_results + 1))

    def _is_by_start(self) -> bool:
        """Whether an index has the order."""
        by_start = [order.field for order in self._orders] in ([], [START_TIME])
        return by_start and len(self._query.experiment_ids) == 1 and self._query.view != "ALL"

    def _takes_longer_in_order(self, few: Few, walks: int, all_listed: str) -> bool:
        """Whether to fill the page from all runs, one after the other, takes more of them than `few` yields, as far as
        that can be foreseen; it never takes more than WORTH_PASSING times as many. Where few of them fulfil the rest of
        the filter, they are passed in so many `walks`.
        """
        passed = few.size * min(few.size // (walks * (self._query.max_results + 1)), WORTH_PASSING)
        return yields_more(self._tx, all_listed, self._parameters, passed)

    def count(self) -> int:
        source, where = self._reading()
        statement = f"SELECT count(*) FROM {source} WHERE {where} AND {self._scope} AND {self._filter}"
        (number,) = self._tx.rows(statement, self._parameters.values)[0]
        return int(number)

    def found(self) -> Found:
        source, where = self._reading()
        statement = f"SELECT r.id FROM {source} WHERE {where} AND {self._scope} AND {self._filter}"
        return Found(statement, self._parameters.values)

    def _reading(self) -> tuple[str, str]:
        sources = candidate_sources(self._tree, TABLES, self._keys, self._tx.dialect, self._parameters)
        return _runs_of(fewest(self._tx, sources, self._parameters))

    def _listed(self, run: str) -> str:
        """A condition: the row `run` is among those that could be found without filter and words."""
        experiments = one_of(f"{run}.experiment_id", self._query.experiment_ids, self._tx.dialect, self._parameters)
        living = one_of(f"{run}.lifecycle", LIFECYCLES[self._query.view], self._tx.dialect, self._parameters)
        readable = self._parameters.adopt(seen(self._tx, "experiment", f"{run}.experiment_id"))
        return f"{experiments} AND {living} AND {readable}"

    def _is_top(self) -> str:
        key = find_keys(self._tx, [PARENT_TAG]).get(PARENT_TAG)
        if key is None:
            return "TRUE"
        return (
            "NOT EXISTS (SELECT 1 FROM tags t JOIN runs p ON p.uuid = t.value AND p.id <> r.id "
            f"WHERE t.run_id = r.id AND t.key_id = {self._parameters.bind(key)} AND {self._listed('p')})"
        )

    def _along_metric(self) -> list[Any]:
        """The rows of a page that is sorted by a metric first: one walk for each rank that its value can have."""
        rows: list[Any] = []
        begin = NUMBER if self._after is None else self._after[0]
        for rank, walk in self._walks_along_metric().items():
            wanted = self._query.max_results + 1 - len(rows)
            if wanted > 0 and rank >= begin:
                rows += self._read(walk, self._after if rank == begin else None, wanted)
        return rows

    def _walks_along_metric(self) -> dict[int, _Walk]:
        metric = self._orders[0]
        joins, keys = sorting(self._orders[1:], TABLES, self._keys, self._parameters)
        key = self._parameters.bind(key_number(metric, self._keys))
        along = f"metric_summaries m CROSS JOIN runs r {joins}"
        of_key = f"m.key_id = {key} AND r.id = m.run_id"
        none = f"NOT EXISTS (SELECT 1 FROM metric_summaries m WHERE m.run_id = r.id AND m.key_id = {key})"
        by_value = [Key("m.value", metric.ascending), *keys]
        return {
            NUMBER: _Walk(along, f"{of_key} AND m.value IS NOT NULL", by_value, f"{NUMBER}, "),
            NOT_A_NUMBER: _Walk(along, f"{of_key} AND m.value IS NULL", keys, f"{NOT_A_NUMBER}, NULL, "),
            MISSING: _Walk(f"runs r {joins}", none, keys, f"{MISSING}, NULL, "),
        }

    def _read(self, walk: _Walk, after: list[Any] | None, limit: int) -> list[Any]:
        """The first `limit` rows of the walk that come after the sort values in `after`."""
        begin = beyond(walk.keys, after and after[-len(walk.keys) :], self._parameters)
        return self._tx.rows(
            f"SELECT r.id, {walk.before}{columns(walk.keys)} FROM {walk.source} "
            f"WHERE {walk.where} AND {self._scope} AND {self._filter} AND {begin} "
            f"ORDER BY {sorted_by(walk.keys)} LIMIT {limit}",
            self._parameters.values,
        )


def _runs_of(few: Few | None) -> tuple[str, str]:
    """Where to read, and on what condition: the runs whose ids `few` yields, else all."""
    return ("runs r", "TRUE") if few is None else (f"({few.source}) few CROSS JOIN runs r", "r.id = few.id")
