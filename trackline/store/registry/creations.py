"""What webhooks are told of new models, prompts and their versions: MLflow's fields."""

from __future__ import annotations

from trackline.db.transaction import Transaction
from trackline.domain.entities import Tag
from trackline.domain.events import MODEL_CREATED, PROMPT_CREATED, PROMPT_VERSION_CREATED, VERSION_CREATED
from trackline.domain.registry import PROMPT_TAG, PROMPT_TEXT_TAG, PROMPT_TYPE_TAG, ModelVersion, is_prompt
from trackline.store.outbox import tell


def tell_of_model(tx: Transaction, name: str, tags: list[Tag], description: str) -> None:
    event = PROMPT_CREATED if is_prompt(tags) else MODEL_CREATED
    tell(tx, event, {"name": name, "tags": _shown(tags), "description": description})


def tell_of_version(tx: Transaction, version: ModelVersion, tags: list[Tag]) -> None:
    """`tags` as it was made with them."""
    named = {"name": version.name, "version": version.version}
    said = {"tags": _shown(tags), "description": version.description or None}
    if is_prompt(tags):
        text = {tag.key: tag.value for tag in tags}.get(PROMPT_TEXT_TAG)
        tell(tx, PROMPT_VERSION_CREATED, {**named, "template": text, **said})
    else:
        tell(tx, VERSION_CREATED, {**named, "source": version.source, "run_id": version.run_id or None, **said})


def _shown(tags: list[Tag]) -> dict[str, str]:
    """A prompt's without those that make it one."""
    hidden = (PROMPT_TAG, PROMPT_TYPE_TAG, PROMPT_TEXT_TAG) if is_prompt(tags) else ()
    return {tag.key: tag.value for tag in tags if tag.key not in hidden}
