"""Runs: their life from creation to the trash and back, and what may be said of a living one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from msgspec.structs import replace

from trackline.db.transaction import Answer, Transaction
from trackline.domain.artifact_paths import run_artifact_uri
from trackline.domain.entities import ENDED, RUN_NAME_TAG, Lifecycle, RunInfo, RunStatus, Tag
from trackline.domain.errors import InvalidParameter, NotFound
from trackline.domain.events import run_ended
from trackline.domain.limits import experiment_number
from trackline.store.editions import edited, edition_with
from trackline.store.experiments import ask_active
from trackline.store.keys import ask_keys
from trackline.store.metrics import sealer
from trackline.store.outbox import teller
from trackline.store.registered import Doomed, check_unregistered
from trackline.store.tags import put_tags, write_tags
from trackline.store.topics import announce_run

SEEN_EVERY_MS = 15_000  # so often it is noted that a run was heard of, not with each thing that it logs

INFO_COLUMNS = """
r.id, r.uuid, r.name, r.experiment_id, r.user_id, r.status, r.start_ms, r.end_ms, r.lifecycle,
    coalesce(r.artifact_location, e.artifact_location)
FROM runs r JOIN experiments e ON e.id = r.experiment_id
"""


_TOLD_OF_END = ("run_id", "run_name", "experiment_id", "user_id", "status", "start_time", "end_time")


class LivingRun(NamedTuple):
    """A run that may be written to."""

    id: int
    uuid: str
    experiment_id: int
    status: RunStatus


class NewRun(NamedTuple):
    """What a client says of a run when it begins; `name` and `uuid` are already made."""

    uuid: str
    experiment_id: str
    name: str
    user_id: str
    start_ms: int
    tags: list[Tag]


class RunChange(NamedTuple):
    """What of a run is to change; None leaves it as it is."""

    status: RunStatus | None = None
    end_ms: int | None = None
    name: str | None = None


def ask_insert_run(tx: Transaction, new: NewRun) -> Callable[[], RunInfo]:
    """The new run, which is whole once what this returns was called (`tx.ask`)."""
    tags = [*new.tags, Tag(RUN_NAME_TAG, new.name)]
    numbers = ask_keys(tx, [tag.key for tag in tags])
    active = ask_active(tx, new.experiment_id)
    inserted = tx.ask(
        "INSERT INTO runs (uuid, experiment_id, name, user_id, status, start_ms, lifecycle, seen_ms) "
        "SELECT :uuid, id, :name, :user, 'RUNNING', :start, 'active', :now FROM experiments "
        "WHERE id = :experiment AND lifecycle = 'active' RETURNING id",
        {
            "uuid": new.uuid,
            "experiment": experiment_number(new.experiment_id),
            "name": new.name,
            "user": new.user_id,
            "start": new.start_ms,
            "now": tx.now_ms,
        },
    )

    def put() -> RunInfo:
        experiment, location = active()
        keys = numbers()
        ((number,),) = inserted()
        put_tags(tx, number, tags, keys)
        announce_run(tx, new.uuid, experiment)
        return info_of(
            (number, new.uuid, new.name, experiment, new.user_id, "RUNNING", new.start_ms, None, "active", location)
        )

    return put


def ask_update_run(tx: Transaction, uuid: str, change: RunChange) -> Callable[[], RunInfo]:
    """The run as it is then, once what this returns was called (`tx.ask`)."""
    living = ask_living_run(tx, uuid)
    apply = run_changer(tx, uuid, change)
    return lambda: apply(living())


def run_changer(tx: Transaction, uuid: str, change: RunChange) -> Callable[[LivingRun], RunInfo]:
    """Ask what has to be known (`tx.ask`); the change is made by calling what this returns. A run that has ended gives
    back the room its open metric log takes.
    """
    known = ask_info(tx, uuid)
    ended = change.status if change.status in ENDED else None
    tell = teller(tx, run_ended(ended)) if ended else None
    seal = sealer(tx, uuid) if ended else None

    def apply(run: LivingRun) -> RunInfo:
        info = _changed(info_in(known, uuid), change)
        tx.execute(
            f"UPDATE runs SET status = :status, end_ms = coalesce(:end, end_ms), name = :name, "
            f"edition = {edition_with(tx, ':status')} WHERE id = :id",
            {"status": info.status, "end": change.end_ms, "name": info.run_name, "id": run.id},
        )
        if change.name:
            write_tags(tx, run.id, [Tag(RUN_NAME_TAG, change.name)])
        if seal:
            seal(run.id)
        if tell and info.status != run.status:
            tell({name: getattr(info, name) for name in _TOLD_OF_END})
        return info

    return apply


def rename_run(tx: Transaction, run: LivingRun, name: str) -> None:
    """An empty name changes nothing, as in MLflow."""
    if name:
        tx.execute("UPDATE runs SET name = :name WHERE id = :id", {"name": name, "id": run.id})
        write_tags(tx, run.id, [Tag(RUN_NAME_TAG, name)])


def delete_run(tx: Transaction, uuid: str, force: bool = False) -> None:
    """Into the trash; what it holds stays until the trash is emptied.

    Raises InvalidState for a run whose model is registered, unless `force` is set.
    """
    if not force:
        by_force = f'POST runs/delete {{"run_id": "{uuid}", "force": true}}'
        check_unregistered(tx, Doomed(f"Run {uuid}", "v.run_uuid = :id", uuid, by_force))
    _change_lifecycle(tx, uuid, "deleted", tx.now_ms)


def restore_run(tx: Transaction, uuid: str) -> None:
    _change_lifecycle(tx, uuid, "active", None)


def living_run(tx: Transaction, uuid: str) -> LivingRun:
    """The run, to write to it: others that would do so wait, and those who look at it are told afterwards.

    Raises NotFound, or InvalidParameter for a deleted one.
    """
    return ask_living_run(tx, uuid)()


def ask_living_run(tx: Transaction, uuid: str) -> Callable[[], LivingRun]:
    """As `living_run`, which comes by calling what this returns (`tx.ask`)."""
    query = f"SELECT id, experiment_id, status, lifecycle, seen_ms FROM runs WHERE uuid = :uuid {tx.dialect.to_change}"
    found = tx.ask(query, {"uuid": uuid})
    return lambda: _living(tx, uuid, found())


def _living(tx: Transaction, uuid: str, found: list[Any]) -> LivingRun:
    if not found:
        raise run_not_found(uuid)
    ((number, experiment, status, lifecycle, seen_ms),) = found
    if lifecycle != "active":
        raise not_active(uuid, lifecycle)
    if seen_ms is None or seen_ms < tx.now_ms - SEEN_EVERY_MS:
        tx.execute("UPDATE runs SET seen_ms = :now WHERE id = :id", {"now": tx.now_ms, "id": number})
    announce_run(tx, uuid, experiment)
    if status in ENDED:
        tx.execute(f"UPDATE runs SET {edited(tx)} WHERE id = :id", {"id": number})
    return LivingRun(number, uuid, experiment, status)


def run_number(tx: Transaction, uuid: str) -> int:
    """The number of a run, living or deleted."""
    row = tx.row("SELECT id FROM runs WHERE uuid = :uuid", {"uuid": uuid})
    if row is None:
        raise run_not_found(uuid)
    return int(row[0])


def run_numbers(tx: Transaction, uuids: list[str]) -> dict[str, int]:
    """The numbers of those of these runs that exist, living or deleted."""
    return dict(tx.rows(f"SELECT uuid, id FROM runs WHERE {tx.dialect.among('uuid', 'uuids')}", {"uuids": uuids}))


def read_info(tx: Transaction, uuid: str) -> RunInfo:
    return info_in(ask_info(tx, uuid), uuid)


def ask_info(tx: Transaction, uuid: str) -> Answer:
    """For `info_in`."""
    return tx.ask(f"SELECT {INFO_COLUMNS} WHERE r.uuid = :uuid", {"uuid": uuid})


def info_in(answer: Answer, uuid: str) -> RunInfo:
    rows = answer()
    if not rows:
        raise run_not_found(uuid)
    return info_of(rows[0])


def artifact_uri_of_run(tx: Transaction, uuid: str) -> str:
    return read_info(tx, uuid).artifact_uri


def info_of(row: tuple[int, str, str, int, str, RunStatus, int, int | None, Lifecycle, str]) -> RunInfo:
    """A row of INFO_COLUMNS as the value it stands for."""
    _, uuid, name, experiment, user_id, status, start_ms, end_ms, lifecycle, location = row
    return RunInfo(
        run_id=uuid,
        run_uuid=uuid,
        run_name=name,
        experiment_id=str(experiment),
        user_id=user_id,
        status=status,
        artifact_uri=run_artifact_uri(location, uuid),
        lifecycle_stage=lifecycle,
        start_time=start_ms,
        end_time=_shown_end(end_ms),
    )


def _shown_end(end_ms: int | None) -> int | None:
    return end_ms or None  # MLflow shows no end at 0


def run_not_found(uuid: str) -> NotFound:
    return NotFound(f"Run with id={uuid} not found")


def not_active(uuid: str, lifecycle: Lifecycle) -> InvalidParameter:
    return InvalidParameter(f"The run {uuid} must be in the 'active' state. Current state is {lifecycle}.")


def _changed(info: RunInfo, change: RunChange) -> RunInfo:
    return replace(
        info,
        status=change.status or info.status,
        end_time=info.end_time if change.end_ms is None else _shown_end(change.end_ms),
        run_name=change.name or info.run_name,
    )


def _change_lifecycle(tx: Transaction, uuid: str, lifecycle: Lifecycle, deleted_ms: int | None) -> None:
    changed = tx.row(
        f"UPDATE runs SET lifecycle = :lifecycle, deleted_ms = :deleted, {edited(tx)} WHERE uuid = :uuid "
        "RETURNING experiment_id",
        {"lifecycle": lifecycle, "deleted": deleted_ms, "uuid": uuid},
    )
    if changed is None:
        raise run_not_found(uuid)
    announce_run(tx, uuid, changed[0])
