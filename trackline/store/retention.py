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
_MAY_GO = """
retired_ms IS NULL AND NOT EXISTS (SELECT 1 FROM model_versions v WHERE v.run_uuid = uuid) AND NOT EXISTS (
    SELECT 1 FROM logged_models l JOIN model_versions v ON v.logged_model_id = l.model_id WHERE l.source_run_id = uuid
)
"""
_LOSERS = f"""
WITH RECURSIVE losers (id, uuid) AS (
    SELECT id, uuid FROM (
        SELECT r.id, r.uuid, r.retired_ms, rank() OVER (ORDER BY s.value IS NULL, s.value {{direction}}) AS place
        FROM runs r JOIN metric_summaries s ON s.run_id = r.id AND s.key_id = :metric
        WHERE r.experiment_id = :experiment AND {HAS_ENDED}
    ) places
    WHERE place > :keep AND {_MAY_GO}
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
SELECT id, coalesce(artifact_bytes, 0) FROM runs
WHERE id IN (SELECT id FROM losers) AND uuid NOT IN (SELECT uuid FROM parents) ORDER BY id
"""


class Doomed(NamedTuple):
    """What goes to the trash by a rule, and the room that it takes: points, and files as they were last measured."""

    runs: list[int]
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
    """The runs, by number, that do not stay."""
    found = _losers(tx, experiment)
    runs = [number for number, _ in found]
    return Doomed(runs, bytes_of_points(tx, runs) + sum(int(size) for _, size in found))


def retire_runs(tx: Transaction, experiment: int, runs: list[int]) -> int:
    """Put those of the runs into the trash that may still go, while there is a rule; how many they were."""
    if rules_of(tx, experiment).keep_best is None:
        return 0
    condition = f"{tx.dialect.among('id', 'ids')} AND experiment_id = :experiment AND {HAS_ENDED} AND {_MAY_GO}"
    query = f"SELECT uuid FROM runs WHERE {condition} ORDER BY id {tx.dialect.to_change}"
    uuids = [uuid for (uuid,) in tx.rows(query, {"ids": runs, "experiment": experiment})]
    if uuids:
        delete_runs(tx, uuids, force=True)
        values = {"uuids": uuids, "now": tx.now_ms}
        tx.execute(f"UPDATE runs SET retired_ms = :now WHERE {tx.dialect.among('uuid', 'uuids')}", values)
    return len(uuids)


def _losers(tx: Transaction, experiment: int) -> list[tuple[int, int]]:
    """Number and bytes of files of the runs that the rule sends to the trash."""
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
    return tx.rows(_LOSERS.format(direction=direction), values)


def rules_of(tx: Transaction, experiment: int) -> Retention:
    row = tx.row(_RULES, {"experiment": experiment})
    return Retention() if row is None else Retention(*row)
