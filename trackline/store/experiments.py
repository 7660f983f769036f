"""Experiments and their tags."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from trackline.db.transaction import Transaction
from trackline.domain.artifact_paths import experiment_location
from trackline.domain.entities import Experiment, Lifecycle, Tag
from trackline.domain.errors import AlreadyExists, InvalidParameter, InvalidState, NotFound
from trackline.domain.limits import experiment_number
from trackline.store.access.grants import give_to_maker
from trackline.store.editions import edited
from trackline.store.keys import find_keys, intern_keys
from trackline.store.registered import Doomed, check_unregistered
from trackline.store.topics import announce_experiment

DEFAULT_EXPERIMENT = (0, "Default")

_read_tags = msgspec.json.Decoder(list[Tag]).decode

_VERSIONS = """
v.id IN (
    SELECT v.id FROM runs r JOIN model_versions v ON v.run_uuid = r.uuid WHERE r.experiment_id = :id
    UNION ALL
    SELECT v.id FROM logged_models l JOIN model_versions v ON v.logged_model_id = l.model_id WHERE l.experiment_id = :id
)
"""


def not_found(experiment_id: str) -> NotFound:
    return NotFound(f"No Experiment with id={experiment_id} exists")


def name_not_found(name: str) -> NotFound:
    return NotFound(f"Could not find experiment with name '{name}'")


class Place(NamedTuple):
    """An experiment, and where its artifacts lie."""

    number: int
    location: str


def create_default_experiment(tx: Transaction, artifact_root: str) -> None:
    """Experiment 0, where runs go that name no other; once it exists it stays as it is."""
    number, name = DEFAULT_EXPERIMENT
    tx.execute(
        "INSERT INTO experiments (id, name, artifact_location, lifecycle, created_ms, updated_ms, edition) "
        f"VALUES (:id, :name, :location, 'active', :now, :now, {tx.dialect.chance}) ON CONFLICT DO NOTHING",
        {
            "id": number,
            "name": name,
            "location": experiment_location(artifact_root, number),
            "now": tx.now_ms,
        },
    )


def create_experiment(
    tx: Transaction, name: str, artifact_location: str | None, tags: list[Tag], artifact_root: str
) -> str:
    """The id of the new experiment. Raises AlreadyExists, also when a deleted experiment has the name."""
    created = tx.row(
        "INSERT INTO experiments (name, artifact_location, lifecycle, created_ms, updated_ms, edition) "
        f"VALUES (:name, :location, 'active', :now, :now, {tx.dialect.chance}) ON CONFLICT (name) DO NOTHING "
        "RETURNING id",
        {"name": name, "location": artifact_location or "", "now": tx.now_ms},
    )
    if created is None:
        raise AlreadyExists(
            f"Experiment(name={name}) already exists. Choose another name; if it was deleted, restore it instead."
        )
    (number,) = created
    if not artifact_location:
        tx.execute(
            "UPDATE experiments SET artifact_location = :location WHERE id = :id",
            {"id": number, "location": experiment_location(artifact_root, number)},
        )
    _write_tags(tx, number, tags)
    give_to_maker(tx, "experiment", number)
    announce_experiment(tx, number)
    return str(number)


def get_experiment(tx: Transaction, experiment_id: str) -> Experiment:
    found = read_experiments(tx, [experiment_number(experiment_id)])
    if not found:
        raise not_found(experiment_id)
    return found[0]


def get_experiment_by_name(tx: Transaction, name: str) -> Experiment:
    row = tx.row(_having(tx, "e.name = :name"), {"name": name})
    if row is None:
        raise name_not_found(name)
    return _experiment(row)


def read_experiments(tx: Transaction, numbers: list[int]) -> list[Experiment]:
    """The experiments of these numbers that exist, in the order of the numbers."""
    rows = tx.rows(_having(tx, tx.dialect.among("e.id", "numbers")), {"numbers": numbers})
    by_number = {row[0]: _experiment(row) for row in rows}
    return [by_number[number] for number in numbers if number in by_number]


def rename_experiment(tx: Transaction, experiment_id: str, new_name: str) -> None:
    (number, _), lifecycle = _ask_lifecycle(tx, experiment_id, tx.dialect.to_change)()
    if lifecycle != "active":
        raise InvalidState("Cannot rename a non-active experiment. Restore it first.")
    other = tx.row("SELECT id FROM experiments WHERE name = :name AND id <> :id", {"name": new_name, "id": number})
    if other is not None:
        raise AlreadyExists(f"Experiment(name={new_name}) already exists (experiment {other[0]}).")
    tx.execute(
        f"UPDATE experiments SET name = :name, updated_ms = :now, {edited(tx)} WHERE id = :id",
        {"name": new_name, "now": tx.now_ms, "id": number},
    )
    announce_experiment(tx, number)


def delete_experiment(tx: Transaction, experiment_id: str, force: bool = False) -> None:
    """Into the trash, together with its runs.

    Raises InvalidState where models of its runs, or its logged models, are registered, unless `force` is set.
    """
    _change_lifecycle(tx, experiment_id, "active", "deleted")
    if not force:
        by_force = f'POST experiments/delete {{"experiment_id": "{experiment_id}", "force": true}}'
        number = experiment_number(experiment_id)
        check_unregistered(tx, Doomed(f"Experiment {experiment_id}", _VERSIONS, number, by_force))


def restore_experiment(tx: Transaction, experiment_id: str) -> None:
    """Out of the trash, together with its runs."""
    _change_lifecycle(tx, experiment_id, "deleted", "active")


def set_experiment_tag(tx: Transaction, experiment_id: str, tag: Tag) -> None:
    number = _begin_edit(tx, experiment_id)
    _write_tags(tx, number, [tag])
    announce_experiment(tx, number)


def delete_experiment_tag(tx: Transaction, experiment_id: str, key: str) -> None:
    number = _begin_edit(tx, experiment_id)
    gone = tx.changed(
        "DELETE FROM experiment_tags WHERE experiment_id = :id AND key_id = :key",
        {"id": number, "key": find_keys(tx, [key]).get(key)},
    )
    if not gone:
        raise NotFound(f"No tag with name: {key} in experiment with id {experiment_id}")
    announce_experiment(tx, number)


def active_experiment(tx: Transaction, experiment_id: str, held: str | None = None) -> int:
    """The experiment's number; raises when it does not exist or lies in the trash. `held` None: relied on."""
    return ask_active(tx, experiment_id, held)().number


