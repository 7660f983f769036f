"""Runs of another tracker: params, tags and what they read and made. Their points: points.py."""

from __future__ import annotations

from typing import Any, NamedTuple

from trackline.db.transaction import Transaction
from trackline.domain.artifact_paths import run_artifact_uri
from trackline.domain.entities import ENDED, Run
from trackline.domain.moving import MovingRun, Settled
from trackline.store.datasets import note_run_inputs
from trackline.store.editions import edited, edition_with
from trackline.store.keys import intern_keys
from trackline.store.runs import run_numbers
from trackline.store.topics import announce_experiment

_INSERT = """
INSERT INTO runs (
    uuid, experiment_id, name, user_id, status, start_ms, end_ms, lifecycle, deleted_ms, artifact_location, seen_ms,
    edition
) VALUES (:uuid, :experiment, :name, :user, :status, :start, :end, :lifecycle, :deleted, :location, :now, {edition})
"""

_KNOWN = """
SELECT r.uuid, r.id, r.status, (SELECT coalesce(sum(points), 0) FROM metric_summaries s WHERE s.run_id = r.id)
FROM runs r WHERE {runs}
"""

_GO_ON = """
UPDATE runs SET status = :status, end_ms = :end, name = :name, edition = {edition} WHERE id = :id
"""


class KnownRun(NamedTuple):
    """A run that is here already, with the number of points it has."""

    id: int
    has_ended: bool
    points: int


def known_runs(tx: Transaction, uuids: list[str]) -> dict[str, KnownRun]:
    query = _KNOWN.format(runs=tx.dialect.among("r.uuid", "uuids"))
    return {
        uuid: KnownRun(number, status in ENDED, int(points))
        for uuid, number, status, points in tx.rows(query, {"uuids": uuids})
    }


def bring_runs(tx: Transaction, moving: list[MovingRun], homes: dict[str, Settled]) -> dict[str, int]:
    """Add what is missing, and give the runs' numbers. `homes`: where the source's experiments went, by their id there.

    A run that is here and has not ended takes status, end, name and tags as they are there.
    """
    known = known_runs(tx, [one.run.info.run_id for one in moving])
    new = [one for one in moving if one.run.info.run_id not in known]
    edition = edition_with(tx, ":status")
    tx.many(_INSERT.format(edition=edition), [_row(one, homes[one.run.info.experiment_id], tx.now_ms) for one in new])
    going = [one.run for one in moving if one.run.info.run_id in known and not known[one.run.info.run_id].has_ended]
    tx.many(_GO_ON.format(edition=edition), [_going_on(run, known[run.info.run_id].id) for run in going])
    numbers = run_numbers(tx, [one.run.info.run_id for one in moving])
    runs = {numbers[one.run.info.run_id]: one.run for one in moving}
    params = [(number, param.key, param.value) for number, run in runs.items() for param in run.data.params]
    _write_values(tx, "params", params)
    tags = [(number, tag.key, tag.value) for number, run in runs.items() for tag in run.data.tags]
    taking = {numbers[run.info.run_id] for run in going}
    _write_values(tx, "tags", [tag for tag in tags if tag[0] not in taking])
    _write_values(tx, "tags", [tag for tag in tags if tag[0] in taking], "UPDATE SET value = excluded.value")
    note_run_inputs(tx, {number: (homes[run.info.experiment_id].number, run) for number, run in runs.items()})
    here_before = [run.id for run in known.values()]
    tx.execute(f"UPDATE runs SET {edited(tx)} WHERE {tx.dialect.among('id', 'runs')}", {"runs": here_before})
    for experiment in {homes[one.run.info.experiment_id].number for one in moving}:
        announce_experiment(tx, experiment)
    return numbers


def _row(one: MovingRun, home: Settled, now_ms: int) -> dict[str, Any]:
    info = one.run.info
    return {
        "uuid": info.run_id,
        "experiment": home.number,
        "name": info.run_name,
        "user": info.user_id,
        "status": info.status,
        "start": info.start_time or 0,
        "end": info.end_time,
        "lifecycle": info.lifecycle_stage,
        "deleted": one.deleted_ms or (now_ms if info.lifecycle_stage == "deleted" else None),
        "location": home.place_apart(info.artifact_uri, run_artifact_uri("", info.run_id)),
        "now": now_ms,
    }


def _going_on(run: Run, number: int) -> dict[str, Any]:
    return {"status": run.info.status, "end": run.info.end_time, "name": run.info.run_name, "id": number}


def _write_values(tx: Transaction, table: str, values: list[tuple[int, str, str]], otherwise: str = "NOTHING") -> None:
    """`otherwise`: what becomes of a value where the run has one of this name."""
    keys = intern_keys(tx, [key for _, key, _ in values]) if values else {}
    tx.many(
        f"INSERT INTO {table} (run_id, key_id, value) VALUES (:run, :key, :value) "
        f"ON CONFLICT (run_id, key_id) DO {otherwise}",
        [{"run": number, "key": keys[key], "value": value} for number, key, value in values],
    )
