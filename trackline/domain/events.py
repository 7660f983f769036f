"""What can happen that webhooks tell of, by MLflow's names; only the entity `RUN` is not MLflow's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from trackline.domain.entities import RunStatus
from trackline.domain.errors import InvalidParameter

# In the order of MLflow's numbers, which begin at 1: its clients may send those instead of names.
MLFLOW_ENTITIES = (
    "REGISTERED_MODEL",
    "MODEL_VERSION",
    "MODEL_VERSION_TAG",
    "MODEL_VERSION_ALIAS",
    "PROMPT",
    "PROMPT_VERSION",
    "PROMPT_TAG",
    "PROMPT_VERSION_TAG",
    "PROMPT_ALIAS",
    "BUDGET_POLICY",
)
MLFLOW_ACTIONS = ("CREATED", "UPDATED", "DELETED", "SET", "EXCEEDED")
RUN = "RUN"


class Event(Struct, frozen=True, order=True):
    """A kind of event, with the names that MLflow's API has for it."""

    entity: str
    action: str

    @property
    def name(self) -> str:
        """As the store and MLflow's documentation write it: `model_version.created`."""
        return f"{self.entity}.{self.action}".lower()


def event_named(name: str) -> Event:
    """The event whose `name` this is."""
    entity, _, action = name.upper().partition(".")
    return Event(entity, action)


MODEL_CREATED = Event("REGISTERED_MODEL", "CREATED")
VERSION_CREATED = Event("MODEL_VERSION", "CREATED")
VERSION_TAG_SET = Event("MODEL_VERSION_TAG", "SET")
VERSION_TAG_DELETED = Event("MODEL_VERSION_TAG", "DELETED")
ALIAS_CREATED = Event("MODEL_VERSION_ALIAS", "CREATED")
ALIAS_DELETED = Event("MODEL_VERSION_ALIAS", "DELETED")
PROMPT_CREATED = Event("PROMPT", "CREATED")
PROMPT_VERSION_CREATED = Event("PROMPT_VERSION", "CREATED")
PROMPT_TAG_SET = Event("PROMPT_TAG", "SET")
PROMPT_TAG_DELETED = Event("PROMPT_TAG", "DELETED")
PROMPT_VERSION_TAG_SET = Event("PROMPT_VERSION_TAG", "SET")
PROMPT_VERSION_TAG_DELETED = Event("PROMPT_VERSION_TAG", "DELETED")
PROMPT_ALIAS_CREATED = Event("PROMPT_ALIAS", "CREATED")
PROMPT_ALIAS_DELETED = Event("PROMPT_ALIAS", "DELETED")
# MLflow's gateway has budgets; this server has none, so that it never happens here.
BUDGET_EXCEEDED = Event("BUDGET_POLICY", "EXCEEDED")


def run_ended(status: RunStatus) -> Event:
    """`status` is one of those in which a run has ended."""
    return Event(RUN, status)


_TAGS: dict[str, Any] = {"tags": {"team": "red"}, "description": "what it is for"}
_VERSION = {"name": "iris", "version": "1"}
_RUN = {
    "run_id": "0123456789abcdef0123456789abcdef",
    "run_name": "bold-finch-12",
    "experiment_id": "0",
    "user_id": "ann",
    "start_time": 1_795_440_000_000,
    "end_time": 1_795_443_600_000,
}

_BUDGET = {
    "budget_policy_id": "b-1",
    "budget_unit": "USD",
    "budget_amount": 20.0,
    "current_spend": 21.5,
    "duration_unit": "DAYS",
    "duration_value": 1,
    "target_scope": "GLOBAL",
    "workspace": "default",
    "target_value": None,
    "window_start": 1_795_392_000_000,
}

# Each event that there is, and what a test of a webhook sends as its data: the same fields as the real one has.
EXAMPLES: dict[Event, dict[str, Any]] = {
    MODEL_CREATED: {"name": "iris", **_TAGS},
    VERSION_CREATED: {**_VERSION, "source": "models:/m-0123456789abcdef", "run_id": _RUN["run_id"], **_TAGS},
    VERSION_TAG_SET: {**_VERSION, "key": "checked", "value": "yes"},
    VERSION_TAG_DELETED: {**_VERSION, "key": "checked"},
    ALIAS_CREATED: {"name": "iris", "alias": "champion", "version": "1"},
    ALIAS_DELETED: {"name": "iris", "alias": "champion"},
    PROMPT_CREATED: {"name": "greeting", **_TAGS},
    PROMPT_VERSION_CREATED: {"name": "greeting", "version": "1", "template": "Hello {{name}}", **_TAGS},
    PROMPT_TAG_SET: {"name": "greeting", "key": "checked", "value": "yes"},
    PROMPT_TAG_DELETED: {"name": "greeting", "key": "checked"},
    PROMPT_VERSION_TAG_SET: {"name": "greeting", "version": "1", "key": "checked", "value": "yes"},
    PROMPT_VERSION_TAG_DELETED: {"name": "greeting", "version": "1", "key": "checked"},
    PROMPT_ALIAS_CREATED: {"name": "greeting", "alias": "live", "version": "1"},
    PROMPT_ALIAS_DELETED: {"name": "greeting", "alias": "live"},
    BUDGET_EXCEEDED: _BUDGET,
    run_ended("FINISHED"): {**_RUN, "status": "FINISHED"},
    run_ended("FAILED"): {**_RUN, "status": "FAILED"},
    run_ended("KILLED"): {**_RUN, "status": "KILLED"},
}


def known_event(entity: str | int, action: str | int) -> Event:
    """The event that a request names. Raises InvalidParameter where there is none such."""
    event = Event(_spelled(entity, MLFLOW_ENTITIES), _spelled(action, MLFLOW_ACTIONS))
    if event in EXAMPLES:
        return event
    actions = sorted(one.action.lower() for one in EXAMPLES if one.entity == event.entity)
    if not actions:
        entities = ", ".join([*MLFLOW_ENTITIES, RUN])
        raise InvalidParameter(f"Invalid entity '{entity}' of an event. Valid entities are: {entities}.")
    raise InvalidParameter(
        f"Invalid action '{event.action.lower()}' for entity '{event.entity.lower()}'. Valid actions are: {actions}"
    )


def message(event: Event, at_ms: int, data: Mapping[str, Any] | msgspec.Raw) -> bytes:
    """The body in which a webhook tells that `event` happened at that time."""
    at = datetime.fromtimestamp(at_ms / 1000, UTC).isoformat()
    entity, action = event.entity.lower(), event.action.lower()
    return msgspec.json.encode({"entity": entity, "action": action, "timestamp": at, "data": data})


def _spelled(given: str | int, names: tuple[str, ...]) -> str:
    if isinstance(given, int):
        return names[given - 1] if 0 < given <= len(names) else str(given)
    return given
