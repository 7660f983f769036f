"""From the names that people use to the numbers of the store."""

from __future__ import annotations

from typing import NamedTuple

from trackline.db.transaction import Transaction
from trackline.domain.errors import InvalidParameter, NotFound
from trackline.domain.model_sources import OfVersion
from trackline.domain.registry import LATEST, PROMPT_TAG, Stage, canonical_stage

_IS_PROMPT = f"""
EXISTS (
    SELECT 1 FROM registered_model_tags t JOIN keys k ON k.id = t.key_id
    WHERE t.model_id = m.id AND k.name = '{PROMPT_TAG}' AND lower(t.value) = 'true'
)
"""


class ModelRef(NamedTuple):
    """A registered model, which may be a prompt: its number in the store, and its name."""

    id: int
    name: str
    is_prompt: bool


class VersionRef(NamedTuple):
    """A version: its number in the store, the one that people see, and its model."""

    id: int
    number: int
    model: ModelRef


def find_model(tx: Transaction, name: str) -> ModelRef:
    return _model(tx, name, held="")


def take_model(tx: Transaction, name: str) -> ModelRef:
    """The model, to change it or what is below it: others that would do so wait until this transaction ends."""
    return _model(tx, name, tx.dialect.to_change)


def model_not_found(name: str) -> NotFound:
    return NotFound(f"Registered Model with name={name} not found")


def find_version(tx: Transaction, name: str, number: int) -> VersionRef:
    return _version(tx, name, number, held="")


def take_version(tx: Transaction, name: str, number: int) -> VersionRef:
    """The version, to change it; its model is taken with it."""
    return _version(tx, name, number, tx.dialect.to_change)


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


def named_number(tx: Transaction, model: ModelRef, named: OfVersion) -> int:
    """The version of `model` that is named so; it need not exist where a number is given."""
    if named.version is not None:
        return named.version
    if named.alias is not None:
        return aliased_number(tx, model, named.alias)
    return latest_number(tx, model, canonical_stage(named.stage) if named.stage else None)


def alias_target(tx: Transaction, model: ModelRef, alias: str) -> int | None:
    row = tx.row(
        "SELECT version FROM model_aliases WHERE model_id = :model AND alias = :alias",
        {"model": model.id, "alias": alias},
    )
    return None if row is None else int(row[0])


def _model(tx: Transaction, name: str, held: str) -> ModelRef:
    query = f"SELECT m.id, {_IS_PROMPT} FROM registered_models m WHERE m.name = :name {held}"
    row = tx.row(query, {"name": name})
    if row is None:
        raise model_not_found(name)
    return ModelRef(row[0], name, bool(row[1]))


def _version(tx: Transaction, name: str, number: int, held: str) -> VersionRef:
    row = tx.row(
        f"SELECT v.id, m.id, {_IS_PROMPT} FROM registered_models m JOIN model_versions v ON v.model_id = m.id "
        f"WHERE m.name = :name AND v.version = :version {held}",
        {"name": name, "version": number},
    )
    if row is None:
        raise NotFound(f"Model Version (name={name}, version={number}) not found")
    return VersionRef(row[0], number, ModelRef(row[1], name, bool(row[2])))
