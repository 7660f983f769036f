"""What clients send about webhooks: one shape for each endpoint, with MLflow's field names."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from trackline.domain.entities import Int64
from trackline.domain.webhooks import DeliveryState, Status
from trackline.wire.requests import Text

AnyStatus = Status | Literal[1, 2]  # by number, too, as protobuf's JSON allows


class EventIn(Struct):
    entity: str | int
    action: str | int


class CreateWebhook(Struct):
    name: Text
    url: Text
    events: Annotated[list[EventIn], Meta(min_length=1)]
    description: str | None = None
    secret: str | None = None
    status: AnyStatus | None = None


class WebhookId(Struct):
    webhook_id: Text


class UpdateWebhook(WebhookId):
    """An empty name, URL or list of events changes nothing, as in MLflow; an empty description or secret goes."""

    name: str | None = None
    url: str | None = None
    events: list[EventIn] | None = None
    description: str | None = None
    secret: str | None = None
    status: AnyStatus | None = None


class ListWebhooks(Struct):
    max_results: Int64 | None = None
    page_token: str | None = None


class TestWebhook(WebhookId):
    event: EventIn | None = None


class ListDeliveries(WebhookId):
    state: DeliveryState | None = None
    max_results: Int64 | None = None
    page_token: str | None = None


class RetryDelivery(WebhookId):
    number: Int64
