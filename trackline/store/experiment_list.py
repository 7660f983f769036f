"""All experiments at a glance: what each is called, how many runs it has, when something last happened there."""

from __future__ import annotations

from collections import defaultdict

from trackline.db.transaction import Transaction
from trackline.domain.entities import Tag
from trackline.domain.tables import ExperimentRow
from trackline.store.access.permissions import seen

MOST = 20_000  # a page of names; beyond that, search
NOTE_TAG = "mlflow.note.content"
NOTE = 300  # characters
TAGS = 8  # of an experiment
VALUE = 100  # characters

# The counts come from the index runs_newest alone, which holds what is counted.
_ROWS = f"""
SELECT e.id, e.name, e.lifecycle, e.created_ms, e.updated_ms, coalesce(c.runs, 0), coalesce(c.newest_ms, 0),
       (SELECT substr(t.value, 1, {NOTE}) FROM experiment_tags t JOIN keys k ON k.id = t.key_id
        WHERE t.experiment_id = e.id AND k.name = '{NOTE_TAG}')
FROM experiments e LEFT JOIN (
    SELECT r.experiment_id, r.lifecycle, count(*) AS runs, max(r.start_ms) AS newest_ms
    FROM runs r GROUP BY r.experiment_id, r.lifecycle
) c ON c.experiment_id = e.id AND c.lifecycle = e.lifecycle
WHERE {{readable}} ORDER BY e.name LIMIT {MOST}
"""

_TAGS = f"""
SELECT experiment_id, name, value FROM (
    SELECT t.experiment_id, k.name, substr(t.value, 1, {VALUE}) AS value,
           row_number() OVER (PARTITION BY t.experiment_id ORDER BY k.name) AS place
    FROM experiment_tags t JOIN keys k ON k.id = t.key_id
    WHERE k.name NOT LIKE 'mlflow.%' AND {{readable}}
) found WHERE place <= {TAGS}
"""


def list_experiments(tx: Transaction) -> list[ExperimentRow]:
    """By name, those in the trash as well. Activity is the begin of the newest run or the experiment's own change."""
    tags = _tags(tx)
    readable = seen(tx, "experiment", "e.id")
    return [
        ExperimentRow(
            experiment_id=str(number),
            name=name,
            lifecycle_stage=lifecycle,
            creation_time=created_ms,
            last_activity=max(updated_ms, newest_ms),
            runs=runs,
            note=note or "",
            tags=tags[number],
        )
        for number, name, lifecycle, created_ms, updated_ms, runs, newest_ms, note in tx.rows(
            _ROWS.format(readable=readable.condition), readable.values
        )
    ]


def _tags(tx: Transaction) -> dict[int, list[Tag]]:
    readable = seen(tx, "experiment", "t.experiment_id")
    found: dict[int, list[Tag]] = defaultdict(list)
    for number, name, value in tx.rows(_TAGS.format(readable=readable.condition), readable.values):
        found[number].append(Tag(name, value))
    return found
