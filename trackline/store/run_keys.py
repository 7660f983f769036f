"""The names of metrics, params and tags that the runs of experiments use, found in the newest of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trackline.db.transaction import Transaction
from trackline.domain.filters import Field, Kind
from trackline.domain.tables import KeyKind, KeyList, KeyQuery, KeyRow, Names, ValueList, ValueQuery, ValueRow

LOOKED_AT = 500  # of the newest runs, which have the names of today; all runs would cost what all runs hold
FIRST_PAGE = 100  # of the newest runs: columns to begin with are told by those that one sees first
LONGEST = 200  # characters of a value that is worth completing
TELLING: tuple[tuple[KeyKind, int], ...] = (("metric", 6), ("parameter", 6))  # columns to begin with

SYSTEM = "system/"  # how clients begin the names of what they measure of the machine
LAST = f"CASE WHEN substr(k.name, 1, {len(SYSTEM)}) = '{SYSTEM}' THEN 1 ELSE 0 END"  # nobody trains for those

_TABLES: dict[Kind, str] = {"metric": "metric_summaries", "parameter": "params", "tag": "tags"}
_NEWEST = """
SELECT r.id FROM runs r WHERE r.lifecycle = 'active' AND {experiments}
ORDER BY r.start_ms DESC, r.uuid LIMIT :most
"""
_VARIES = "min(v.value) < max(v.value) OR count(v.value) BETWEEN 1 AND count(*) - 1"  # NaN is stored as NULL
_KEYS = f"""
SELECT k.name, count(*) AS runs, CASE WHEN {{varies}} THEN 1 ELSE 0 END
FROM {{table}} v JOIN keys k ON k.id = v.key_id
WHERE {{runs}} AND {{matching}}
GROUP BY k.name {{having}} ORDER BY {LAST}, runs DESC, k.name LIMIT :most
"""
_VALUES = f"""
SELECT {{value}}, count(*) AS runs FROM {{source}}
WHERE {{condition}} AND {{matching}} AND length({{value}}) <= {LONGEST}
GROUP BY {{value}} ORDER BY runs DESC, {{value}} LIMIT :most
"""
_ATTRIBUTES = {"user_id": "v.user_id", "status": "v.status", "run_name": "v.name"}


def find_keys_of_runs(tx: Transaction, query: KeyQuery) -> KeyList:
    """Those that hold the search text come by use, then by name; what the machine measures comes last."""
    newest = _newest(tx, query.experiment_ids)
    rows = names_used(tx, newest, query)
    most = query.max_results
    return KeyList(keys=rows[:most], of_runs=len(newest), more=len(rows) > most)


def find_values_of_runs(tx: Transaction, query: ValueQuery) -> ValueList:
    """Those that begin with the search text come by use, then in order."""
    field = query.field
    given = {"runs": _newest(tx, query.experiment_ids), "search": f"{query.search}%", "most": query.max_results}
    if field.kind == "attribute":
        source, value, condition = "runs v", _ATTRIBUTES[field.key], tx.dialect.among("v.id", "runs")
    else:
        source, value = f"{_TABLES[field.kind]} v JOIN keys k ON k.id = v.key_id", "v.value"
        condition = f"k.name = :name AND {tx.dialect.among('v.run_id', 'runs')}"
        given["name"] = field.key
    matching = tx.dialect.like(value, "search", fold_case=True)
    statement = _VALUES.format(value=value, source=source, condition=condition, matching=matching)
    return ValueList([ValueRow(*row) for row in tx.rows(statement, given)])


def telling_fields(tx: Transaction, experiment_ids: Sequence[int]) -> list[Field]:
    """Columns for one who has chosen none: metrics of training that most runs have, and params in which runs differ."""
    newest = _newest(tx, experiment_ids, FIRST_PAGE)
    fields = []
    for kind, most in TELLING:
        used = names_used(tx, newest, Names(kind=kind, max_results=8 * most))
        rows = [row for row in used if not row.key.startswith(SYSTEM)]
        rows.sort(key=lambda row: not row.varies)
        fields += [Field(kind, row.key) for row in rows[:most]]
    return fields


def names_used(tx: Transaction, runs: list[int], wanted: Names) -> list[KeyRow]:
    """By use, then by name, system metrics last: one row more than what is wanted where there are more."""
    statement = _KEYS.format(
        varies=_VARIES,
        table=_TABLES[wanted.kind],
        runs=tx.dialect.among("v.run_id", "runs"),
        matching=tx.dialect.like("k.name", "search", fold_case=True) if wanted.search else "TRUE",
        having=f"HAVING count(*) < :all OR {_VARIES}" if wanted.varying else "",
    )
    given: dict[str, Any] = {"runs": runs, "most": wanted.max_results + 1}
    if wanted.search:
        given["search"] = f"%{wanted.search}%"
    if wanted.varying:
        given["all"] = len(runs)
    return [
        KeyRow(key=name, runs=used, varies=bool(varies) or used < len(runs))
        for name, used, varies in tx.rows(statement, given)
    ]


def _newest(tx: Transaction, experiment_ids: Sequence[int], most: int = LOOKED_AT) -> list[int]:
    statement = _NEWEST.format(experiments=tx.dialect.among("r.experiment_id", "experiments"))
    return [number for (number,) in tx.rows(statement, {"experiments": list(experiment_ids), "most": most})]
