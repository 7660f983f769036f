"""The history of the registry: every change is noted in the transaction that makes it, and nothing is taken back."""

from __future__ import annotations

from collections.abc import Iterable

from trackline.db.transaction import Transaction
from trackline.domain.filters import HistoryQuery
from trackline.domain.page_tokens import make_token, read_token
from trackline.domain.registry import Change, HeldThen, HistoryEntry, Stage, What
from trackline.store.access.identities import asker
from trackline.store.access.permissions import seen
from trackline.store.registry.lookup import ModelRef, model_not_found
from trackline.store.topics import REGISTRY


def note(tx: Transaction, actor: str, model: ModelRef, changes: Iterable[Change]) -> None:
    """Write down what `actor` changed, or the user who is signed in; `model` has the name that it has now.

    What stayed as it was is left out.
    """
    rows = [
        {
            "at": tx.now_ms,
            "actor": asker(tx).name or actor,
            "model_id": model.id,
            "model": model.name,
            **change._asdict(),
        }
        for change in changes
        if change.before != change.after
    ]
    if rows:
        tx.announce(REGISTRY)
        tx.many(
            "INSERT INTO registry_history (at_ms, actor, model_id, model, version, what, key, before, after) "
            "VALUES (:at, :actor, :model_id, :model, :version, :what, :key, :before, :after)",
            rows,
        )


def read_history(tx: Transaction, query: HistoryQuery) -> tuple[list[HistoryEntry], str | None]:
    """One page of what happened, the latest first, and the token of the next.

    It reaches back over renamings, and over the end of a model of this name. Raises NotFound where none ever had it.
    """
    after = read_token(query, query.page_token)
    parameters = {"models": bearers(tx, query.name), "version": query.version, "text": str(query.version)}
    of_version = "(version = :version OR (what = 'alias' AND :text IN (before, after)))"
    rows = tx.rows(
        "SELECT id, at_ms, actor, model_id, model, what, version, key, before, after FROM registry_history "
        f"WHERE {tx.dialect.among('model_id', 'models')} AND {'TRUE' if query.version is None else of_version} "
        f"AND {'TRUE' if after is None else 'id < :last'} ORDER BY id DESC LIMIT {query.max_results + 1}",
        {**parameters, "last": after[0] if after else None},
    )
    entries = [_entry(row) for row in rows[: query.max_results]]
    more = len(rows) > query.max_results
    return entries, make_token(query, [entries[-1].id]) if more else None


def in_stage_at(tx: Transaction, name: str, stage: Stage, at_ms: int) -> list[HeldThen]:
    """The versions of the model that were in `stage` at that time, the highest first."""
    rows = tx.rows(
        "SELECT version, at_ms, actor FROM registry_history WHERE id IN ("
        "SELECT max(id) FROM registry_history WHERE model_id = :model AND version IS NOT NULL "
        "AND what IN ('created', 'stage', 'deleted') AND at_ms <= :at GROUP BY version"
        ") AND CASE what WHEN 'created' THEN 'None' WHEN 'stage' THEN after END = :stage ORDER BY version DESC",
        {"model": _bearer_at(tx, name, at_ms), "at": at_ms, "stage": stage},
    )
    return [HeldThen(str(version), since, actor) for version, since, actor in rows]


def aliased_at(tx: Transaction, name: str, alias: str, at_ms: int) -> list[HeldThen]:
    """The version of the model that had `alias` at that time, if any."""
    row = tx.row(
        "SELECT after, at_ms, actor FROM registry_history "
        "WHERE model_id = :model AND key = :alias AND what = 'alias' AND at_ms <= :at ORDER BY id DESC LIMIT 1",
        {"model": _bearer_at(tx, name, at_ms), "alias": alias, "at": at_ms},
    )
    return [] if row is None or row[0] is None else [HeldThen(*row)]


def bearers(tx: Transaction, name: str) -> list[int]:
    """The models that have, or ever had, this name and may be read; the latest last. Raises NotFound for none."""
    readable = seen(tx, "registered_model", "model_id")
    rows = tx.rows(
        f"SELECT DISTINCT model_id FROM registry_history WHERE model = :name AND {readable.condition} "
        "ORDER BY model_id",
        {**readable.values, "name": name},
    )
    if not rows:
        raise model_not_found(name)
    return [model for (model,) in rows]


def _entry(row: tuple[int, int, str, int, str, What, int | None, str | None, str | None, str | None]) -> HistoryEntry:
    number, at, actor, model_id, model, what, version, key, before, after = row
    return HistoryEntry(
        id=number,
        at=at,
        actor=actor,
        model_id=model_id,
        model=model,
        what=what,
        version=None if version is None else str(version),
        key=key,
        before=before,
        after=after,
    )


def _bearer_at(tx: Transaction, name: str, at_ms: int) -> int:
    """The model that had the name at that time, or else the one that has it now, or had it last."""
    models = bearers(tx, name)
    names = tx.rows(
        "SELECT model_id, after FROM registry_history WHERE id IN ("
        f"SELECT max(id) FROM registry_history WHERE {tx.dialect.among('model_id', 'models')} AND version IS NULL "
        "AND what IN ('created', 'renamed', 'deleted') AND at_ms <= :at GROUP BY model_id)",
        {"models": models, "at": at_ms},
    )
    then = [model for model, named in names if named == name]
    now = tx.row("SELECT id FROM registered_models WHERE name = :name", {"name": name})
    return int(then[0] if then else now[0] if now else models[-1])
