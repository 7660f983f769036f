"""How many statements the functions of webhooks send at most, each with arguments that give it `n` things to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trackline.db.transaction import Transaction
from trackline.domain.events import EXAMPLES, MODEL_CREATED
from trackline.domain.webhooks import DeliveryQuery, WebhookQuery
from trackline.store import delivery_log, webhooks
from trackline.store.outbox import tell

NEW = webhooks.NewWebhook("u-new", "hook", "https://x/", None, "ACTIVE", [], None)
CHANGE = webhooks.WebhookChange("new", "https://y/", "", "DISABLED", None, "")
# Real ids: those of deliveries are made of them.
ONE, BUSY = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000000"


def hook(n: int) -> str:
    """A webhook with one delivery, or with a hundred."""
    return ONE if n == 1 else BUSY


BUDGETS: dict[Callable[..., Any], tuple[int, Callable[[int], tuple[Any, ...]]]] = {
    webhooks.create_webhook: (5, lambda n: (NEW._replace(events=list(EXAMPLES)[:n]),)),
    webhooks.get_webhook: (3, lambda n: (hook(n),)),
    webhooks.find_webhooks: (2, lambda n: (WebhookQuery(of_runs=True, max_results=n),)),
    webhooks.update_webhook: (7, lambda n: (hook(n), CHANGE._replace(events=list(EXAMPLES)[:n]))),
    webhooks.delete_webhook: (2, lambda n: (hook(n),)),
    webhooks.recipient: (4, lambda n: (hook(n),)),
    delivery_log.read_deliveries: (2, lambda n: (DeliveryQuery(webhook_id=hook(n), state=None, max_results=n),)),
    delivery_log.retry_delivery: (3, lambda n: (hook(n), 1)),
}


def fill(tx: Transaction, many: int) -> None:
    """`many` webhooks, all but two of them disabled; the second has one delivery, the first as many."""
    for number in range(many):
        uuid = f"00000000-0000-4000-8000-{number:012}"
        new = NEW._replace(uuid=uuid, status="ACTIVE" if number < 2 else "DISABLED", events=[MODEL_CREATED])
        webhooks.create_webhook(tx, new)
    tell(tx, MODEL_CREATED, {"name": "a"})
    webhooks.update_webhook(tx, ONE, CHANGE)
    for _ in range(many - 1):
        tell(tx, MODEL_CREATED, {"name": "a"})
    webhooks.update_webhook(tx, BUSY, CHANGE)
