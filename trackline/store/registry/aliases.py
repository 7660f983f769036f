"""Aliases: names of one's own for versions, which may move from one to another."""

from __future__ import annotations

from trackline.db.transaction import Transaction
from trackline.domain.errors import InvalidState
from trackline.domain.events import ALIAS_CREATED, ALIAS_DELETED, PROMPT_ALIAS_CREATED, PROMPT_ALIAS_DELETED
from trackline.domain.registry import Change, ModelVersion
from trackline.store.outbox import tell
from trackline.store.registry.documents import read_versions_with_aliases
from trackline.store.registry.history import note
from trackline.store.registry.lookup import (
    ModelRef,
    alias_target,
    aliased_number,
    find_model,
    find_version,
    take_model,
    take_version,
)


def get_version_by_alias(tx: Transaction, name: str, alias: str) -> ModelVersion:
    """`latest`, in any case, is the highest version. Raises InvalidParameter where no version has the alias."""
    version = find_version(tx, name, aliased_number(tx, find_model(tx, name), alias))
    return read_versions_with_aliases(tx, [version.id])[0]


def set_alias(tx: Transaction, name: str, alias: str, number: int, actor: str) -> None:
    """Give the alias to the version, whichever had it before."""
    _move(tx, take_version(tx, name, number).model, alias, number, actor)


def delete_alias(tx: Transaction, name: str, alias: str, actor: str) -> None:
    """Nothing happens where there is no such alias."""
    model = take_model(tx, name)
    erased = tx.rows(
        "DELETE FROM model_aliases WHERE model_id = :model AND alias = :alias RETURNING version",
        {"model": model.id, "alias": alias},
    )
    note(tx, actor, model, [Change("alias", str(version), None, key=alias) for (version,) in erased])
    tell(tx, PROMPT_ALIAS_DELETED if model.is_prompt else ALIAS_DELETED, {"name": name, "alias": alias})


def roll_back_alias(tx: Transaction, name: str, alias: str, actor: str) -> ModelVersion:
    """Give the alias back to the version that had it before its last change, and return that version.

    That is a change as well: rolled back twice, the alias is where it was. Raises InvalidState where no version had
    the alias before, or the one which had it is deleted.
    """
    model = take_model(tx, name)
    last = tx.row(
        "SELECT before FROM registry_history WHERE model_id = :model AND key = :alias AND what = 'alias' "
        "ORDER BY id DESC LIMIT 1",
        {"model": model.id, "alias": alias},
    )
    if last is None or last[0] is None:
        raise InvalidState(f"Alias '{alias}' of model '{name}' had no version before, so it cannot be rolled back.")
    number = int(last[0])
    kept = tx.row(
        "SELECT id FROM model_versions WHERE model_id = :model AND version = :version",
        {"model": model.id, "version": number},
    )
    if kept is None:
        raise InvalidState(
            f"Alias '{alias}' of model '{name}' cannot be rolled back: it belonged to version {number}, which is "
            "deleted. Give it to another version."
        )
    _move(tx, model, alias, number, actor)
    return read_versions_with_aliases(tx, [kept[0]])[0]


def _move(tx: Transaction, model: ModelRef, alias: str, number: int, actor: str) -> None:
    before = alias_target(tx, model, alias)
    tx.execute(
        "INSERT INTO model_aliases (model_id, alias, version) VALUES (:model, :alias, :version) "
        "ON CONFLICT (model_id, alias) DO UPDATE SET version = excluded.version",
        {"model": model.id, "alias": alias, "version": number},
    )
    note(tx, actor, model, [Change("alias", None if before is None else str(before), str(number), key=alias)])
    event = PROMPT_ALIAS_CREATED if model.is_prompt else ALIAS_CREATED
    tell(tx, event, {"name": model.name, "alias": alias, "version": str(number)})
