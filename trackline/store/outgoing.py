"""All that is here, deleted things too, to be taken elsewhere or compared with what is there."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from trackline.db.transaction import Transaction
from trackline.domain.entities import Experiment
from trackline.domain.moving import MovingModel, MovingRegistered, MovingRun, MovingVersion
from trackline.domain.points import Points, in_order_by_key, join_points
from trackline.store.experiments import read_experiments
from trackline.store.logged_models import read_models as read_logged_models
from trackline.store.logged_points import read_whole_log
from trackline.store.metric_blocks import read_all_blocks
from trackline.store.registry.documents import read_models, read_versions_with_aliases
from trackline.store.run_documents import read_runs

_VERSION_OF = """
(v.run_uuid IN (SELECT uuid FROM runs WHERE {of})
OR v.logged_model_id IN (SELECT model_id FROM logged_models WHERE {of}))
"""
AT_ONCE = 1_000_000  # points of a run that are read together; of a longer run, metric by metric


def all_experiments(tx: Transaction) -> list[Experiment]:
    return read_experiments(tx, [number for (number,) in tx.rows("SELECT id FROM experiments ORDER BY id")])


def count_runs(tx: Transaction, experiments: list[int]) -> tuple[int, int]:
    """How many runs the experiments have, and how many points."""
    (runs,) = tx.rows(f"SELECT count(*) FROM runs WHERE {_of(tx)}", {"experiments": experiments})[0]
    (points,) = tx.rows(
        "SELECT CAST(coalesce(sum(s.points), 0) AS BIGINT) FROM runs r JOIN metric_summaries s ON s.run_id = r.id "
        f"WHERE {_of(tx)}",
        {"experiments": experiments},
    )[0]
    return int(runs), int(points)


def runs_after(tx: Transaction, experiments: list[int], last: int, most: int) -> list[int]:
    """The numbers of the next runs of these experiments, by number."""
    rows = tx.rows(
        f"SELECT id FROM runs WHERE {_of(tx)} AND id > :last ORDER BY id LIMIT {most}",
        {"experiments": experiments, "last": last},
    )
    return [number for (number,) in rows]


def whole_runs(tx: Transaction, ids: list[int]) -> list[MovingRun]:
    """In the order of the numbers."""
    deleted = dict(tx.rows(f"SELECT uuid, deleted_ms FROM runs WHERE {tx.dialect.among('id', 'ids')}", {"ids": ids}))
    return [MovingRun(run, deleted[run.info.run_id]) for run in read_runs(tx, ids)]


def points_of(tx: Transaction, run_id: int, key_id: int | None = None) -> Points:
    """All points of the run, or of one of its metrics, by key, then as in a history, each once."""
    parts = [*read_all_blocks(tx, run_id, key_id), read_whole_log(tx, run_id)]
    if key_id is not None:
        parts = [part.take(part.keys == key_id) for part in parts]
    return in_order_by_key(join_points(parts))


def points_by_key(tx: Transaction, run_id: int) -> dict[int, int]:
    """How many points each metric of the run has; one that was sent twice may count twice."""
    return dict(tx.rows("SELECT key_id, points FROM metric_summaries WHERE run_id = :run", {"run": run_id}))


def points_by_name(tx: Transaction, run_id: int) -> dict[str, int]:
    """The same, by the metrics' names."""
    counts = points_by_key(tx, run_id)
    names = names_of(tx, [*counts])
    return {names[key_id]: count for key_id, count in counts.items()}


def names_of(tx: Transaction, keys: list[int]) -> dict[int, str]:
    return dict(tx.rows(f"SELECT id, name FROM keys WHERE {tx.dialect.among('id', 'keys')}", {"keys": keys}))


def logged_models_after(tx: Transaction, experiments: list[int], last: int, most: int) -> tuple[list[MovingModel], int]:
    """The next models, and the number of the last of them."""
    rows = tx.rows(
        f"SELECT id, lifecycle FROM logged_models WHERE {_of(tx)} AND id > :last ORDER BY id LIMIT {most}",
        {"experiments": experiments, "last": last},
    )
    models = read_logged_models(tx, [number for number, _ in rows])
    moving = [MovingModel(model, lifecycle) for model, (_, lifecycle) in zip(models, rows, strict=True)]
    return moving, rows[-1][0] if rows else last


def whole_registered(tx: Transaction, experiments: list[int] | None = None) -> Iterator[MovingRegistered]:
    """`experiments`: only the versions that come from their runs or logged models, and the models that have such."""
    which = "TRUE" if experiments is None else _VERSION_OF.format(of=_of(tx))
    for number, last in tx.rows("SELECT id, last_version FROM registered_models ORDER BY name"):
        rows = tx.rows(
            f"SELECT id, location FROM model_versions v WHERE model_id = :model AND {which} ORDER BY version",
            {"model": number, "experiments": experiments},
        )
        if rows or experiments is None:
            yield _registered(tx, number, last, rows)


def _registered(tx: Transaction, number: int, last: int, rows: list[tuple[int, str]]) -> MovingRegistered:
    """`rows`: its versions, each with its location."""
    versions = read_versions_with_aliases(tx, [version for version, _ in rows])
    numbers = {version.version for version in versions}
    model = read_models(tx, [number])[0]
    aliases = [alias for alias in model.aliases if alias.version in numbers]
    model = msgspec.structs.replace(model, latest_versions=[], aliases=aliases)
    moving = [MovingVersion(version, location) for version, (_, location) in zip(versions, rows, strict=True)]
    return MovingRegistered(model, moving, last)


def _of(tx: Transaction) -> str:
    return tx.dialect.among("experiment_id", "experiments")
