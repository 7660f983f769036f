"""Registered models: the names under which versions are kept."""

from __future__ import annotations

from typing import NamedTuple

from trackline.db.transaction import Transaction
from trackline.domain.entities import Tag
from trackline.domain.errors import AlreadyExists
from trackline.domain.events import PROMPT_TAG_DELETED, PROMPT_TAG_SET
from trackline.domain.filters import RegisteredModelQuery
from trackline.domain.registry import PROMPT_TAG, Change, ModelVersion, RegisteredModel, Stage, is_prompt
from trackline.store.access.grants import give_to_maker
from trackline.store.outbox import tell
from trackline.store.registry.creations import tell_of_model
from trackline.store.registry.documents import latest_version_ids, read_models, read_versions_with_aliases
from trackline.store.registry.history import note
from trackline.store.registry.lookup import ModelRef, find_model, take_model
from trackline.store.registry.tags import OF_MODELS, erase_tag, read_tags, set_tags
from trackline.store.search import search_registered_models


class NewRegisteredModel(NamedTuple):
    name: str
    description: str
    tags: list[Tag]


def create_registered_model(tx: Transaction, new: NewRegisteredModel, actor: str) -> RegisteredModel:
    """Raises AlreadyExists, also where a prompt has the name."""
    created = tx.row(
        "INSERT INTO registered_models (name, description, created_ms, updated_ms) "
        "VALUES (:name, :description, :now, :now) ON CONFLICT (name) DO NOTHING RETURNING id",
        {"name": new.name, "description": new.description or None, "now": tx.now_ms},
    )
    if created is None:
        raise _taken(tx, new)
    (number,) = created
    give_to_maker(tx, "registered_model", number)
    changes = [Change("created", None, new.name), Change("description", None, new.description or None)]
    changes += set_tags(tx, OF_MODELS, number, new.tags)
    note(tx, actor, ModelRef(number, new.name, is_prompt(new.tags)), changes)
    tell_of_model(tx, new.name, new.tags, new.description)
    return read_models(tx, [number])[0]


def get_registered_model(tx: Transaction, name: str) -> RegisteredModel:
    return read_models(tx, [find_model(tx, name).id])[0]


def find_registered_models(tx: Transaction, query: RegisteredModelQuery) -> tuple[list[RegisteredModel], str | None]:
    """One page of what is searched for, and the token of the next."""
    page = search_registered_models(tx, query)
    return read_models(tx, page.ids), page.next_page_token


def get_latest_versions(tx: Transaction, name: str, stages: list[Stage]) -> list[ModelVersion]:
    """The highest version of each of these stages that has any."""
    ids = [version for _, version in latest_version_ids(tx, [find_model(tx, name).id])]
    return [version for version in read_versions_with_aliases(tx, ids) if version.current_stage in stages]


def update_registered_model(tx: Transaction, name: str, description: str, actor: str) -> RegisteredModel:
    """Replace the description; "" removes it."""
    model = take_model(tx, name)
    (before,) = tx.rows("SELECT description FROM registered_models WHERE id = :id", {"id": model.id})[0]
    tx.execute(
        "UPDATE registered_models SET description = :description, updated_ms = :now WHERE id = :id",
        {"description": description or None, "now": tx.now_ms, "id": model.id},
    )
    note(tx, actor, model, [Change("description", before, description or None)])
    return read_models(tx, [model.id])[0]


def rename_registered_model(tx: Transaction, name: str, new_name: str, actor: str) -> RegisteredModel:
    """Its versions, tags and aliases come along."""
    model = take_model(tx, name)
    if new_name != name and tx.row("SELECT 1 FROM registered_models WHERE name = :name", {"name": new_name}):
        raise AlreadyExists(f"Registered Model (name={new_name}) already exists.")
    values = {"name": new_name, "now": tx.now_ms, "id": model.id}
    tx.execute("UPDATE registered_models SET name = :name, updated_ms = :now WHERE id = :id", values)
    tx.execute("UPDATE model_versions SET updated_ms = :now WHERE model_id = :id", values)
    note(tx, actor, model._replace(name=new_name), [Change("renamed", name, new_name)])
    return read_models(tx, [model.id])[0]


def delete_registered_model(tx: Transaction, name: str, actor: str) -> None:
    """With all its versions; what remains of them is their history."""
    model = take_model(tx, name)
    aliases = tx.rows("SELECT alias, version FROM model_aliases WHERE model_id = :id", {"id": model.id})
    versions = tx.rows("SELECT version, source FROM model_versions WHERE model_id = :id", {"id": model.id})
    tx.execute("DELETE FROM registered_models WHERE id = :id", {"id": model.id})
    changes = [Change("alias", str(version), None, key=alias) for alias, version in aliases]
    changes += [Change("deleted", source, None, version) for version, source in versions]
    note(tx, actor, model, [*changes, Change("deleted", name, None)])


def set_registered_model_tag(tx: Transaction, name: str, tag: Tag, actor: str) -> None:
    model = take_model(tx, name)
    note(tx, actor, model, set_tags(tx, OF_MODELS, model.id, [tag]))
    if model.is_prompt:
        tell(tx, PROMPT_TAG_SET, {"name": name, "key": tag.key, "value": tag.value})


def delete_registered_model_tag(tx: Transaction, name: str, key: str, actor: str) -> None:
    """Nothing happens where there is no such tag."""
    model = take_model(tx, name)
    note(tx, actor, model, erase_tag(tx, OF_MODELS, model.id, key))
    if model.is_prompt:
        tell(tx, PROMPT_TAG_DELETED, {"name": name, "key": key})


def _taken(tx: Transaction, new: NewRegisteredModel) -> AlreadyExists:
    model = find_model(tx, new.name)
    old = _kind(read_tags(tx, OF_MODELS, [model.id])[model.id])
    wanted = _kind(new.tags)
    if old == wanted:
        return AlreadyExists(f"{wanted} (name={new.name}) already exists.")
    return AlreadyExists(
        f"Tried to create a {wanted.lower()} with name {new.name!r}, but the name is already taken by a {old.lower()}. "
        "MLflow does not allow creating a model and a prompt with the same name."
    )


def _kind(tags: list[Tag]) -> str:
    return "Prompt" if any(tag.key == PROMPT_TAG for tag in tags) else "Registered Model"
