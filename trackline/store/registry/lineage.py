"""From a version to what it was made of, and from a run to the versions made of it."""

from __future__ import annotations

from typing import NamedTuple

from trackline.db.transaction import Transaction
from trackline.domain.entities import LoggedModel, Run
from trackline.domain.registry import ModelVersion
from trackline.store.access.permissions import may_read, seen
from trackline.store.logged_models import find_logged_model
from trackline.store.registry.documents import read_versions_with_aliases
from trackline.store.registry.lookup import find_version
from trackline.store.run_documents import read_runs
from trackline.store.runs import run_number, run_numbers


class Lineage(NamedTuple):
    """The run has the params, metrics and datasets; the logged model those of the model alone. Deleted ones too."""

    version: ModelVersion
    run: Run | None
    logged_model: LoggedModel | None


def version_lineage(tx: Transaction, name: str, number: int) -> Lineage:
    """A run or a model that this server has not, or no longer, is None; so is one that may not be read."""
    version_id = find_version(tx, name, number).id
    run_id, model_id = tx.rows(
        "SELECT run_uuid, logged_model_id FROM model_versions WHERE id = :id", {"id": version_id}
    )[0]
    runs = read_runs(tx, list(run_numbers(tx, [run_id]).values())) if run_id and may_read(tx, "run", run_id) else []
    model = find_logged_model(tx, model_id) if model_id and may_read(tx, "logged_model", model_id) else None
    return Lineage(read_versions_with_aliases(tx, [version_id])[0], runs[0] if runs else None, model)


def versions_of_run(tx: Transaction, uuid: str) -> list[ModelVersion]:
    """The versions made from the run, by model and number."""
    run_number(tx, uuid)
    readable = seen(tx, "registered_model", "m.id")
    rows = tx.rows(
        "SELECT v.id FROM model_versions v JOIN registered_models m ON m.id = v.model_id "
        f"WHERE v.run_uuid = :uuid AND {readable.condition} ORDER BY m.name, v.version",
        {**readable.values, "uuid": uuid},
    )
    return read_versions_with_aliases(tx, [version for (version,) in rows])
