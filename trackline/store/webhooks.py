"""Webhooks: whom to tell, of what."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from trackline.db.transaction import Transaction
from trackline.domain.errors import NotFound
from trackline.domain.events import RUN, Event, event_named
from trackline.domain.page_tokens import make_token, read_token
from trackline.domain.webhooks import Recipient, Status, Webhook, WebhookQuery
from trackline.store.topics import OUTBOX

_COLUMNS = "id, uuid, name, url, status, created_ms, updated_ms, description"


class NewWebhook(NamedTuple):
    """`uuid` is already made, `sealed_secret` already encrypted."""

    uuid: str
    name: str
    url: str
    description: str | None
    status: Status
    events: list[Event]
    sealed_secret: str | None


class WebhookChange(NamedTuple):
    """What of a webhook is to change; None leaves it as it is, "" removes a description or a secret."""

    name: str | None
    url: str | None
    description: str | None
    status: Status | None
    events: list[Event] | None
    sealed_secret: str | None


def create_webhook(tx: Transaction, new: NewWebhook) -> Webhook:
    (number,) = tx.rows(
        "INSERT INTO webhooks (uuid, name, description, url, status, sealed_secret, created_ms, updated_ms) "
        "VALUES (:uuid, :name, :description, :url, :status, :sealed_secret, :now, :now) RETURNING id",
        {**new._asdict(), "now": tx.now_ms},
    )[0]
    _write_events(tx, number, new.events)
    return get_webhook(tx, new.uuid)


def get_webhook(tx: Transaction, uuid: str) -> Webhook:
    return _read(tx, tx.rows(f"SELECT {_COLUMNS} FROM webhooks WHERE id = :id", {"id": webhook_number(tx, uuid)}))[0]


def find_webhooks(tx: Transaction, query: WebhookQuery) -> tuple[list[Webhook], str | None]:
    """One page, the newest first, and the token of the next."""
    after = read_token(query, query.page_token)
    rows = tx.rows(
        f"SELECT {_COLUMNS} FROM webhooks WHERE {'TRUE' if after is None else 'id < :last'} "
        f"AND {'TRUE' if query.of_runs else 'id NOT IN (SELECT webhook_id FROM webhook_events WHERE event LIKE :run)'} "
        f"ORDER BY id DESC LIMIT {query.max_results + 1}",
        {"last": after[0] if after else None, "run": f"{RUN.lower()}.%"},
    )
    page = rows[: query.max_results]
    return _read(tx, page), make_token(query, [page[-1][0]]) if len(rows) > len(page) else None


def update_webhook(tx: Transaction, uuid: str, change: WebhookChange) -> Webhook:
    """What it still has to deliver goes to its new address, at once."""
    number = webhook_number(tx, uuid)
    tx.execute(
        "UPDATE webhooks SET name = coalesce(:name, name), url = coalesce(:url, url), "
        "status = coalesce(:status, status), "
        "description = nullif(coalesce(:description, description), ''), "
        "sealed_secret = nullif(coalesce(:sealed_secret, sealed_secret), ''), "
        "updated_ms = :now, failures = 0, due_ms = CASE WHEN due_ms IS NULL THEN NULL ELSE :now END WHERE id = :id",
        {**change._asdict(), "now": tx.now_ms, "id": number},
    )
    if change.events is not None:
        tx.execute("DELETE FROM webhook_events WHERE webhook_id = :id", {"id": number})
        _write_events(tx, number, change.events)
    tx.announce(OUTBOX)
    return get_webhook(tx, uuid)


def delete_webhook(tx: Transaction, uuid: str) -> None:
    """With its queue and its log."""
    tx.execute("DELETE FROM webhooks WHERE id = :id", {"id": webhook_number(tx, uuid)})


def recipient(tx: Transaction, uuid: str) -> tuple[Recipient, Event]:
    """Where its messages go, and the first of its events in the order in which they are shown."""
    webhook = get_webhook(tx, uuid)
    (secret,) = tx.rows("SELECT sealed_secret FROM webhooks WHERE uuid = :uuid", {"uuid": uuid})[0]
    return Recipient(uuid, webhook.name, webhook.url, secret), webhook.events[0]


def webhook_number(tx: Transaction, uuid: str) -> int:
    row = tx.row("SELECT id FROM webhooks WHERE uuid = :uuid", {"uuid": uuid})
    if row is None:
        raise NotFound(f"Webhook with ID {uuid} not found.")
    return int(row[0])


def _write_events(tx: Transaction, number: int, events: list[Event]) -> None:
    tx.many(
        "INSERT INTO webhook_events (event, webhook_id) VALUES (:event, :id)",
        [{"event": event.name, "id": number} for event in events],
    )


def _read(tx: Transaction, rows: list[tuple[int, str, str, str, Status, int, int, str | None]]) -> list[Webhook]:
    """Rows of _COLUMNS as the values that they stand for."""
    events: defaultdict[int, list[Event]] = defaultdict(list)
    for number, name in tx.rows(
        f"SELECT webhook_id, event FROM webhook_events WHERE {tx.dialect.among('webhook_id', 'ids')} ORDER BY event",
        {"ids": [row[0] for row in rows]},
    ):
        events[number].append(event_named(name))
    return [
        Webhook(uuid, name, url, events[number], status, created_ms, updated_ms, description)
        for number, uuid, name, url, status, created_ms, updated_ms, description in rows
    ]
