"""The trash, emptied: runs, logged models and experiments that were deleted a while ago are removed for good.

With the rows of each goes a note of its folder (`doomed_folders`), in the same transaction: whoever stops between the
rows and the bytes leaves a list of what is still to be removed. What is restored at the same moment is either restored
or gone, since its row is held from where it is looked at. What is kept: that of which a version of a registered model
is made, and what lies around the place of an experiment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from trackline.db.transaction import Transaction
from trackline.domain.artifact_paths import below
from trackline.store.editions import edited
from trackline.store.topics import EXPERIMENTS, announce_experiment

_RUNS = """
SELECT id FROM runs
WHERE lifecycle = 'deleted' AND deleted_ms <= :before AND id > :after AND {of_runs} AND {of_experiments}
ORDER BY id LIMIT :most
"""
_MODELS = """
SELECT id FROM logged_models
WHERE id > :after AND {of_experiments} AND (
    (lifecycle = 'deleted' AND deleted_ms <= :before) OR experiment_id IN (
        SELECT e.id FROM experiments e WHERE e.lifecycle = 'deleted' AND e.deleted_ms <= :before
    )
)
ORDER BY id LIMIT :most
"""
_EMPTY_EXPERIMENTS = """
SELECT id FROM experiments
WHERE lifecycle = 'deleted' AND deleted_ms <= :before AND id > :after AND id <> 0 AND {of_experiments}
AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.experiment_id = experiments.id)
AND NOT EXISTS (SELECT 1 FROM logged_models m WHERE m.experiment_id = experiments.id)
ORDER BY id LIMIT :most
"""
_RUN_FOLDERS = """
SELECT r.id, r.uuid, r.experiment_id, coalesce(r.artifact_location, e.artifact_location), r.uuid,
    (SELECT count(*) FROM model_versions v WHERE v.run_uuid = r.uuid)
FROM runs r JOIN experiments e ON e.id = r.experiment_id WHERE {among} ORDER BY r.id
"""
_MODEL_FOLDERS = """
SELECT m.id, m.model_id, m.experiment_id, coalesce(m.artifact_location, e.artifact_location), 'models/' || m.model_id,
    (SELECT count(*) FROM model_versions v WHERE v.logged_model_id = m.model_id)
