"""The model registry as values, and its rules: names, stages, aliases. Field names are the wire's, times are
milliseconds since 1970, UTC; a field that is None, or an empty list, is left out when the value is written as JSON.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Literal, NamedTuple, get_args

from msgspec import Struct

from trackline.domain.entities import Tag
from trackline.domain.errors import InvalidParameter
from trackline.domain.filters import And, Comparison, Field, Not, Or, Tree, comparisons
from trackline.domain.limits import MAX_KEY, check_length, check_name, check_path

Stage = Literal["None", "Staging", "Production", "Archived"]
What = Literal["created", "renamed", "description", "tag", "stage", "alias", "deleted"]

STAGES: tuple[Stage, ...] = get_args(Stage)
ACTIVE_STAGES: tuple[Stage, ...] = ("Staging", "Production")
LATEST = "latest"
MAX_REGISTRY_TAG_VALUE = 100_000
MAX_ALIAS = 255
PROMPT_TAG = "mlflow.prompt.is_prompt"
PROMPT_TEXT_TAG = "mlflow.prompt.text"
PROMPT_TYPE_TAG = "_mlflow_prompt_type"

_ALIAS = re.compile(r"[\w\-]+")
_VERSION_LIKE = re.compile(r"[vV]\d+")
_IS_PROMPT = Comparison(Field("tag", PROMPT_TAG), "=", "true")


class Alias(Struct, frozen=True):
    alias: str
    version: str


class ModelVersion(Struct, frozen=True, omit_defaults=True):
    """`run_id` is "" where the version comes from no run."""

    name: str
    version: str
    creation_timestamp: int
    last_updated_timestamp: int
    current_stage: Stage
    source: str
    run_id: str
    run_link: str
    status: Literal["PENDING_REGISTRATION", "FAILED_REGISTRATION", "READY"]
    description: str | None = None
    tags: list[Tag] = []
    aliases: list[str] = []


class RegisteredModel(Struct, frozen=True, omit_defaults=True):
    """`latest_versions` holds the highest version of each stage."""

    name: str
    creation_timestamp: int
    last_updated_timestamp: int
    description: str | None = None
    latest_versions: list[ModelVersion] = []
    tags: list[Tag] = []
    aliases: list[Alias] = []


class Change(NamedTuple):
    """One thing that becomes another; None is nothing. `key` says which alias or tag."""

    what: What
    before: str | None
    after: str | None
    version: int | None = None
    key: str | None = None


class HistoryEntry(Struct, frozen=True, omit_defaults=True):
    """A change that was made. `actor` is who asked for it, `model` the name that the model had afterwards.

    `model_id` tells a model from others that had its name before or after it.
    """

    id: int
    at: int
    actor: str
    model_id: int
    model: str
    what: What
    version: str | None = None
    key: str | None = None
    before: str | None = None
    after: str | None = None


class HeldThen(Struct, frozen=True):
    """A version that was in a stage, or had an alias, at some time: since when, and who had put it there."""

    version: str
    since: int
    actor: str


def check_model_name(name: str, parameter: str = "name") -> None:
    if not name.strip():
        raise InvalidParameter(f"Missing value for required parameter '{parameter}'.")
    if "/" in name or ":" in name:
        raise InvalidParameter(f"Invalid model name '{name}'. Names cannot contain '/' or ':'.")
    check_path(name, "name")


def check_alias(alias: str) -> None:
    """What may stand in a question; what an alias may be called is less: `check_new_alias`."""
    if not alias:
        raise InvalidParameter("Registered model alias name cannot be empty.")
    if _ALIAS.fullmatch(alias) is None:
        raise InvalidParameter(
            f"Invalid alias name: '{alias}'. Names may only contain alphanumerics, underscores (_), and dashes (-)."
        )
    check_length(alias, MAX_ALIAS, "Registered model alias name")


def check_new_alias(alias: str) -> None:
    check_alias(alias)
    if alias.lower() == LATEST:
        raise InvalidParameter("'latest' alias name (case insensitive) is reserved.")
    if _VERSION_LIKE.fullmatch(alias):
        raise InvalidParameter(f"Version alias name '{alias}' is reserved.")


def check_registry_tag(tag: Tag) -> None:
    check_name(tag.key, "key")
    check_length(tag.key, MAX_KEY, "key")
    if tag.key == PROMPT_TEXT_TAG and len(tag.value) > MAX_REGISTRY_TAG_VALUE:
        raise InvalidParameter(f"Prompt text exceeds max length of {MAX_REGISTRY_TAG_VALUE} characters.")
    check_length(tag.value, MAX_REGISTRY_TAG_VALUE, "value")


def version_number(version: str) -> int:
    try:
        number = int(version)
    except ValueError:
        number = None
    if number is None or not -(2**63) <= number < 2**63:
        raise InvalidParameter(f"Parameter 'version' must be an integer, got '{version}'.")
    return number


def canonical_stage(given: str) -> Stage:
    """A stage may be written in any case."""
    for stage in STAGES:
        if stage.lower() == given.lower():
            return stage
    raise InvalidParameter(f"Invalid Model Version stage: {given}. Value must be one of {', '.join(STAGES)}.")


def is_prompt(tags: list[Tag]) -> bool:
    """Whether what has these tags is a prompt; of two with one name the later counts."""
    return {tag.key: tag.value for tag in tags}.get(PROMPT_TAG, "").lower() == "true"


def without_prompts(tree: Tree | None) -> Tree:
    """The filter as searches mean it: prompts are found only where their tag is asked for.

    What lacks the tag is no prompt, so that `!= 'true'` is true of it.
    """
    named = [comparison for comparison in comparisons(tree) if comparison.field == _IS_PROMPT.field]
    if tree is None:
        return Not(_IS_PROMPT)
    tree = _respelled(tree)
    return tree if named else And((tree, Not(_IS_PROMPT)))


def moment(text: str) -> int:
    """A point in time: milliseconds, or ISO 8601 (UTC unless it says otherwise); a day means its last moment."""
    if text.isdecimal() and len(text) < 18:
        return int(text)
    try:
        if len(text) == len("2026-01-31"):
            next_day = date.fromisoformat(text) + timedelta(days=1)
            return _milliseconds(datetime(next_day.year, next_day.month, next_day.day, tzinfo=UTC)) - 1
        read = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise InvalidParameter(
            f"Invalid value '{text}' for parameter 'time' supplied: give milliseconds since 1970, a day (2026-01-31) "
            "or a time (2026-01-31T12:00:00Z)."
        ) from None
    return _milliseconds(read if read.tzinfo else read.replace(tzinfo=UTC))


def _milliseconds(time: datetime) -> int:
    return (time - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def _respelled(tree: Tree) -> Tree:
    match tree:
        case And(parts):
            return And(tuple(_respelled(part) for part in parts))
        case Or(parts):
            return Or(tuple(_respelled(part) for part in parts))
        case Not(part):
            return Not(_respelled(part))
    if tree.field == _IS_PROMPT.field and (tree.operator, tree.value) in {("=", "false"), ("!=", "true")}:
        return Not(_IS_PROMPT)
    if tree.field == _IS_PROMPT.field and (tree.operator, tree.value) == ("!=", "false"):
        return _IS_PROMPT
    return tree
