"""Runs: their life from creation to the trash and back, and what may be said of a living one."""

from __future__ import annotations

from typing import NamedTuple

from trackline.db.transaction import Transaction
from trackline.domain.artifact_paths import run_artifact_uri
from trackline.domain.entities import ENDED, RUN_NAME_TAG, Lifecycle, RunInfo, RunStatus, Tag
from trackline.domain.errors import InvalidParameter, InvalidState, NotFound
from trackline.store.experiments import active_experiment
from trackline.store.metrics import seal_run
from trackline.store.tags import write_tags

INFO_COLUMNS = """
r.id, r.uuid, r.name, r.experiment_id, r.user_id, r.status, r.start_ms, r.end_ms, r.lifecycle, e.artifact_location
FROM runs r JOIN experiments e ON e.id = r.experiment_id
"""


class LivingRun(NamedTuple):
    """A run that may be written to."""

    id: int
    uuid: str
    experiment_id: int


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


def insert_run(tx: Transaction, new: NewRun) -> int:
    """The new run's number."""
    experiment = active_experiment(tx, new.experiment_id)
    (number,) = tx.rows(
        "INSERT INTO runs (uuid, experiment_id, name, user_id, status, start_ms, lifecycle) "
        "VALUES (:uuid, :experiment, :name, :user, 'RUNNING', :start, 'active') RETURNING id",
        {
            "uuid": new.uuid,
            "experiment": experiment,
            "name": new.name,
            "user": new.user_id,
            "start": new.start_ms,
        },
    )[0]
    write_tags(tx, number, [*new.tags, Tag(RUN_NAME_TAG, new.name)])
    return int(number)


def update_run(tx: Transaction, uuid: str, change: RunChange) -> RunInfo:
    """Apply the change; a run that has ended gives back the room its open metric log takes."""
    run = living_run(tx, uuid)
    tx.execute(
        "UPDATE runs SET status = coalesce(:status, status), end_ms = coalesce(:end, end_ms), "
        "name = coalesce(:name, name) WHERE id = :id",
        {"status": change.status, "end": change.end_ms, "name": change.name or None, "id": run.id},
    )
    if change.name:
        write_tags(tx, run.id, [Tag(RUN_NAME_TAG, change.name)])
    if change.status in ENDED:
        seal_run(tx, run.id)
    return read_info(tx, uuid)


def rename_run(tx: Transaction, run: LivingRun, name: str) -> None:
    """An empty name changes nothing, as in MLflow."""
    if name:
        tx.execute("UPDATE runs SET name = :name WHERE id = :id", {"name": name, "id": run.id})
        write_tags(tx, run.id, [Tag(RUN_NAME_TAG, name)])


def delete_run(tx: Transaction, uuid: str, force: bool = False) -> None:
    """Into the trash; what it holds stays until the trash is emptied.

    Raises InvalidState for a run whose model is registered, unless `force` is set.
    """
    registered = [] if force else _versions_of(tx, uuid)
    if registered:
        more = f" and {len(registered) - 1} more" if len(registered) > 1 else ""
        raise InvalidState(
            f"Run {uuid} cannot be deleted, because its model is registered: {registered[0]}{more}. Delete what is "
            'registered first, or delete the run all the same by sending "force": true.'
        )
    _change_lifecycle(tx, uuid, "deleted", tx.now_ms)


def restore_run(tx: Transaction, uuid: str) -> None:
    _change_lifecycle(tx, uuid, "active", None)


def living_run(tx: Transaction, uuid: str) -> LivingRun:
    """The run, if it may be written to. Raises NotFound, or InvalidParameter for a deleted one."""
    row = tx.row("SELECT id, experiment_id, lifecycle FROM runs WHERE uuid = :uuid", {"uuid": uuid})
    if row is None:
        raise run_not_found(uuid)
    number, experiment, lifecycle = row
    if lifecycle != "active":
        raise InvalidParameter(f"The run {uuid} must be in the 'active' state. Current state is {lifecycle}.")
    return LivingRun(number, uuid, experiment)


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
    row = tx.row(f"SELECT {INFO_COLUMNS} WHERE r.uuid = :uuid", {"uuid": uuid})
    if row is None:
        raise run_not_found(uuid)
    return info_of(row)


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
        end_time=end_ms or None,  # MLflow shows no end at 0
    )


def run_not_found(uuid: str) -> NotFound:
    return NotFound(f"Run with id={uuid} not found")


def _versions_of(tx: Transaction, uuid: str) -> list[str]:
    return [
        f"version {version} of '{name}'"
        for name, version in tx.rows(
            "SELECT m.name, v.version FROM model_versions v JOIN registered_models m ON m.id = v.model_id "
            "WHERE v.run_uuid = :uuid ORDER BY m.name, v.version",
            {"uuid": uuid},
        )
    ]


def _change_lifecycle(tx: Transaction, uuid: str, lifecycle: Lifecycle, deleted_ms: int | None) -> None:
    changed = tx.execute(
        "UPDATE runs SET lifecycle = :lifecycle, deleted_ms = :deleted WHERE uuid = :uuid",
        {"lifecycle": lifecycle, "deleted": deleted_ms, "uuid": uuid},
    )
    if not changed:
        raise run_not_found(uuid)
