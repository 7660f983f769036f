"""What is registered is not thrown away by mistake: one rule for runs, logged models and experiments."""

from __future__ import annotations

from typing import NamedTuple

from trackline.db.transaction import Transaction
from trackline.domain.errors import InvalidState
from trackline.store.access.permissions import may_read


class Doomed(NamedTuple):
    """What is to be deleted. `versions`: a condition on the row `v` of a version that it is true of what comes from it.

    `by_force` is the request that deletes it all the same; MLflow's clients cannot say so themselves.
    """

    name: str
    versions: str
    id: str | int
    by_force: str


def check_unregistered(tx: Transaction, doomed: Doomed) -> None:
    """Raises InvalidState where versions of registered models come from it."""
    row = tx.row(
        "SELECT m.name, v.version, count(*) OVER () FROM model_versions v "
        f"JOIN registered_models m ON m.id = v.model_id WHERE {doomed.versions} ORDER BY m.name, v.version LIMIT 1",
        {"id": doomed.id},
    )
    if row is None:
        return
    name, version, count = row
    named = named_version(tx, name, version)
    more = f" and {count - 1} more" if count > 1 else ""
    raise InvalidState(
        f"{doomed.name} cannot be deleted, because models of it are registered: {named}{more}. "
        f"Delete what is registered first, or delete it all the same, as MLflow's clients cannot: {doomed.by_force}."
    )


def named_version(tx: Transaction, model: str, version: int) -> str:
    """A version as a refusal names it to the one who asks, who may not even be allowed to know of the model."""
    if may_read(tx, "registered_model", model):
        return f"version {version} of '{model}'"
    return "a version of a model that you may not read"
