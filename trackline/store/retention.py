"""What experiments keep of their runs: the rules, and the runs that go to the trash by them.

Only what has ended goes, and that has the metric; not that of which a model is registered, nor a parent of what stays.
Equal values share a place, NaN has the last. A run goes once: when somebody restores it, it stays.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from trackline.db.transaction import Transaction
from trackline.domain.entities import ENDED, PARENT_TAG
from trackline.domain.limits import experiment_number
from trackline.domain.retention import Retention
from trackline.store.experiments import active_experiment, get_experiment
from trackline.store.keys import find_keys
from trackline.store.many_runs import delete_runs
from trackline.store.topics import announce_experiment
from trackline.store.trash import bytes_of_points

_RULES = "SELECT keep_best, metric, goal, thin_after_days, thin_to FROM retention WHERE experiment_id = :experiment"
_SET = """
INSERT INTO retention (experiment_id, keep_best, metric, goal, thin_after_days, thin_to)
VALUES (:experiment, :keep_best, :metric, :goal, :thin_after_days, :thin_to)
ON CONFLICT (experiment_id) DO UPDATE SET
    keep_best = excluded.keep_best, metric = excluded.metric, goal = excluded.goal,
    thin_after_days = excluded.thin_after_days, thin_to = excluded.thin_to
"""
HAS_ENDED = "lifecycle = 'active' AND status IN ({})".format(", ".join(f"'{one}'" for one in sorted(ENDED)))
_LOSERS = f"""
WITH RECURSIVE losers (id, uuid) AS (
    SELECT id, uuid FROM (
        SELECT r.id, r.uuid, r.retired_ms, rank() OVER (ORDER BY s.value IS NULL, s.value {{direction}}) AS place
        FROM runs r JOIN metric_summaries s ON s.run_id = r.id AND s.key_id = :metric
        WHERE r.experiment_id = :experiment AND {HAS_ENDED}
    ) places
    WHERE place > :keep AND retired_ms IS NULL
    AND NOT EXISTS (SELECT 1 FROM model_versions v WHERE v.run_uuid = uuid)
    AND NOT EXISTS (
        SELECT 1 FROM logged_models l JOIN model_versions v ON v.logged_model_id = l.model_id
        WHERE l.source_run_id = uuid
    )
),
parents (uuid) AS (
    SELECT l.uuid FROM losers l
    JOIN tags t ON t.key_id = :parent AND substr(t.value, 1, 64) = substr(l.uuid, 1, 64) AND t.value = l.uuid
    JOIN runs c ON c.id = t.run_id
    WHERE c.lifecycle = 'active' AND c.id NOT IN (SELECT id FROM losers)
    UNION
    SELECT l.uuid FROM parents p JOIN runs c ON c.uuid = p.uuid
    JOIN tags t ON t.run_id = c.id AND t.key_id = :parent JOIN losers l ON l.uuid = t.value
)
SELECT id, uuid, coalesce(artifact_bytes, 0) FROM runs
WHERE id IN (SELECT id FROM losers) AND uuid NOT IN (SELECT uuid FROM parents) AND {HAS_ENDED}
ORDER BY id
"""


class Doomed(NamedTuple):
    """What goes to the trash by a rule, and the room that it takes: points, and files as they were last measured."""

    runs: int
    bytes: int


def read_retention(tx: Transaction, experiment_id: str) -> Retention:
    """Raises NotFound."""
    return rules_of(tx, int(get_experiment(tx, experiment_id).experiment_id))


def set_retention(tx: Transaction, experiment_id: str, rules: Retention) -> Retention:
    """In place of those that are there. Raises NotFound, InvalidState."""
    number = active_experiment(tx, experiment_id, tx.dialect.to_change)
    tx.execute(_SET, {"experiment": number, **msgspec.structs.asdict(rules)})
    announce_experiment(tx, number)
    return rules


def remove_retention(tx: Transaction, experiment_id: str) -> None:
    number = experiment_number(experiment_id)
    tx.execute("DELETE FROM retention WHERE experiment_id = :experiment", {"experiment": number})
    announce_experiment(tx, number)


def with_retention(tx: Transaction) -> list[int]:
    """Experiments that have rules and are not in the trash."""
    rows = tx.rows(
        "SELECT e.id FROM retention t JOIN experiments e ON e.id = t.experiment_id WHERE e.lifecycle = 'active' "
        "ORDER BY e.id"
    )
    return [number for (number,) in rows]


def look_at_losers(tx: Transaction, experiment: int) -> Doomed:
    """What `retire_runs` would put into the trash."""
    found = _losers(tx, experiment, "")
    points = bytes_of_points(tx, [number for number, _, _ in found])
    return Doomed(len(found), points + sum(int(size) for _, _, size in found))


def retire_runs(tx: Transaction, experiment: int, most: int) -> int:
    """Put the next `most` of the runs that do not stay into the trash; how many they were."""
    found = _losers(tx, experiment, f"LIMIT {most} {tx.dialect.to_change}")
    if found:
        delete_runs(tx, [uuid for _, uuid, _ in found], force=True)
        values = {"ids": [number for number, _, _ in found], "now": tx.now_ms}
        tx.execute(f"UPDATE runs SET retired_ms = :now WHERE {tx.dialect.among('id', 'ids')}", values)
    return len(found)


def _losers(tx: Transaction, experiment: int, which: str) -> list[tuple[int, str, int]]:
    """Number, id and bytes of files of the runs that the rule sends to the trash."""
    rules = rules_of(tx, experiment)
    keys = find_keys(tx, [rules.metric or "", PARENT_TAG])
    values: dict[str, Any] = {
        "experiment": experiment,
        "keep": rules.keep_best,
        "metric": keys.get(rules.metric or ""),
        "parent": keys.get(PARENT_TAG),
    }
    if values["keep"] is None or values["metric"] is None:
        return []
    direction = "ASC" if rules.goal == "min" else "DESC"
    return tx.rows(_LOSERS.format(direction=direction) + which, values)


def rules_of(tx: Transaction, experiment: int) -> Retention:
    row = tx.row(_RULES, {"experiment": experiment})
    return Retention() if row is None else Retention(*row)
