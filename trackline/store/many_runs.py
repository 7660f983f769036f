"""Many runs at once, as a page that lets people check rows needs it: all of them or none."""

from __future__ import annotations

from typing import Any

from trackline.db.transaction import Transaction
from trackline.domain.entities import Lifecycle, Tag
from trackline.domain.errors import InvalidState
from trackline.store.editions import edited
from trackline.store.keys import intern_keys
from trackline.store.registered import named_version
from trackline.store.runs import LivingRun, not_active, run_not_found
from trackline.store.tags import SET_TAG
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
    found = living_runs(tx, uuids)
    key = intern_keys(tx, [tag.key])[tag.key]
    tx.many(SET_TAG, [{"run": run.id, "key": key, "value": tag.value} for run in found])
    return len(found)


def living_runs(tx: Transaction, uuids: list[str]) -> list[LivingRun]:
    """The runs, to write to them: as `runs.living_run`, which raises the same."""
    rows = tx.rows(
        "SELECT id, uuid, experiment_id, status, lifecycle FROM runs "
        f"WHERE {tx.dialect.among('uuid', 'uuids')} ORDER BY id {tx.dialect.to_change}",
        {"uuids": uuids},
    )
    _check_all_found(uuids, [row[1] for row in rows])
    for _, uuid, experiment, _, lifecycle in rows:
        if lifecycle != "active":
            raise not_active(uuid, lifecycle)
        announce_run(tx, uuid, experiment)
    tx.execute(f"UPDATE runs SET {edited(tx)} WHERE {tx.dialect.among('uuid', 'uuids')}", {"uuids": uuids})
    return [LivingRun(*row[:4]) for row in rows]


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
