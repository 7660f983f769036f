"""Versions of registered models."""

from __future__ import annotations

from typing import NamedTuple

from trackline.db.transaction import Transaction
from trackline.domain.artifact_paths import below
from trackline.domain.entities import Tag
from trackline.domain.events import (
    PROMPT_VERSION_TAG_DELETED,
    PROMPT_VERSION_TAG_SET,
    VERSION_TAG_DELETED,
    VERSION_TAG_SET,
)
from trackline.domain.filters import ModelVersionQuery
from trackline.domain.model_sources import OfRun, parse_source
from trackline.domain.registry import Change, ModelVersion, Stage, is_prompt
from trackline.store.logged_models import add_registration
from trackline.store.outbox import tell
from trackline.store.registry.creations import tell_of_version
from trackline.store.registry.documents import read_versions, read_versions_with_aliases
from trackline.store.registry.history import note
from trackline.store.registry.lookup import ModelRef, find_version, model_not_found, take_version
from trackline.store.registry.sources import Claim, prompt_origin, trace_source
from trackline.store.registry.tags import OF_VERSIONS, erase_tag, set_tags
from trackline.store.runs import artifact_uri_of_run
from trackline.store.search import search_model_versions


class NewVersion(NamedTuple):
    name: str
    claim: Claim
    run_link: str
    description: str
    tags: list[Tag]


class Transition(NamedTuple):
    """A version that goes to a stage; `archive_others`: those that are there leave it for the archive."""

    name: str
    number: int
    stage: Stage
    archive_others: bool


def create_model_version(tx: Transaction, new: NewVersion, artifact_root: str, actor: str) -> ModelVersion:
    """The numbers of versions have no gaps: who fails after having been given one gives it back.

    `artifact_root` is where artifacts of no particular experiment may lie. Raises InvalidParameter for a source that
    may not be registered, NotFound where there is no such model.
    """
    origin = prompt_origin(new.claim) if is_prompt(new.tags) else trace_source(tx, new.claim, artifact_root)
    counted = tx.row(
        "UPDATE registered_models SET last_version = last_version + 1, updated_ms = :now WHERE name = :name "
        "RETURNING id, last_version",
        {"name": new.name, "now": tx.now_ms},
    )
    if counted is None:
        raise model_not_found(new.name)
    model, number = ModelRef(counted[0], new.name, is_prompt(new.tags)), counted[1]
    (version_id,) = tx.rows(
        "INSERT INTO model_versions (model_id, version, description, stage, source, location, run_uuid, "
        "logged_model_id, run_link, created_ms, updated_ms) VALUES (:model, :version, :description, 'None', "
        ":source, :location, :run_id, :model_id, :run_link, :now, :now) RETURNING id",
        {
            "model": model.id,
            "version": number,
            "description": new.description,
            "run_link": new.run_link,
            "now": tx.now_ms,
            **origin._asdict(),
        },
    )[0]
    changes = [Change("created", None, origin.source, number)]
    changes += [Change("description", None, new.description or None, number)]
    changes += set_tags(tx, OF_VERSIONS, version_id, new.tags, number)
    note(tx, actor, model, changes)
    if origin.model_id:
        add_registration(tx, origin.model_id, new.name, number)
    created = read_versions(tx, [version_id])[0]
    tell_of_version(tx, created, new.tags)
    return created


def get_model_version(tx: Transaction, name: str, number: int) -> ModelVersion:
    return read_versions_with_aliases(tx, [find_version(tx, name, number).id])[0]


def find_model_versions(tx: Transaction, query: ModelVersionQuery) -> tuple[list[ModelVersion], str | None]:
    """One page of what is searched for, and the token of the next."""
    page = search_model_versions(tx, query)
    return read_versions(tx, page.ids), page.next_page_token


