"""The log of a webhook's deliveries, and its dead letters."""

from __future__ import annotations

from typing import Any

from trackline.db.transaction import Transaction
from trackline.domain.errors import NotFound
from trackline.domain.page_tokens import make_token, read_token
from trackline.domain.webhooks import DeliveryEntry, DeliveryQuery, delivery_id
from trackline.store.topics import OUTBOX
from trackline.store.webhooks import webhook_number

_COLUMNS = "number, event, happened_ms, state, attempts, tried_ms, response_status, response_body, error"


def read_deliveries(tx: Transaction, query: DeliveryQuery) -> tuple[list[DeliveryEntry], str | None]:
    """One page, the latest first, and the token of the next."""
    after = read_token(query, query.page_token)
    rows = tx.rows(
        f"SELECT {_COLUMNS} FROM webhook_deliveries WHERE webhook_id = :webhook "
        f"AND {'TRUE' if query.state is None else 'state = :state'} "
        f"AND {'TRUE' if after is None else 'number < :last'} ORDER BY number DESC LIMIT {query.max_results + 1}",
        {
            "webhook": webhook_number(tx, query.webhook_id),
            "state": query.state,
            "last": after[0] if after else None,
        },
    )
    entries = [_entry(query.webhook_id, row) for row in rows[: query.max_results]]
    return entries, make_token(query, [entries[-1].number]) if len(rows) > len(entries) else None


def retry_delivery(tx: Transaction, webhook_id: str, number: int) -> DeliveryEntry:
    """Deliver it once more, whatever became of it, and do so now; it has a day again until it is given up."""
    webhook = webhook_number(tx, webhook_id)
    row = tx.row(
        "UPDATE webhook_deliveries SET state = 'PENDING', attempts = 0, queued_ms = :now, error = NULL, "
        f"response_status = NULL, response_body = NULL WHERE webhook_id = :webhook AND number = :number "
        f"RETURNING {_COLUMNS}",
        {"now": tx.now_ms, "webhook": webhook, "number": number},
    )
    if row is None:
        raise NotFound(f"Webhook {webhook_id} has no delivery {number}, or not any more.")
    tx.execute(
        "UPDATE webhooks SET due_ms = :now, failures = 0 WHERE id = :webhook", {"now": tx.now_ms, "webhook": webhook}
    )
    tx.announce(OUTBOX)
    return _entry(webhook_id, row)


def _entry(webhook_id: str, row: tuple[Any, ...]) -> DeliveryEntry:
    number, event, happened, state, attempts, tried, status, body, error = row
    return DeliveryEntry(
        number=number,
        delivery_id=delivery_id(webhook_id, number),
        event=event,
        happened=happened,
        state=state,
        attempts=attempts,
        last_attempt=tried,
        response_status=status,
        response_body=body,
        error_message=error,
    )
