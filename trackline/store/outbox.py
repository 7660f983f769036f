"""The outbox: what webhooks have to deliver. It is written in the transaction of the change that it tells of, and
emptied by workers, of which one at a time has a webhook (a lease, so that another takes over when it dies).

Each webhook's deliveries are numbered, by a counter in its row. Whoever numbers one holds that row until the commit, so
that the numbers are in the order of the commits, on every database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from trackline.db.transaction import Transaction
from trackline.domain.events import Event, event_named
from trackline.domain.webhooks import GIVE_UP_MS, DeliveryState, Outcome, Recipient, delay_ms, state_after
from trackline.store.topics import OUTBOX

LEASE_MS = 15_000  # longer than an attempt takes
MAX_QUEUE = 10_000  # deliveries that wait for one webhook, give or take the hundred after which that is looked at
LOOK_EVERY = 100
KEPT: dict[DeliveryState, int] = {"DELIVERED": 200, "DEAD": 1000}  # of one webhook, the latest

_HEADS = """
SELECT w.id, w.uuid, w.name, w.url, w.sealed_secret, d.number, d.event, d.happened_ms, d.queued_ms, d.attempts, d.data
FROM webhooks w JOIN webhook_deliveries d ON d.webhook_id = w.id AND d.number = (
    SELECT min(number) FROM webhook_deliveries WHERE webhook_id = w.id AND state = 'PENDING'
)
"""
_LISTENS = "status = 'ACTIVE' AND id IN (SELECT webhook_id FROM webhook_events WHERE event = :event)"
_UNCLAIMED = "(claimed_until_ms IS NULL OR claimed_until_ms <= :now)"


class Delivery(NamedTuple):
    """The oldest thing that a webhook has to deliver. `data` is JSON."""

    webhook: int
    recipient: Recipient
    number: int
    event: Event
    happened_ms: int
    queued_ms: int
    attempts: int
    data: str


class Settled(NamedTuple):
    """What became of a delivery, and what the worker has to deliver next, if anything."""

    state: DeliveryState
    next: Delivery | None


def tell(tx: Transaction, event: Event, data: Mapping[str, Any]) -> None:
    """Leave a message for each active webhook that listens to the event; one statement where none does."""
    teller(tx, event)(data)


def teller(tx: Transaction, event: Event) -> Callable[[Mapping[str, Any]], None]:
    """As `tell`, which is done by calling what this returns with the data (`tx.ask`)."""
    listeners = tx.ask(f"SELECT 1 FROM webhooks WHERE {_LISTENS} LIMIT 1", {"event": event.name})
    return lambda data: _leave(tx, event, data) if listeners() else None


def _leave(tx: Transaction, event: Event, data: Mapping[str, Any]) -> None:
    numbered = tx.rows(
        f"UPDATE webhooks SET last_number = last_number + 1, due_ms = coalesce(due_ms, :now) WHERE {_LISTENS} "
        "RETURNING id, last_number",
        {"event": event.name, "now": tx.now_ms},
    )
    said = {"event": event.name, "now": tx.now_ms, "data": msgspec.json.encode(data).decode()}
    tx.many(
        "INSERT INTO webhook_deliveries (webhook_id, number, event, happened_ms, data, queued_ms, state) "
        "VALUES (:webhook, :number, :event, :now, :data, :now, 'PENDING')",
        [{"webhook": webhook, "number": number, **said} for webhook, number in numbered],
    )
    for webhook, number in numbered:
        if number % LOOK_EVERY == 0:
            _give_up(tx, webhook, "number <= :limit", number - MAX_QUEUE, "The queue was full.")
    tx.announce(OUTBOX)


def next_due(tx: Transaction) -> int | None:
    """When there will be something to claim, None where nothing waits."""
    (due,) = tx.rows(
        "SELECT min(CASE WHEN claimed_until_ms > due_ms THEN claimed_until_ms ELSE due_ms END) FROM webhooks "
        "WHERE due_ms IS NOT NULL AND status = 'ACTIVE'"
    )[0]
    return None if due is None else int(due)


def claim(tx: Transaction, worker: str, most: int) -> list[Delivery]:
    """What is due, of webhooks that from now on are this worker's until it settles or its lease ends."""
    claimed = tx.rows(
        "UPDATE webhooks SET claimed_by = :worker, claimed_until_ms = :until WHERE id IN ("
        f"SELECT id FROM webhooks WHERE due_ms <= :now AND status = 'ACTIVE' AND {_UNCLAIMED} "
        f"ORDER BY due_ms LIMIT :most) AND {_UNCLAIMED} RETURNING id",
        {"worker": worker, "until": tx.now_ms + LEASE_MS, "now": tx.now_ms, "most": most},
    )
    return _heads(tx, [webhook for (webhook,) in claimed])


