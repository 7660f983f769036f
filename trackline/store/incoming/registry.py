"""Registered models of another tracker, their versions under the numbers that they have there."""

from __future__ import annotations

from typing import Any

from trackline.db.transaction import Transaction
from trackline.domain.errors import InvalidParameter
from trackline.domain.model_sources import OfLoggedModel, parse_source
from trackline.domain.moving import MovingRegistered, MovingVersion
from trackline.domain.registry import Change, is_prompt
from trackline.store.registry.history import note
from trackline.store.registry.lookup import ModelRef
from trackline.store.registry.tags import OF_MODELS, OF_VERSIONS, add_tags

ACTOR = "import"  # in the history of the registry, which begins with it

_MAKE_MODEL = """
INSERT INTO registered_models (name, description, created_ms, updated_ms)
VALUES (:name, :description, :created, :updated) ON CONFLICT (name) DO NOTHING RETURNING id
"""

_MAKE_VERSION = """
INSERT INTO model_versions (
    model_id, version, description, stage, source, location, run_uuid, logged_model_id, run_link, created_ms, updated_ms
) VALUES (
    :model, :version, :description, :stage, :source, :location, :run, :logged_model, :run_link, :created, :updated
) ON CONFLICT (model_id, version) DO NOTHING RETURNING id
"""


def bring_registered(tx: Transaction, moving: MovingRegistered) -> list[str]:
    """Add what is missing; returns the versions whose number is taken here by another."""
    given = moving.model
    values = {
        "name": given.name,
        "description": given.description or None,
        "created": given.creation_timestamp,
        "updated": given.last_updated_timestamp,
    }
    made = tx.row(_MAKE_MODEL, values)
    (number,) = made or tx.rows("SELECT id FROM registered_models WHERE name = :name", values)[0]
    model = ModelRef(number, given.name, is_prompt(given.tags))
    changes = (
        [Change("created", None, given.name), Change("description", None, given.description or None)] if made else []
    )
    changes += add_tags(tx, OF_MODELS, number, given.tags)
    taken = []
    for one in moving.versions:
        changes += _bring_version(tx, number, one)
        if not _is_here(tx, number, one):
            taken.append(one.version.version)
    changes += _bring_aliases(tx, number, moving)
    tx.execute(
        "UPDATE registered_models SET last_version = :last WHERE id = :id AND last_version < :last",
        {"id": number, "last": moving.last_version},
    )
    note(tx, ACTOR, model, changes)
    return taken


def _bring_version(tx: Transaction, model: int, moving: MovingVersion) -> list[Change]:
    given = moving.version
    version = int(given.version)
    made = tx.row(_MAKE_VERSION, _row(model, moving))
    if made is None:
        return []
    changes = [
        Change("created", None, given.source, version),
        Change("description", None, given.description or None, version),
        Change("stage", "None", given.current_stage, version),
    ]
    return changes + add_tags(tx, OF_VERSIONS, made[0], given.tags, version)


def _row(model: int, moving: MovingVersion) -> dict[str, Any]:
    given = moving.version
    return {
        "model": model,
        "version": int(given.version),
        "description": given.description,
        "stage": given.current_stage,
        "source": given.source,
        "location": moving.location,
        "run": given.run_id,
        "logged_model": _logged_model_of(given.source),
        "run_link": given.run_link,
        "created": given.creation_timestamp,
        "updated": given.last_updated_timestamp,
    }


def _logged_model_of(source: str) -> str | None:
    try:
        named = parse_source(source)
    except InvalidParameter:  # a place that nothing here would be registered from
        return None
    return named.model_id if isinstance(named, OfLoggedModel) else None


def _is_here(tx: Transaction, model: int, moving: MovingVersion) -> bool:
    """Whether the version of this number is the one that moves, and no other."""
    row = tx.row(
        "SELECT created_ms FROM model_versions WHERE model_id = :model AND version = :version",
        {"model": model, "version": int(moving.version.version)},
    )
    return row is not None and row[0] == moving.version.creation_timestamp


def _bring_aliases(tx: Transaction, model: int, moving: MovingRegistered) -> list[Change]:
    changes = []
    versions = {one.version.version for one in moving.versions}
    for alias, version in ((one.alias, one.version) for one in moving.model.aliases if one.version in versions):
        made = tx.row(
            "INSERT INTO model_aliases (model_id, alias, version) VALUES (:model, :alias, :version) "
            "ON CONFLICT (model_id, alias) DO NOTHING RETURNING version",
            {"model": model, "alias": alias, "version": int(version)},
        )
        if made is not None:
            changes.append(Change("alias", None, version, key=alias))
    return changes
