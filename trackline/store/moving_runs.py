"""Runs that go to another experiment, or are copied into one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from trackline.db.transaction import Transaction
from trackline.domain.artifact_paths import run_artifact_uri
from trackline.domain.entities import PARENT_TAG
from trackline.store.experiments import active_experiment, get_experiment
from trackline.store.keys import intern_keys
from trackline.store.many_runs import living_runs
from trackline.store.runs import INFO_COLUMNS, info_of
from trackline.store.tags import SET_TAG
from trackline.store.topics import announce_run

COPIED_FROM_TAG = "trackline.copiedFrom"

_HERE = "(SELECT artifact_location FROM experiments WHERE id = :experiment)"
_MOVE_MODELS = f"""
UPDATE logged_models SET experiment_id = :experiment, artifact_location = nullif(
    coalesce(artifact_location, (SELECT e.artifact_location FROM experiments e WHERE e.id = experiment_id)), {_HERE}
)
WHERE experiment_id <> :experiment AND {{models}}
AND experiment_id = (SELECT r.experiment_id FROM runs r WHERE r.uuid = source_run_id)
"""
_MOVE = f"""
UPDATE runs SET experiment_id = :experiment, artifact_location = nullif(
    coalesce(artifact_location, (SELECT e.artifact_location FROM experiments e WHERE e.id = experiment_id)), {_HERE}
)
WHERE experiment_id <> :experiment AND {{runs}}
"""
_COPY = """
INSERT INTO runs (uuid, experiment_id, name, user_id, status, start_ms, end_ms, lifecycle, edition)
SELECT :to_uuid, :experiment, name, user_id, status, start_ms, end_ms, 'active', edition FROM runs WHERE id = :from_run
"""
# What is said of a run, by table; a block's id is its own.
_CONTENT = {
    "params": "key_id, value",
    "tags": "key_id, value",
    "metric_summaries": "key_id, step, timestamp_ms, value, min_value, max_value, points, thinned",
    "metric_log": "points_until, records",
    "metric_blocks": "tier, first_key_id, last_key_id, points, payload",
    "run_models": "direction, model_id, step",
}
_DATASETS = """
INSERT INTO datasets (experiment_id, name, digest, source_type, source, schema, profile)
SELECT :experiment, d.name, d.digest, d.source_type, d.source, d.schema, d.profile FROM datasets d
WHERE d.id IN (SELECT dataset_id FROM dataset_inputs WHERE {runs}) AND d.experiment_id <> :experiment
ON CONFLICT (experiment_id, name, digest) DO NOTHING
"""
_SAME_DATASET = """
JOIN datasets d ON d.id = i.dataset_id
JOIN datasets n ON n.experiment_id = :experiment AND n.name = d.name AND n.digest = d.digest
WHERE i.run_id = :from_run
"""
_INPUTS = f"""
INSERT INTO dataset_inputs (run_id, dataset_id)
SELECT :to_run, n.id FROM dataset_inputs i {_SAME_DATASET} ON CONFLICT DO NOTHING
"""
_INPUT_TAGS = f"""
INSERT INTO dataset_input_tags (run_id, dataset_id, key, value)
SELECT :to_run, n.id, i.key, i.value FROM dataset_input_tags i {_SAME_DATASET} ON CONFLICT DO NOTHING
"""
_LEAVE_INPUTS = """
DELETE FROM dataset_inputs
WHERE {runs} AND dataset_id IN (SELECT id FROM datasets WHERE experiment_id <> :experiment)
"""


class Copy(NamedTuple):
    """A run that is to be copied, and where its files are and the copy's will be."""

    uuid: str
    to_uuid: str
    artifact_uri: str
    to_artifact_uri: str


