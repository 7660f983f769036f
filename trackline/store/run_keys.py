"""The names of metrics, params and tags that the runs of experiments use, found in the newest of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trackline.db.transaction import Transaction
from trackline.domain.filters import Field, Kind
from trackline.domain.tables import KeyKind, KeyList, KeyQuery, KeyRow, Names

LOOKED_AT = 500  # of the newest runs, which have the names of today; all runs would cost what all runs hold
TELLING: tuple[tuple[KeyKind, int], ...] = (("metric", 6), ("parameter", 6))  # columns to begin with

_TABLES: dict[Kind, str] = {"metric": "metric_summaries", "parameter": "params", "tag": "tags"}
_NEWEST = f"""
SELECT r.id FROM runs r WHERE r.lifecycle = 'active' AND {{experiments}}
ORDER BY r.start_ms DESC, r.uuid LIMIT {LOOKED_AT}
"""
_VARIES = "min(v.value) < max(v.value) OR count(v.value) BETWEEN 1 AND count(*) - 1"  # NaN is stored as NULL
_KEYS = """
SELECT k.name, count(*) AS runs, CASE WHEN {varies} THEN 1 ELSE 0 END
FROM {table} v JOIN keys k ON k.id = v.key_id
WHERE {runs} AND {matching}
GROUP BY k.name {having} ORDER BY runs DESC, k.name LIMIT :most
"""


def find_keys_of_runs(tx: Transaction, query: KeyQuery) -> KeyList:
    """Those that hold the search text come by use, then by name."""
    newest = _newest(tx, query.experiment_ids)
    rows = names_used(tx, newest, query)
    most = query.max_results
    return KeyList(keys=rows[:most], of_runs=len(newest), more=len(rows) > most)


def telling_fields(tx: Transaction, experiment_ids: Sequence[int]) -> list[Field]:
    """Columns for one who has chosen none: the metrics that most runs have, and params in which runs differ."""
    newest = _newest(tx, experiment_ids)
    fields = []
    for kind, most in TELLING:
        rows = names_used(tx, newest, Names(kind=kind, max_results=8 * most))
        rows.sort(key=lambda row: not row.varies)
        fields += [Field(kind, row.key) for row in rows[:most]]
    return fields


def names_used(tx: Transaction, runs: list[int], wanted: Names) -> list[KeyRow]:
    """By use, then by name: one row more than what is wanted where there are more."""
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


def _newest(tx: Transaction, experiment_ids: Sequence[int]) -> list[int]:
    statement = _NEWEST.format(experiments=tx.dialect.among("r.experiment_id", "experiments"))
    return [number for (number,) in tx.rows(statement, {"experiments": list(experiment_ids)})]
