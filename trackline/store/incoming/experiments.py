"""Experiments of another tracker find their place here."""

from __future__ import annotations

from trackline.db.transaction import Transaction
from trackline.domain.artifact_paths import experiment_location
from trackline.domain.entities import Experiment
from trackline.domain.moving import Settled
from trackline.store.editions import edited
from trackline.store.keys import intern_keys
from trackline.store.topics import announce_experiment

_INSERT = """
INSERT INTO experiments ({columns}name, artifact_location, lifecycle, created_ms, updated_ms, deleted_ms, edition)
VALUES ({values}:name, :location, :lifecycle, :created, :updated, :deleted, {edition}) RETURNING id
"""


def settle_experiments(tx: Transaction, experiments: list[Experiment], root: str | None) -> list[Settled]:
    """Make those that are not here yet. An id is kept where it is free, or else a new one is given.

    `root`: their files will lie below it, each experiment's in a folder of its own; None: where they are.
    """
    settled = [find_experiment(tx, one, root) or _make(tx, one, root) for one in experiments]
    if any(not one.was_there for one in settled):
        tx.rows(tx.dialect.past_given("experiments"))
    tx.execute(
        f"UPDATE experiments SET {edited(tx)} WHERE {tx.dialect.among('id', 'numbers')}",
        {"numbers": [one.number for one in settled]},
    )
    keys = intern_keys(tx, [tag.key for one in experiments for tag in one.tags])
    tx.many(
        "INSERT INTO experiment_tags (experiment_id, key_id, value) VALUES (:experiment, :key, :value) "
        "ON CONFLICT DO NOTHING",
        [
            {"experiment": one.number, "key": keys[tag.key], "value": tag.value}
            for one in settled
            for tag in one.experiment.tags
        ],
    )
    for one in settled:
        announce_experiment(tx, one.number)
    return settled


def find_experiment(tx: Transaction, experiment: Experiment, root: str | None) -> Settled | None:
    """The same experiment here: it has the name, or it was renamed since and has the id and time of creation."""
    row = tx.row(
        "SELECT id, artifact_location FROM experiments WHERE name = :name OR (id = :id AND created_ms = :created) "
        "ORDER BY CASE WHEN name = :name THEN 0 ELSE 1 END LIMIT 1",
        {"name": experiment.name, "id": wanted_number(experiment), "created": experiment.creation_time},
    )
    return None if row is None else Settled(experiment, row[0], row[1], was_there=True, keeps_places=root is None)


def id_is_taken(tx: Transaction, experiment: Experiment) -> bool:
    number = wanted_number(experiment)
    return number < 0 or tx.row("SELECT 1 FROM experiments WHERE id = :id", {"id": number}) is not None


def wanted_number(experiment: Experiment) -> int:
    """The id as a number; -1 where it is none, or none that fits."""
    given = experiment.experiment_id
    return int(given) if given.isdecimal() and len(given) <= 18 else -1


def _make(tx: Transaction, experiment: Experiment, root: str | None) -> Settled:
    kept = not id_is_taken(tx, experiment)
    if not kept:
        tx.rows(tx.dialect.past_given("experiments"))
    (number,) = tx.rows(
        _INSERT.format(columns="id, " if kept else "", values=":id, " if kept else "", edition=tx.dialect.chance),
        {
            **({"id": wanted_number(experiment)} if kept else {}),
            "name": experiment.name,
            "location": experiment.artifact_location,
            "lifecycle": experiment.lifecycle_stage,
            "created": experiment.creation_time,
            "updated": experiment.last_update_time,
            "deleted": experiment.last_update_time if experiment.lifecycle_stage == "deleted" else None,
        },
    )[0]
    location = experiment.artifact_location
    if root is not None:
        location = experiment_location(root, number)
        tx.execute(
            "UPDATE experiments SET artifact_location = :location WHERE id = :id", {"location": location, "id": number}
        )
    return Settled(experiment, number, location, was_there=False, keeps_places=root is None)