def ask_active(tx: Transaction, experiment_id: str, held: str | None = None) -> Callable[[], Place]:
    """Where what an active experiment holds is, which comes by calling what this returns (`tx.ask`). Raises as
    `active_experiment`.
    """
    located = _ask_lifecycle(tx, experiment_id, tx.dialect.to_rely_on if held is None else held)

    def active() -> Place:
        place, lifecycle = located()
        if lifecycle != "active":
            raise InvalidParameter(
                f"The experiment {experiment_id} must be in the 'active' state. Current state is {lifecycle}."
            )
        return place

    return active


def _ask_lifecycle(tx: Transaction, experiment_id: str, held: str) -> Callable[[], tuple[Place, Lifecycle]]:
    """`held` is one of the dialect's ways to keep others from changing it."""
    number = experiment_number(experiment_id)
    found = tx.ask(f"SELECT artifact_location, lifecycle FROM experiments WHERE id = :id {held}", {"id": number})

    def located() -> tuple[Place, Lifecycle]:
        rows = found()
        if not rows:
            raise not_found(experiment_id)
        ((location, lifecycle),) = rows
        return Place(number, location), lifecycle

    return located


def _begin_edit(tx: Transaction, experiment_id: str) -> int:
    """The number of an active experiment, of which nobody else changes anything from now on."""
    number = active_experiment(tx, experiment_id, tx.dialect.to_change)
    tx.execute(f"UPDATE experiments SET {edited(tx)} WHERE id = :id", {"id": number})
    return number


def _change_lifecycle(tx: Transaction, experiment_id: str, before: Lifecycle, after: Lifecycle) -> None:
    (number, _), lifecycle = _ask_lifecycle(tx, experiment_id, tx.dialect.to_change)()
    if lifecycle != before:
        raise NotFound(f"No Experiment with id={experiment_id} exists among the {before} ones")
    deleted_ms = tx.now_ms if after == "deleted" else None
    tx.execute(
        "UPDATE experiments SET lifecycle = :after, updated_ms = :now, deleted_ms = :deleted, "
        f"{edited(tx)} WHERE id = :id",
        {"after": after, "now": tx.now_ms, "deleted": deleted_ms, "id": number},
    )
    tx.execute(
        f"UPDATE runs SET lifecycle = :after, deleted_ms = :deleted, {edited(tx)} WHERE experiment_id = :id",
        {"after": after, "deleted": deleted_ms, "id": number},
    )
    announce_experiment(tx, number)


def _write_tags(tx: Transaction, number: int, tags: list[Tag]) -> None:
    if not tags:
        return
    keys = intern_keys(tx, [tag.key for tag in tags])
    tx.many(
        "INSERT INTO experiment_tags (experiment_id, key_id, value) VALUES (:id, :key, :value) "
        "ON CONFLICT (experiment_id, key_id) DO UPDATE SET value = excluded.value",
        [{"id": number, "key": keys[tag.key], "value": tag.value} for tag in tags],
    )


def _having(tx: Transaction, condition: str) -> str:
    tags = tx.dialect.objects(key="k.name", value="t.value")
    return (
        "SELECT e.id, e.name, e.artifact_location, e.lifecycle, e.updated_ms, e.created_ms, "
        f"(SELECT {tags} FROM experiment_tags t JOIN keys k ON k.id = t.key_id WHERE t.experiment_id = e.id) "
        f"FROM experiments e WHERE {condition}"
    )


def _experiment(row: tuple[int, str, str, Lifecycle, int, int, str]) -> Experiment:
    """Of a row of `_having`."""
    number, name, location, lifecycle, updated_ms, created_ms, tags = row
    by_key = sorted(_read_tags(tags), key=lambda tag: tag.key)
    return Experiment(str(number), name, location, lifecycle, updated_ms, created_ms, by_key)
