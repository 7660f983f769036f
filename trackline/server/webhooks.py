"""Endpoints of webhooks, and of the log of what they were told."""

from __future__ import annotations

import time
import uuid
from typing import Any

from trackline.domain.events import EXAMPLES, Event, known_event, message
from trackline.domain.limits import check_length, check_page_size
from trackline.domain.webhooks import (
    MAX_DESCRIPTION,
    MAX_SECRET,
    STATUSES,
    DeliveryQuery,
    Outcome,
    Status,
    Webhook,
    WebhookQuery,
    check_events,
    check_webhook_name,
)
from trackline.jobs.webhooks import Message
from trackline.server.services import Services
from trackline.store import delivery_log, webhooks
from trackline.wire import responses
from trackline.wire import webhook_requests as requests

DEFAULT_RESULTS, MAX_RESULTS = 100, 1000


async def create(services: Services, request: requests.CreateWebhook) -> Any:
    new = webhooks.NewWebhook(
        uuid=str(uuid.uuid4()),
        name=_checked_name(request.name),
        url=await _checked_url(services, request.url),
        description=_checked_description(request.description) or None,
        status=_status(request.status) or "ACTIVE",
        events=_events(request.events),
        sealed_secret=_sealed(services, request.secret) or None,
    )
    return _answer(await services.database.write(webhooks.create_webhook, new))


async def get(services: Services, request: requests.WebhookId) -> Any:
    return _answer(await services.database.read(webhooks.get_webhook, request.webhook_id))


async def list_mlflows(services: Services, request: requests.ListWebhooks) -> Any:
    """Without those that tell of runs: MLflow's clients fail on a list that has an event which they do not know."""
    return await _list(services, request, of_runs=False)


async def list_all(services: Services, request: requests.ListWebhooks) -> Any:
    return await _list(services, request, of_runs=True)


async def update(services: Services, request: requests.UpdateWebhook) -> Any:
    change = webhooks.WebhookChange(
        name=_checked_name(request.name) if request.name else None,
        url=await _checked_url(services, request.url) if request.url else None,
        description=_checked_description(request.description),
        status=_status(request.status),
        events=_events(request.events) if request.events else None,
        sealed_secret=_sealed(services, request.secret),
    )
    return _answer(await services.database.write(webhooks.update_webhook, request.webhook_id, change))


async def delete(services: Services, request: requests.WebhookId) -> Any:
    await services.database.write(webhooks.delete_webhook, request.webhook_id)
    return {}


async def test(services: Services, request: requests.TestWebhook) -> Any:
    """Send an example now, past the queue; whether the webhook is active does not matter."""
    asked = known_event(request.event.entity, request.event.action) if request.event else None
    recipient, first = await services.database.read(webhooks.recipient, request.webhook_id)
    event = asked or first
    body = message(event, time.time_ns() // 1_000_000, EXAMPLES[event])
    outcome = await services.sender.send(recipient, Message(str(uuid.uuid4()), body))
    return {"result": _result(outcome)}


async def list_deliveries(services: Services, request: requests.ListDeliveries) -> Any:
    query = DeliveryQuery(
        webhook_id=request.webhook_id,
        state=request.state,
        max_results=_page_size(request.max_results),
        page_token=request.page_token,
    )
    found, token = await services.database.read(delivery_log.read_deliveries, query)
    return responses.page("deliveries", found, token)


async def retry(services: Services, request: requests.RetryDelivery) -> Any:
    found = await services.database.write(delivery_log.retry_delivery, request.webhook_id, request.number)
    return {"delivery": found}


async def _list(services: Services, request: requests.ListWebhooks, of_runs: bool) -> Any:
    query = WebhookQuery(
        of_runs=of_runs, max_results=_page_size(request.max_results), page_token=request.page_token or None
    )
    found, token = await services.database.read(webhooks.find_webhooks, query)
    return responses.page("webhooks", found, token)


def _page_size(given: int | None) -> int:
    """0 is the default, as in MLflow."""
    most = given or DEFAULT_RESULTS
    check_page_size(most, MAX_RESULTS)
    return most


def _checked_name(name: str) -> str:
    check_webhook_name(name)
    return name


async def _checked_url(services: Services, url: str) -> str:
    await services.sender.check(url)
    return url


def _checked_description(description: str | None) -> str | None:
    check_length(description or "", MAX_DESCRIPTION, "description")
    return description


def _status(given: Status | int | None) -> Status | None:
    return STATUSES[given - 1] if isinstance(given, int) else given


def _events(given: list[requests.EventIn]) -> list[Event]:
    events = [known_event(one.entity, one.action) for one in given]
    check_events(events)
    return events


def _sealed(services: Services, secret: str | None) -> str | None:
    check_length(secret or "", MAX_SECRET, "secret")
    return services.sender.secrets.seal(secret) if secret else secret


def _result(outcome: Outcome) -> dict[str, Any]:
    answer: dict[str, Any] = {"success": outcome.delivered}
    if outcome.error is not None:
        return {**answer, "error_message": f"Failed to test webhook: {outcome.error}"}
    return {**answer, "response_status": outcome.status, "response_body": outcome.body}


def _answer(webhook: Webhook) -> Any:
    return {"webhook": webhook}