FROM logged_models m JOIN experiments e ON e.id = m.experiment_id WHERE {among} ORDER BY m.id
"""
_IN_USE = """
SELECT value FROM {folders}
WHERE EXISTS (SELECT 1 FROM model_versions v WHERE substr(v.location, 1, length(value)) = value)
OR EXISTS (SELECT 1 FROM experiments e WHERE substr(e.artifact_location, 1, length(value)) = value)
"""


class Wanted(NamedTuple):
    """What of the trash: deleted until then; only these runs, or what these experiments hold, where some are named."""

    before_ms: int
    run_ids: Sequence[str] = ()
    experiments: Sequence[int] = ()


class Item(NamedTuple):
    """A run or logged model in the trash. `folder`: the URI of all that it has. `kept`: it cannot go."""

    number: int
    name: str
    experiment: int
    folder: str
    kept: bool


class Page(NamedTuple):
    """`last`: the number of the last that was looked at, None where there was none."""

    last: int | None
    items: list[Item]


Look = Callable[[Transaction, Wanted, int, int], Page]


def look_at_runs(tx: Transaction, wanted: Wanted, after: int, most: int) -> Page:
    return _look(tx, _RUNS, _RUN_FOLDERS.format(among=tx.dialect.among("r.id", "ids")), (wanted, after, most), "")


def look_at_models(tx: Transaction, wanted: Wanted, after: int, most: int) -> Page:
    return _look(tx, _MODELS, _MODEL_FOLDERS.format(among=tx.dialect.among("m.id", "ids")), (wanted, after, most), "")


def purge_runs(tx: Transaction, wanted: Wanted, after: int, most: int) -> Page:
    """Remove the next `most` runs beyond number `after`, but for those that are kept."""
    folders = _RUN_FOLDERS.format(among=tx.dialect.among("r.id", "ids"))
    page = _look(tx, _RUNS, folders, (wanted, after, most), tx.dialect.to_change)
    gone = [item for item in page.items if not item.kept]
    values = {"ids": [item.number for item in gone], "uuids": [item.name for item in gone]}
    of_runs = tx.dialect.among("run_id", "ids")
    datasets = tx.rows(f"SELECT DISTINCT dataset_id FROM dataset_inputs WHERE {of_runs}", values)
    tx.execute(f"DELETE FROM logged_model_metrics WHERE {tx.dialect.among('run_uuid', 'uuids')}", values)
    tx.execute(f"DELETE FROM runs WHERE {tx.dialect.among('id', 'ids')}", values)
    tx.execute(
        f"DELETE FROM datasets WHERE {tx.dialect.among('id', 'ids')} "
        "AND NOT EXISTS (SELECT 1 FROM dataset_inputs i WHERE i.dataset_id = datasets.id)",
        {"ids": [number for (number,) in datasets]},
    )
    _doom(tx, gone)
    return page


def purge_models(tx: Transaction, wanted: Wanted, after: int, most: int) -> Page:
    """The same of logged models: those in the trash, and all in experiments that are."""
    folders = _MODEL_FOLDERS.format(among=tx.dialect.among("m.id", "ids"))
    page = _look(tx, _MODELS, folders, (wanted, after, most), tx.dialect.to_change)
    gone = [item for item in page.items if not item.kept]
    values = {"ids": [item.number for item in gone], "names": [item.name for item in gone]}
    of_gone = tx.dialect.among("model_id", "names")
    tx.execute(
        f"UPDATE runs SET {edited(tx)} WHERE id IN (SELECT run_id FROM run_models WHERE {of_gone})",
        {"names": values["names"]},
    )
    tx.execute(f"DELETE FROM run_models WHERE {of_gone}", values)
    tx.execute(f"DELETE FROM logged_models WHERE {tx.dialect.among('id', 'ids')}", values)
    _doom(tx, gone)
    return page


def purge_experiments(tx: Transaction, wanted: Wanted, after: int, most: int) -> list[int]:
    """Remove the next experiments in the trash that hold nothing any more, and return their numbers."""
    found = tx.rows(*_question(tx, _EMPTY_EXPERIMENTS, wanted, after, most, tx.dialect.to_change))
    numbers = [number for (number,) in found]
    tx.execute(f"DELETE FROM experiments WHERE {tx.dialect.among('id', 'ids')}", {"ids": numbers})
    if numbers:
        tx.announce(EXPERIMENTS)
    return numbers


def doomed_folders(tx: Transaction, after: int, most: int) -> list[tuple[int, str]]:
    """Number and URI of folders that are to be removed."""
    return tx.rows(
        "SELECT id, uri FROM doomed_folders WHERE id > :after ORDER BY id LIMIT :most", {"after": after, "most": most}
    )


def forget_doomed(tx: Transaction, numbers: list[int]) -> None:
    """They are gone."""
    tx.execute(f"DELETE FROM doomed_folders WHERE {tx.dialect.among('id', 'ids')}", {"ids": numbers})


def not_in_trash(tx: Transaction, wanted: Wanted) -> tuple[list[str], list[int]]:
    """Those of the runs and experiments named that do not lie in the trash."""
    among = tx.dialect.among
    runs = tx.rows(
        f"SELECT uuid FROM runs WHERE lifecycle = 'deleted' AND {among('uuid', 'ids')}", {"ids": list(wanted.run_ids)}
    )
    experiments = tx.rows(
        f"SELECT id FROM experiments WHERE lifecycle = 'deleted' AND {among('id', 'ids')}",
        {"ids": list(wanted.experiments)},
    )
    return sorted(set(wanted.run_ids) - {one for (one,) in runs}), sorted(
        set(wanted.experiments) - {one for (one,) in experiments}
    )


def bytes_of_points(tx: Transaction, runs: list[int]) -> int:
    """What the points of these runs take, as they are stored."""
    among = tx.dialect.among("run_id", "ids")
    (count,) = tx.rows(
        f"SELECT (SELECT coalesce(sum(length(payload)), 0) FROM metric_blocks WHERE {among}) "
        f"+ (SELECT coalesce(sum(length(records)), 0) FROM metric_log WHERE {among})",
        {"ids": runs},
    )[0]
    return int(count)


def _look(tx: Transaction, trash: str, folders: str, page: tuple[Wanted, int, int], held: str) -> Page:
    """`held`: the dialect's way to keep others from the rows, "" for one who only looks."""
    ids = [number for (number,) in tx.rows(*_question(tx, trash, *page, held))]
    if not ids:
        return Page(None, [])
    items = [
        Item(number, name, experiment, below(location, folder), bool(versions))
        for number, name, experiment, location, folder, versions in tx.rows(folders, {"ids": ids})
    ]
    of_folders = _IN_USE.format(folders=tx.dialect.each("folders"))
    in_use = {folder for (folder,) in tx.rows(of_folders, {"folders": [f"{item.folder}/" for item in items]})}
    return Page(ids[-1], [item._replace(kept=item.kept or f"{item.folder}/" in in_use) for item in items])


def _question(
    tx: Transaction, query: str, wanted: Wanted, after: int, most: int, held: str
) -> tuple[str, dict[str, Any]]:
    column = "id" if query is _EMPTY_EXPERIMENTS else "experiment_id"
    of_runs = tx.dialect.among("uuid", "runs") if wanted.run_ids else "TRUE"
    of_experiments = tx.dialect.among(column, "experiments") if wanted.experiments else "TRUE"
    values: dict[str, Any] = {"before": wanted.before_ms, "after": after, "most": most}
    values |= {"runs": list(wanted.run_ids), "experiments": list(wanted.experiments)}
    return query.format(of_runs=of_runs, of_experiments=of_experiments) + held, values


def _doom(tx: Transaction, items: list[Item]) -> None:
    tx.many(
        "INSERT INTO doomed_folders (uri, doomed_ms) VALUES (:uri, :now)",
        [{"uri": item.folder, "now": tx.now_ms} for item in items],
    )
    for experiment in {item.experiment for item in items}:
        announce_experiment(tx, experiment)
