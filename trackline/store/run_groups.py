"""Runs in groups by what they have in a field, with statistics of their metrics."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from trackline.db.transaction import Transaction
from trackline.domain.filters import MEASURED, Field, Kind
from trackline.domain.tables import Cell, GroupQuery, RunGroups
from trackline.store.keys import find_keys
from trackline.store.run_keys import telling_fields
from trackline.store.search import Found, runs_found

LARGEST = "1e150"  # of what is averaged, so that no square, nor a sum of them, leaves the range of a double

# A group's name: its value after a sign, or nothing where its runs have none there. Its first run stands for it where
# names would have to be compared a hundred thousand times.
_MEMBERS = """
WITH found (id) AS MATERIALIZED ({found}),
members (run_id, name) AS MATERIALIZED ({members})
"""
_GROUPS = """
{members}
SELECT m.name, min(m.run_id), count(*), count(*) OVER ()
FROM members m {joined} GROUP BY m.name ORDER BY {order} LIMIT :most OFFSET :skip
"""
# Values are taken from that of the group's first run: squares of small differences are not lost in large numbers.
_STATISTICS = f"""
{{members}},
placed (run_id, first) AS MATERIALIZED (SELECT run_id, min(run_id) OVER (PARTITION BY name) FROM members),
points (first, key_id, value, origin) AS (
    SELECT p.first, s.key_id, s.{{column}}, CASE WHEN abs(o.{{column}}) < {LARGEST} THEN o.{{column}} ELSE 0 END
    FROM placed p CROSS JOIN metric_summaries s
    LEFT JOIN metric_summaries o ON o.run_id = p.first AND o.key_id = s.key_id
    WHERE s.run_id = p.run_id AND {{keys}} AND {{groups}}
),
distances (first, key_id, value, origin, away) AS (
    SELECT first, key_id, value, origin, CASE WHEN abs(value) < {LARGEST} THEN value - origin END FROM points
)
SELECT first, key_id, min(value), max(value), min(origin), count(away), sum(away), sum(away * away)
FROM distances GROUP BY first, key_id
"""
_COLUMNS: dict[Kind, str] = {"metric": "value", "minimum": "min_value", "maximum": "max_value"}
_TABLES: dict[Kind, str] = {"parameter": "params", "tag": "tags"}
_ATTRIBUTES = {"user_id": "user_id", "status": "status", "run_name": "name"}


class _Statistics(NamedTuple):
    finite: int  # how many values
    mean: Cell
    std: Cell
    low: Cell
    high: Cell


_NONE = _Statistics(0, None, None, None, None)


def read_run_groups(tx: Transaction, query: GroupQuery) -> RunGroups:
    """Raises InvalidParameter."""
    fields = telling_fields(tx, query.runs.experiment_ids) if query.fields is None else query.fields
    fields = [field for field in fields if field.kind in MEASURED]
    used = [*fields, *([query.order.field] if query.order else []), *([query.by] if query.by else [])]
    keys = find_keys(tx, {field.key for field in used})
    members = _members(runs_found(tx, query.runs), query.by, keys)
    rows = _groups(tx, members, query, keys)
    known = _statistics(tx, members, [first for _, first, *_ in rows], fields, keys)
    columns = [[known.get((first, field), _NONE) for _, first, *_ in rows] for field in fields]
    return RunGroups(
        total=rows[0][3] if rows else 0,
        value=[name[1:] if name else None for name, *_ in rows],
        runs=[runs for _, _, runs, _ in rows],
        fields=fields,
        count=[[one.finite for one in column] for column in columns],
        mean=[[one.mean for one in column] for column in columns],
        std=[[one.std for one in column] for column in columns],
        low=[[one.low for one in column] for column in columns],
        high=[[one.high for one in column] for column in columns],
    )


def _members(found: Found, by: Field | None, keys: dict[str, int]) -> Found:
    if by is None:
        members = "SELECT f.id, '' FROM found f"
    elif by.kind == "attribute":
        members = f"SELECT r.id, '=' || r.{_ATTRIBUTES[by.key]} FROM found f JOIN runs r ON r.id = f.id"
    else:
        members = (
            "SELECT f.id, CASE WHEN v.value IS NULL THEN '' ELSE '=' || v.value END FROM found f "
            f"LEFT JOIN {_TABLES[by.kind]} v ON v.run_id = f.id AND v.key_id = :by"
        )
    by_key = {} if by is None or by.kind == "attribute" else {"by": keys.get(by.key, 0)}
    return Found(_MEMBERS.format(found=found.sql, members=members), found.values | by_key)


def _groups(tx: Transaction, members: Found, query: GroupQuery, keys: dict[str, int]) -> list[Any]:
    joined, order = "", "count(*) DESC, m.name"
    values = members.values | {"most": query.max_results, "skip": query.skip}
    if query.order is not None:
        direction = "ASC" if query.order.ascending else "DESC"
        order = f"m.name {direction}"
        if query.order.field != query.by:
            mean = f"avg(CASE WHEN abs(o.value) < {LARGEST} THEN o.value END)"
            order = f"CASE WHEN {mean} IS NULL THEN 1 ELSE 0 END, {mean} {direction}, m.name"
            column = _COLUMNS[query.order.field.kind]
            joined = (
                f"LEFT JOIN (SELECT run_id, key_id, {column} AS value FROM metric_summaries) o "
                "ON o.run_id = m.run_id AND o.key_id = :sorted_by"
            )
            values["sorted_by"] = keys.get(query.order.field.key, 0)
    return tx.rows(_GROUPS.format(members=members.sql, joined=joined, order=order), values)


def _statistics(
    tx: Transaction, members: Found, firsts: list[int], fields: Sequence[Field], keys: dict[str, int]
) -> dict[tuple[int, Field], _Statistics]:
    """By the group's first run and the field."""
    found: dict[tuple[int, Field], _Statistics] = {}
    for kind, column in _COLUMNS.items():
        wanted = {keys[field.key]: field for field in fields if field.kind == kind and field.key in keys}
        if not wanted:
            continue
        statement = _STATISTICS.format(
            members=members.sql,
            column=column,
            keys=tx.dialect.among("s.key_id", "keys"),
            groups=tx.dialect.among("p.first", "firsts"),
        )
        given = members.values | {"keys": list(wanted), "firsts": firsts}
        for first, key, low, high, *sums in tx.rows(statement, given):
            found[first, wanted[key]] = _summed_up(*sums)._replace(low=low, high=high)
    return found


def _summed_up(origin: float, count: int, away: float, squares: float) -> _Statistics:
    """From sums of the distances from `origin` and of their squares."""
    if count == 0:
        return _NONE
    std = math.sqrt(max(squares - away * away / count, 0.0) / (count - 1)) if count > 1 else None
    return _NONE._replace(finite=count, mean=origin + away / count, std=std)