def settle(tx: Transaction, worker: str, delivery: Delivery, outcome: Outcome, chance: float) -> Settled | None:
    """Note how an attempt ended, and go on with the next delivery or give the webhook back until it is due.

    None where the webhook is not this worker's any more: it is deleted, or the lease ended. `chance` spreads retries.
    """
    held = tx.row(
        "UPDATE webhooks SET failures = failures + 1 WHERE id = :webhook AND claimed_by = :worker "
        "RETURNING failures, status",
        {"webhook": delivery.webhook, "worker": worker},
    )
    if held is None:
        return None
    failures, status = held
    state = _note(tx, delivery, outcome)
    if not outcome.delivered:
        before = tx.now_ms - GIVE_UP_MS
        _give_up(tx, delivery.webhook, "queued_ms <= :limit", before, "The receiver was out of reach for too long.")
    if state != "PENDING":
        _prune(tx, delivery.webhook, state)
    following = _heads(tx, [delivery.webhook])
    in_reach = outcome.delivered or (outcome.refused and state == "DEAD")
    goes_on = bool(following) and in_reach and status == "ACTIVE"
    due = tx.now_ms + (0 if in_reach else delay_ms(failures, chance))
    tx.execute(
        "UPDATE webhooks SET failures = :failures, due_ms = :due, claimed_by = :worker, claimed_until_ms = :until "
        "WHERE id = :webhook",
        {
            "failures": 0 if in_reach else failures,
            "due": due if following else None,
            "worker": worker if goes_on else None,
            "until": tx.now_ms + LEASE_MS if goes_on else None,
            "webhook": delivery.webhook,
        },
    )
    return Settled(state, following[0] if goes_on else None)


def release(tx: Transaction, worker: str) -> None:
    """Give back what the worker has, for one that stops."""
    tx.execute(
        "UPDATE webhooks SET claimed_by = NULL, claimed_until_ms = NULL WHERE claimed_by = :worker", {"worker": worker}
    )


def _heads(tx: Transaction, webhooks: list[int]) -> list[Delivery]:
    """The oldest delivery that waits, of each of these webhooks that has one."""
    rows = tx.rows(f"{_HEADS} WHERE {tx.dialect.among('w.id', 'webhooks')}", {"webhooks": webhooks})
    return [
        Delivery(webhook, Recipient(uuid, name, url, secret), number, event_named(event), happened, queued, tried, data)
        for webhook, uuid, name, url, secret, number, event, happened, queued, tried, data in rows
    ]


def _note(tx: Transaction, delivery: Delivery, outcome: Outcome) -> DeliveryState:
    state = state_after(outcome, delivery.attempts + 1, tx.now_ms - delivery.queued_ms)
    tx.execute(
        "UPDATE webhook_deliveries SET state = :state, attempts = attempts + 1, tried_ms = :now, "
        "response_status = :status, response_body = :body, error = :error "
        "WHERE webhook_id = :webhook AND number = :number",
        {
            "state": state,
            "now": tx.now_ms,
            "webhook": delivery.webhook,
            "number": delivery.number,
            **outcome._asdict(),
        },
    )
    return state


def _give_up(tx: Transaction, webhook: int, condition: str, limit: int, reason: str) -> None:
    """Those that wait and of which `condition` is true are dead."""
    buried = tx.changed(
        "UPDATE webhook_deliveries SET state = 'DEAD', error = coalesce(error, :reason) "
        f"WHERE webhook_id = :webhook AND state = 'PENDING' AND {condition}",
        {"webhook": webhook, "limit": limit, "reason": reason},
    )
    if buried:
        _prune(tx, webhook, "DEAD")


def _prune(tx: Transaction, webhook: int, state: DeliveryState) -> None:
    """Only the latest stay in the log."""
    tx.execute(
        "DELETE FROM webhook_deliveries WHERE webhook_id = :webhook AND state = :state AND number <= ("
        "SELECT number FROM webhook_deliveries WHERE webhook_id = :webhook AND state = :state "
        "ORDER BY number DESC LIMIT 1 OFFSET :kept)",
        {"webhook": webhook, "state": state, "kept": KEPT[state]},
    )
