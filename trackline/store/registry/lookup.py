"""From the names that people use to the numbers of the store."""

from __future__ import annotations

from typing import NamedTuple

from trackline.db.transaction import Transaction
from trackline.domain.errors import InvalidParameter, NotFound
from trackline.domain.registry import LATEST, Stage


class ModelRef(NamedTuple):
    """A registered model: its number in the store, and its name."""

    id: int
    name: str


class VersionRef(NamedTuple):
    """A version: its number in the store, the one that people see, and its model."""

    id: int
    number: int
    model: ModelRef


def find_model(tx: Transaction, name: str) -> ModelRef:
    row = tx.row("SELECT id FROM registered_models WHERE name = :name", {"name": name})
    if row is None:
        raise model_not_found(name)
    return ModelRef(row[0], name)


def model_not_found(name: str) -> NotFound:
    return NotFound(f"Registered Model with name={name} not found")


def find_version(tx: Transaction, name: str, number: int) -> VersionRef:
    row = tx.row(
        "SELECT v.id, m.id FROM registered_models m JOIN model_versions v ON v.model_id = m.id "
        "WHERE m.name = :name AND v.version = :version",
        {"name": name, "version": number},
    )
    if row is None:
        raise NotFound(f"Model Version (name={name}, version={number}) not found")
    return VersionRef(row[0], number, ModelRef(row[1], name))


def latest_number(tx: Transaction, model: ModelRef, stage: Stage | None = None) -> int:
    """The highest version, of those in `stage` if one is named. Raises NotFound where there is none."""
    in_stage = "" if stage is None else "AND stage = :stage"
    (number,) = tx.rows(
        f"SELECT max(version) FROM model_versions WHERE model_id = :model {in_stage}",
        {"model": model.id, "stage": stage},
    )[0]
    if number is not None:
        return int(number)
    if stage is None:
        raise NotFound(f"Latest version not found for model {model.name}.")
    raise NotFound(f"No versions of model with name '{model.name}' and stage '{stage}' found")


def aliased_number(tx: Transaction, model: ModelRef, alias: str) -> int:
    """The version that has the alias; `latest`, in any case, is the highest. Raises InvalidParameter for none."""
    if alias.lower() == LATEST:
        return latest_number(tx, model)
    number = alias_target(tx, model, alias)
    if number is None:
        raise InvalidParameter(f"Registered model alias {alias} not found.")
    return number


def alias_target(tx: Transaction, model: ModelRef, alias: str) -> int | None:
    row = tx.row(
        "SELECT version FROM model_aliases WHERE model_id = :model AND alias = :alias",
        {"model": model.id, "alias": alias},
    )
    return None if row is None else int(row[0])