def move_runs(tx: Transaction, uuids: list[str], experiment_id: str) -> int:
    """How many came from other experiments, with the logged models that they made there. Their files stay where they
    are. Raises NotFound, and InvalidParameter for what lies in the trash.
    """
    experiment = active_experiment(tx, experiment_id)
    found = living_runs(tx, uuids)
    ids = [row.id for row in found if row.experiment_id != experiment]
    values = {"experiment": experiment, "uuids": uuids, "runs": ids}
    tx.execute(_MOVE_MODELS.format(models=tx.dialect.among("source_run_id", "uuids")), values)
    tx.execute(_MOVE.format(runs=tx.dialect.among("id", "runs")), values)
    _carry_datasets(tx, experiment, {number: number for number in ids})
    tx.execute(_LEAVE_INPUTS.format(runs=tx.dialect.among("run_id", "runs")), values)
    for uuid in uuids:
        announce_run(tx, uuid, experiment)
    return len(ids)


def plan_copies(tx: Transaction, copies: Mapping[str, str], experiment_id: str) -> list[Copy]:
    """`copies`: the id of each run's copy. Raises as `copy_runs`."""
    active_experiment(tx, experiment_id)
    living_runs(tx, list(copies))
    location = get_experiment(tx, experiment_id).artifact_location
    rows = tx.rows(f"SELECT {INFO_COLUMNS} WHERE {tx.dialect.among('r.uuid', 'uuids')}", {"uuids": list(copies)})
    uris = {info.run_id: info.artifact_uri for info in map(info_of, rows)}
    return [Copy(uuid, new, uris[uuid], run_artifact_uri(location, new)) for uuid, new in copies.items()]


def copy_runs(tx: Transaction, copies: Mapping[str, str], experiment_id: str) -> None:
    """All that is said of the runs, with its times; a child whose parent is copied becomes that copy's child.

    Raises NotFound, and InvalidParameter for what lies in the trash.
    """
    experiment = active_experiment(tx, experiment_id)
    found = living_runs(tx, list(copies))
    rows = [{"from_run": row.id, "to_uuid": copies[row.uuid], "experiment": experiment} for row in found]
    tx.many(_COPY, rows)
    among = tx.dialect.among("uuid", "uuids")
    made: dict[str, int] = dict(tx.rows(f"SELECT uuid, id FROM runs WHERE {among}", {"uuids": list(copies.values())}))
    numbers = {row.id: made[copies[row.uuid]] for row in found}
    pairs = [{"from_run": before, "to_run": after} for before, after in numbers.items()]
    for table, columns in _CONTENT.items():
        tx.many(
            f"INSERT INTO {table} (run_id, {columns}) SELECT :to_run, {columns} FROM {table} WHERE run_id = :from_run",
            pairs,
        )
    _carry_datasets(tx, experiment, numbers)
    _tag_copies(tx, made, copies)
    for uuid in copies.values():
        announce_run(tx, uuid, experiment)


def _carry_datasets(tx: Transaction, experiment: int, runs: Mapping[int, int]) -> None:
    """What each run has read is read by the other run as well, as a dataset of the experiment."""
    tx.execute(
        _DATASETS.format(runs=tx.dialect.among("run_id", "runs")), {"experiment": experiment, "runs": list(runs)}
    )
    rows: list[dict[str, Any]] = [
        {"from_run": before, "to_run": after, "experiment": experiment} for before, after in runs.items()
    ]
    tx.many(_INPUTS, rows)
    tx.many(_INPUT_TAGS, rows)


def _tag_copies(tx: Transaction, made: Mapping[str, int], copies: Mapping[str, str]) -> None:
    keys = intern_keys(tx, [PARENT_TAG, COPIED_FROM_TAG])
    of_copies = tx.dialect.among("run_id", "runs")
    tx.many(
        f"UPDATE tags SET value = :copy WHERE key_id = :key AND value = :parent AND {of_copies}",
        [
            {"key": keys[PARENT_TAG], "parent": parent, "copy": copy, "runs": list(made.values())}
            for parent, copy in copies.items()
        ],
    )
    tx.many(
        SET_TAG,
        [{"run": made[copy], "key": keys[COPIED_FROM_TAG], "value": uuid} for uuid, copy in copies.items()],
    )
