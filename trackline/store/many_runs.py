"""Many runs at once, as a page that lets people check rows needs it: all of them or none."""

from __future__ import annotations

from typing import Any

from trackline.db.transaction import Transaction
from trackline.domain.entities import Lifecycle, Tag
from trackline.domain.errors import InvalidParameter, InvalidState
from trackline.store.editions import edited
from trackline.store.keys import intern_keys
from trackline.store.registered import named_version
from trackline.store.runs import run_not_found
from trackline.store.topics import announce_run

_REGISTERED = """
SELECT m.name, v.version, v.run_uuid FROM model_versions v JOIN registered_models m ON m.id = v.model_id
WHERE {runs} ORDER BY m.name, v.version LIMIT 1
"""


def delete_runs(tx: Transaction, uuids: list[str], force: bool) -> int:
    """How many went into the trash. Raises InvalidState where a model of one is registered, unless `force` is set."""
    registered = tx.row(_REGISTERED.format(runs=tx.dialect.among("v.run_uuid", "uuids")), {"uuids": uuids})
    if registered is not None and not force:
        name, version, uuid = registered
        raise InvalidState(
            f"Run {uuid} cannot be deleted, because its model is registered: {named_version(tx, name, version)}. "
            'Leave it out, delete what is registered first, or send "force": true.'
        )
    return _change_lifecycle(tx, uuids, "deleted", tx.now_ms)


def restore_runs(tx: Transaction, uuids: list[str]) -> int:
    """How many came out of the trash."""
    return _change_lifecycle(tx, uuids, "active", None)


def tag_runs(tx: Transaction, uuids: list[str], tag: Tag) -> int:
    """How many runs have the tag now. Raises InvalidParameter where one lies in the trash."""
    condition = tx.dialect.among("uuid", "uuids")
    found = tx.rows(f"SELECT id, uuid, experiment_id, lifecycle FROM runs WHERE {condition}", {"uuids": uuids})
    _check_all_found(uuids, [row[1] for row in found])
    for _, uuid, experiment, lifecycle in found:
        if lifecycle != "active":
            raise InvalidParameter(f"The run {uuid} must be in the 'active' state. Current state is {lifecycle}.")
        announce_run(tx, uuid, experiment)
    key = intern_keys(tx, [tag.key])[tag.key]
    tx.many(
        "INSERT INTO tags (run_id, key_id, value) VALUES (:run, :key, :value) "
        "ON CONFLICT (run_id, key_id) DO UPDATE SET value = excluded.value",
        [{"run": row[0], "key": key, "value": tag.value} for row in found],
    )
    tx.execute(f"UPDATE runs SET {edited(tx)} WHERE {condition}", {"uuids": uuids})
    return len(found)


def _change_lifecycle(tx: Transaction, uuids: list[str], lifecycle: Lifecycle, deleted_ms: int | None) -> int:
    changed: list[Any] = tx.rows(
        f"UPDATE runs SET lifecycle = :lifecycle, deleted_ms = :deleted, {edited(tx)} "
        f"WHERE {tx.dialect.among('uuid', 'uuids')} RETURNING uuid, experiment_id",
        {"lifecycle": lifecycle, "deleted": deleted_ms, "uuids": uuids},
    )
    _check_all_found(uuids, [uuid for uuid, _ in changed])
    for uuid, experiment in changed:
        announce_run(tx, uuid, experiment)
    return len(changed)


def _check_all_found(asked: list[str], found: list[str]) -> None:
    if missing := set(asked) - set(found):
        raise run_not_found(min(missing))
