"""Where the files of a version are, found by any of its names."""

from __future__ import annotations

from typing import NamedTuple

from trackline.db.transaction import Transaction
from trackline.domain.errors import InvalidParameter, NotFound
from trackline.domain.model_sources import OfVersion
from trackline.store.registry.lookup import ModelRef, find_model, named_number
from trackline.store.registry.versions import artifact_uri_of_version

SHOWN = 20  # aliases in a refusal


class VersionFiles(NamedTuple):
    """Of version `number` of a model."""

    number: int
    uri: str


def find_files(tx: Transaction, named: OfVersion) -> VersionFiles:
    """Raises NotFound, which says what there is instead."""
    model = find_model(tx, named.name)
    try:
        number = named_number(tx, model, named)
        return VersionFiles(number, artifact_uri_of_version(tx, model.name, number))
    except (InvalidParameter, NotFound) as error:
        raise NotFound(f"{error.message.rstrip('.')}. {_what_there_is(tx, model)}") from None


def _what_there_is(tx: Transaction, model: ModelRef) -> str:
    parameters = {"model": model.id, "most": SHOWN + 1}
    aliases = tx.rows(
        "SELECT alias, version FROM model_aliases WHERE model_id = :model ORDER BY alias LIMIT :most", parameters
    )
    stages = tx.rows(
        "SELECT stage, max(version) FROM model_versions WHERE model_id = :model GROUP BY stage ORDER BY 2 DESC",
        parameters,
    )
    if not stages:
        return f"Model '{model.name}' has no versions."
    named = [f"@{alias} (version {version})" for alias, version in aliases[:SHOWN]] + ["…"] * (len(aliases) > SHOWN)
    staged = [f"{stage} (version {version})" for stage, version in stages]
    return f"Model '{model.name}' has the aliases {', '.join(named) or '(none)'} and the stages {', '.join(staged)}."