def location_of_version(tx: Transaction, name: str, number: int) -> str:
    """Where its files are, as clients may be told: `runs:/…` where it was registered so."""
    version = find_version(tx, name, number)
    return str(tx.rows("SELECT location FROM model_versions WHERE id = :id", {"id": version.id})[0][0])


def artifact_uri_of_version(tx: Transaction, name: str, number: int) -> str:
    """Where its files are."""
    location = location_of_version(tx, name, number)
    source = parse_source(location)
    return below(artifact_uri_of_run(tx, source.run_id), source.path) if isinstance(source, OfRun) else location


def update_model_version(tx: Transaction, name: str, number: int, description: str | None, actor: str) -> ModelVersion:
    """Replace the description."""
    version = take_version(tx, name, number)
    (before,) = tx.rows("SELECT description FROM model_versions WHERE id = :id", {"id": version.id})[0]
    tx.execute(
        "UPDATE model_versions SET description = :description, updated_ms = :now WHERE id = :id",
        {"description": description, "now": tx.now_ms, "id": version.id},
    )
    note(tx, actor, version.model, [Change("description", before or None, description or None, number)])
    return read_versions_with_aliases(tx, [version.id])[0]


def transition_stage(tx: Transaction, transition: Transition, actor: str) -> ModelVersion:
    name, number, stage, archive_others = transition
    version = take_version(tx, name, number)
    values = {"model": version.model.id, "id": version.id, "stage": stage, "now": tx.now_ms}
    changes = []
    if archive_others:
        others = "model_id = :model AND stage = :stage AND id <> :id"
        left = tx.rows(f"SELECT version FROM model_versions WHERE {others} ORDER BY version", values)
        tx.execute(f"UPDATE model_versions SET stage = 'Archived', updated_ms = :now WHERE {others}", values)
        changes = [Change("stage", stage, "Archived", other) for (other,) in left]
    (before,) = tx.rows("SELECT stage FROM model_versions WHERE id = :id", values)[0]
    tx.execute("UPDATE model_versions SET stage = :stage, updated_ms = :now WHERE id = :id", values)
    tx.execute("UPDATE registered_models SET updated_ms = :now WHERE id = :model", values)
    note(tx, actor, version.model, [*changes, Change("stage", before, stage, number)])
    return read_versions_with_aliases(tx, [version.id])[0]


def delete_model_version(tx: Transaction, name: str, number: int, actor: str) -> None:
    """Its aliases go with it; its number is not given again."""
    version = take_version(tx, name, number)
    values = {"model": version.model.id, "version": number, "id": version.id, "now": tx.now_ms}
    aliases = tx.rows("SELECT alias FROM model_aliases WHERE model_id = :model AND version = :version", values)
    (source,) = tx.rows("DELETE FROM model_versions WHERE id = :id RETURNING source", values)[0]
    tx.execute("UPDATE registered_models SET updated_ms = :now WHERE id = :model", values)
    changes = [Change("alias", str(number), None, key=alias) for (alias,) in aliases]
    note(tx, actor, version.model, [*changes, Change("deleted", source, None, number)])


def set_model_version_tag(tx: Transaction, name: str, number: int, tag: Tag, actor: str) -> None:
    version = take_version(tx, name, number)
    note(tx, actor, version.model, set_tags(tx, OF_VERSIONS, version.id, [tag], number))
    event = PROMPT_VERSION_TAG_SET if version.model.is_prompt else VERSION_TAG_SET
    tell(tx, event, {"name": name, "version": str(number), "key": tag.key, "value": tag.value})


def delete_model_version_tag(tx: Transaction, name: str, number: int, key: str, actor: str) -> None:
    """Nothing happens where there is no such tag."""
    version = take_version(tx, name, number)
    note(tx, actor, version.model, erase_tag(tx, OF_VERSIONS, version.id, key, number))
    event = PROMPT_VERSION_TAG_DELETED if version.model.is_prompt else VERSION_TAG_DELETED
    tell(tx, event, {"name": name, "version": str(number), "key": key})
