"""Saved views of an experiment's table of runs."""

from __future__ import annotations

from typing import NamedTuple

from trackline.db.transaction import Transaction
from trackline.domain.errors import AlreadyExists, InvalidParameter, NotFound
from trackline.domain.tables import SavedView, SavedViews
from trackline.store.experiments import active_experiment, get_experiment
from trackline.store.topics import announce_experiment

MOST = 100  # of an experiment

_VIEWS = "SELECT name, query, is_default, updated_ms FROM saved_views WHERE experiment_id = :id ORDER BY name"
_SAVE = """
INSERT INTO saved_views (experiment_id, name, query, is_default, updated_ms) VALUES (:id, :name, :query, 0, :now)
ON CONFLICT (experiment_id, name) DO UPDATE SET query = excluded.query, updated_ms = excluded.updated_ms
"""
_CHANGE = """
UPDATE saved_views SET name = :new_name, is_default = :is_default, updated_ms = :now
WHERE experiment_id = :id AND name = :name
"""


class ViewChange(NamedTuple):
    """What is None stays as it is."""

    new_name: str | None
    is_default: bool | None


def list_views(tx: Transaction, experiment_id: str) -> SavedViews:
    """By name. Raises NotFound."""
    return SavedViews(list(_views(tx, int(get_experiment(tx, experiment_id).experiment_id)).values()))


def save_view(tx: Transaction, experiment_id: str, view: SavedView, replace: bool) -> None:
    """Under a name that is taken only where `replace` is set. Raises NotFound, AlreadyExists, InvalidParameter."""
    number = active_experiment(tx, experiment_id, tx.dialect.to_change)
    known = _views(tx, number)
    if view.name in known and not replace:
        raise AlreadyExists(f"There is a view '{view.name}' already. Choose another name, or send \"replace\": true.")
    if view.name not in known and len(known) >= MOST:
        raise InvalidParameter(
            f"Experiment {experiment_id} has {MOST} views, which is all it may have. Delete one first."
        )
    tx.execute(_SAVE, {"id": number, "name": view.name, "query": view.query, "now": tx.now_ms})
    announce_experiment(tx, number)


def change_view(tx: Transaction, experiment_id: str, name: str, change: ViewChange) -> None:
    """Raises NotFound, AlreadyExists."""
    number = active_experiment(tx, experiment_id, tx.dialect.to_change)
    known = _views(tx, number)
    if name not in known:
        raise _not_found(name, experiment_id)
    new_name = name if change.new_name is None else change.new_name
    if new_name != name and new_name in known:
        raise AlreadyExists(f"There is a view '{new_name}' already. Choose another name.")
    is_default = known[name].is_default if change.is_default is None else change.is_default
    if is_default:
        tx.execute("UPDATE saved_views SET is_default = 0 WHERE experiment_id = :id", {"id": number})
    changed = {"new_name": new_name, "is_default": int(is_default), "now": tx.now_ms}
    tx.execute(_CHANGE, {"id": number, "name": name, **changed})
    announce_experiment(tx, number)


def delete_view(tx: Transaction, experiment_id: str, name: str) -> None:
    """Raises NotFound."""
    number = active_experiment(tx, experiment_id, tx.dialect.to_change)
    if not tx.changed(
        "DELETE FROM saved_views WHERE experiment_id = :id AND name = :name", {"id": number, "name": name}
    ):
        raise _not_found(name, experiment_id)
    announce_experiment(tx, number)


def _views(tx: Transaction, number: int) -> dict[str, SavedView]:
    rows = tx.rows(_VIEWS, {"id": number})
    return {name: SavedView(name, query, bool(is_default), updated) for name, query, is_default, updated in rows}


def _not_found(name: str, experiment_id: str) -> NotFound:
    return NotFound(f"Experiment {experiment_id} has no view '{name}'.")
