"""Whole models and versions, many at once: a fixed number of statements however many they are."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import msgspec

from trackline.db.transaction import Transaction
from trackline.domain.entities import Tag
from trackline.domain.registry import Alias, ModelVersion, RegisteredModel
from trackline.store.registry.tags import OF_MODELS, OF_VERSIONS, read_tags

_VERSIONS = """
SELECT v.id, v.version, v.description,
    m.name, v.created_ms, v.updated_ms, v.stage, v.source, v.run_uuid, v.run_link
FROM model_versions v JOIN registered_models m ON m.id = v.model_id
WHERE {condition}
"""

# The highest version of each stage; the stages in the order in which they first occur among the versions.
_LATEST = """
SELECT v.model_id, v.id
FROM (
    SELECT model_id, stage, max(version) AS version, min(version) AS first
    FROM model_versions WHERE {models} GROUP BY model_id, stage
) latest
JOIN model_versions v ON v.model_id = latest.model_id AND v.version = latest.version
ORDER BY latest.model_id, latest.first
"""


def read_models(tx: Transaction, ids: list[int]) -> list[RegisteredModel]:
    """The models of these numbers, in the order of the numbers."""
    rows = tx.rows(
        "SELECT id, name, created_ms, updated_ms, description FROM registered_models "
        f"WHERE {tx.dialect.among('id', 'ids')}",
        {"ids": ids},
    )
    tags = read_tags(tx, OF_MODELS, ids)
    aliases: defaultdict[int, list[Alias]] = defaultdict(list)
    for number, alias, version in tx.rows(
        f"SELECT model_id, alias, version FROM model_aliases WHERE {tx.dialect.among('model_id', 'ids')} "
        "ORDER BY model_id, alias",
        {"ids": ids},
    ):
        aliases[number].append(Alias(alias, str(version)))
    latest = _latest_versions(tx, ids)
    models = {
        number: RegisteredModel(
            name, created_ms, updated_ms, description or None, latest[number], tags[number], aliases[number]
        )
        for number, name, created_ms, updated_ms, description in rows
    }
    return [models[number] for number in ids if number in models]


def read_versions(tx: Transaction, ids: list[int]) -> list[ModelVersion]:
    """The versions of these numbers, in the order of the numbers, without their aliases."""
    rows = tx.rows(_VERSIONS.format(condition=tx.dialect.among("v.id", "ids")), {"ids": ids})
    tags = read_tags(tx, OF_VERSIONS, ids)
    versions = {
        number: _version(version, description, tags[number], fields) for number, version, description, *fields in rows
    }
    return [versions[number] for number in ids if number in versions]


def read_versions_with_aliases(tx: Transaction, ids: list[int]) -> list[ModelVersion]:
    """The versions of these numbers, in the order of the numbers."""
    aliases: defaultdict[int, list[str]] = defaultdict(list)
    for number, alias in tx.rows(
        "SELECT v.id, a.alias FROM model_versions v "
        "JOIN model_aliases a ON a.model_id = v.model_id AND a.version = v.version "
        f"WHERE {tx.dialect.among('v.id', 'ids')} ORDER BY v.id, a.alias",
        {"ids": ids},
    ):
        aliases[number].append(alias)
    versions = read_versions(tx, ids)
    return [
        msgspec.structs.replace(version, aliases=aliases[number]) for number, version in zip(ids, versions, strict=True)
    ]


def latest_version_ids(tx: Transaction, model_ids: list[int]) -> list[tuple[int, int]]:
    """(model, version) of the highest version of each stage, in numbers of the store."""
    return tx.rows(_LATEST.format(models=tx.dialect.among("model_id", "models")), {"models": model_ids})


def _latest_versions(tx: Transaction, model_ids: list[int]) -> defaultdict[int, list[ModelVersion]]:
    ids = latest_version_ids(tx, model_ids)
    read = read_versions(tx, [version for _, version in ids])
    latest: defaultdict[int, list[ModelVersion]] = defaultdict(list)
    for (model, _), version in zip(ids, read, strict=True):
        latest[model].append(version)
    return latest


def _version(number: int, description: str | None, tags: list[Tag], fields: list[Any]) -> ModelVersion:
    name, created_ms, updated_ms, stage, source, run, run_link = fields
    return ModelVersion(
        name=name,
        version=str(number),
        creation_timestamp=created_ms,
        last_updated_timestamp=updated_ms,
        current_stage=stage,
        source=source,
        run_id=run,
        run_link=run_link,
        status="READY",
        description=description,
        tags=tags,
    )
