"""Webhooks, their outbox and the log of it, on each database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from tests.databases import NOW_MS
from trackline.db.announcements import EVERYTHING, Listener
from trackline.db.database import Database
from trackline.db.transaction import Transaction
from trackline.domain.errors import NotFound
from trackline.domain.events import MODEL_CREATED, VERSION_CREATED, run_ended
from trackline.domain.webhooks import (
    GIVE_UP_MS,
    LONGEST_DELAY_MS,
    REFUSED_ATTEMPTS,
    DeliveryEntry,
    DeliveryQuery,
    DeliveryState,
    Outcome,
    WebhookQuery,
)
from trackline.store import outbox
from trackline.store.delivery_log import read_deliveries, retry_delivery
from trackline.store.outbox import KEPT, LEASE_MS, MAX_QUEUE, Delivery, Settled, claim, next_due, release, settle, tell
from trackline.store.topics import OUTBOX
from trackline.store.webhooks import (
    NewWebhook,
    WebhookChange,
    create_webhook,
    delete_webhook,
    find_webhooks,
    update_webhook,
)

HOOK = "5d5a3b34-8a5c-4ac4-9a53-6ef2a3fbf70c"
OTHER = "6d5a3b34-8a5c-4ac4-9a53-6ef2a3fbf70c"
DONE, DOWN, REFUSED = Outcome(200, "ok"), Outcome(None, error="no answer"), Outcome(400, "no")
NOTHING = WebhookChange(None, None, None, None, None, None)
At = Callable[[int], Transaction]


@pytest.fixture
def at(store_tx: Transaction) -> At:
    """The open transaction as it would see the time so many milliseconds after the start."""

    def then(passed: int) -> Transaction:
        store_tx.now_ms = NOW_MS + passed
        return store_tx

    return then


def make(tx: Transaction, uuid: str = HOOK, status: str = "ACTIVE") -> None:
    events = [MODEL_CREATED, run_ended("FAILED")]
    create_webhook(tx, NewWebhook(uuid, "hook", "https://x/", None, status, events, None))  # type: ignore[arg-type]


def tell_of(tx: Transaction, count: int) -> None:
    for number in range(count):
        tell(tx, MODEL_CREATED, {"name": f"model {number}"})


def claimed(tx: Transaction, worker: str = "w") -> Delivery:
    (delivery,) = claim(tx, worker, 10)
    return delivery


def settled(tx: Transaction, delivery: Delivery, outcome: Outcome, worker: str = "w") -> Settled:
    found = settle(tx, worker, delivery, outcome, 0.0)
    assert found is not None
    return found


def entries(tx: Transaction, state: DeliveryState | None = None, uuid: str = HOOK) -> list[DeliveryEntry]:
    return read_deliveries(tx, DeliveryQuery(webhook_id=uuid, state=state, max_results=50_000))[0]


def test_only_active_webhooks_that_listen_to_an_event_are_left_a_message(at: At) -> None:
    make(at(0))
    make(at(0), OTHER, "DISABLED")
    tell(at(0), MODEL_CREATED, {"name": "a"})
    tell(at(0), VERSION_CREATED, {"name": "a"})
    assert [(one.number, one.event, one.state) for one in entries(at(0))] == [
        (1, "registered_model.created", "PENDING")
    ]
    assert entries(at(0), uuid=OTHER) == []


def test_where_nobody_listens_one_statement_finds_that_out(at: At) -> None:
    make(at(0))
    before = at(0).statements
    tell(at(0), VERSION_CREATED, {"name": "a"})
    assert at(0).statements == before + 1


def test_the_outbox_is_undone_with_what_it_tells_of(at: At) -> None:
    make(at(0))
    at(0).execute("SAVEPOINT request")
    tell_of(at(0), 3)
    assert next_due(at(0)) == NOW_MS
    at(0).execute("ROLLBACK TO request")
    assert next_due(at(0)) is None


def test_who_delivers_is_woken_by_a_message_and_not_by_an_event_of_which_nobody_is_told(database: Database) -> None:
    def mark(tx: Transaction) -> None:
        tx.announce("mark")

    async def scenario() -> None:
        await database.write(make)
        with database.listen() as changes:
            await database.write(tell, VERSION_CREATED, {"name": "a"})
            await database.write(mark)
            assert OUTBOX not in await _heard_until(changes, "mark")
            await database.write(tell, MODEL_CREATED, {"name": "a"})
            await _heard_until(changes, OUTBOX)

    asyncio.run(scenario())


async def _heard_until(changes: Listener, topic: str) -> set[str]:
    heard: set[str] = set()
    while not heard & {topic, EVERYTHING}:
        heard |= await asyncio.wait_for(anext(changes), 30)
    return heard


def test_deliveries_are_handed_out_in_order_one_at_a_time(at: At) -> None:
    make(at(0))
    tell_of(at(0), 3)
    delivery: Delivery | None = claimed(at(0))
    numbers = []
    while delivery:
        numbers.append(delivery.number)
        delivery = settled(at(1), delivery, DONE).next
    assert numbers == [1, 2, 3]
    assert next_due(at(1)) is None
    assert {one.state for one in entries(at(1))} == {"DELIVERED"}


def test_a_webhook_has_one_worker_until_its_lease_ends(at: At) -> None:
    make(at(0))
    tell_of(at(0), 2)
    first = claimed(at(0), "one")
    assert claim(at(LEASE_MS - 1), "other", 10) == []
    assert next_due(at(1)) == NOW_MS + LEASE_MS
    again = claimed(at(LEASE_MS), "other")
    assert again.number == first.number
    assert settle(at(LEASE_MS), "one", first, DONE, 0.0) is None
    assert settled(at(LEASE_MS), again, DONE, "other").next is not None


def test_a_worker_that_goes_on_keeps_its_lease_and_one_that_stops_gives_it_back(at: At) -> None:
    make(at(0))
    tell_of(at(0), 2)
    first = claimed(at(0))
    settled(at(LEASE_MS - 1), first, DONE)
    assert claim(at(LEASE_MS + 1), "other", 10) == []
    release(at(LEASE_MS + 1), "w")
    assert claimed(at(LEASE_MS + 1), "other").number == 2


def test_a_failure_holds_up_those_behind_it_longer_each_time(at: At) -> None:
    make(at(0))
    tell_of(at(0), 2)
    now = 0
    waits = []
    for _ in range(12):
        after = settled(at(now), claimed(at(now)), DOWN)
        assert after == Settled("PENDING", None)
        due = next_due(at(now))
        assert due is not None and claim(at(due - NOW_MS - 1), "w", 10) == []
        waits.append(due - NOW_MS - now)
        now = due - NOW_MS
    assert waits[:9] == [1000 * 2**n for n in range(9)] and waits[9:] == [LONGEST_DELAY_MS] * 3
    recovered = settled(at(now), claimed(at(now)), DONE)
    assert recovered.next is not None and recovered.next.number == 2
    settled(at(now), recovered.next, DOWN)
    assert next_due(at(now)) == NOW_MS + now + 1000


def test_what_cannot_be_delivered_for_a_day_is_dead_and_so_is_what_is_as_old(at: At) -> None:
    make(at(0))
    tell_of(at(0), 3)
    tell_of(at(GIVE_UP_MS), 1)
    assert settled(at(GIVE_UP_MS - 1), claimed(at(GIVE_UP_MS - 1)), DOWN).state == "PENDING"
    assert settled(at(GIVE_UP_MS + 2000), claimed(at(GIVE_UP_MS + 2000)), DOWN).state == "DEAD"
    states = [(one.number, one.state, one.attempts) for one in entries(at(0))]
    assert states == [(4, "PENDING", 0), (3, "DEAD", 0), (2, "DEAD", 0), (1, "DEAD", 2)]
    assert all(one.error_message for one in entries(at(0), "DEAD"))
    assert claimed(at(GIVE_UP_MS + 10_000)).number == 4


def test_what_the_receiver_refuses_is_dead_after_some_attempts_and_the_next_is_sent(at: At) -> None:
    make(at(0))
    tell_of(at(0), 2)
    now = 0
    for attempt in range(REFUSED_ATTEMPTS):
        after = settled(at(now), claimed(at(now)), REFUSED)
        assert after.state == ("DEAD" if attempt == REFUSED_ATTEMPTS - 1 else "PENDING")
        now = (next_due(at(now)) or 0) - NOW_MS
    assert 10 * 60_000 < now < 20 * 60_000
    assert after.next is not None and after.next.number == 2


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
def test_a_receiver_that_asks_to_come_back_is_not_given_up(at: At, status: int) -> None:
    make(at(0))
    tell_of(at(0), 1)
    now = 0
    for _ in range(2 * REFUSED_ATTEMPTS):
        assert settled(at(now), claimed(at(now)), Outcome(status)).state == "PENDING"
        now = (next_due(at(now)) or 0) - NOW_MS


def test_a_dead_letter_is_delivered_first_when_it_is_asked_for_again(at: At) -> None:
    make(at(0))
    tell_of(at(0), 2)
    late = GIVE_UP_MS + 1
    settled(at(late), claimed(at(late)), DOWN)
    tell_of(at(late), 1)
    again = retry_delivery(at(late), HOOK, 1)
    assert (again.state, again.attempts, again.error_message) == ("PENDING", 0, None)
    first = claimed(at(late))
    assert first.number == 1
    after = settled(at(late), first, DONE)
    assert after.next is not None and after.next.number == 3
    with pytest.raises(NotFound, match="no delivery 7"):
        retry_delivery(at(late), HOOK, 7)


def test_a_webhook_that_is_disabled_keeps_what_it_has_and_gets_no_more(at: At) -> None:
    make(at(0))
    tell_of(at(0), 2)
    first = claimed(at(0))
    update_webhook(at(0), HOOK, NOTHING._replace(status="DISABLED"))
    assert settled(at(0), first, DONE).next is None
    tell_of(at(0), 1)
    assert next_due(at(0)) is None and claim(at(0), "w", 10) == []
    update_webhook(at(5), HOOK, NOTHING._replace(status="ACTIVE"))
    assert claimed(at(5)).number == 2


def test_a_new_address_is_tried_at_once(at: At) -> None:
    make(at(0))
    tell_of(at(0), 1)
    for now in (0, 2000, 5000):
        settled(at(now), claimed(at(now)), DOWN)
    assert claim(at(5001), "w", 10) == []
    update_webhook(at(5001), HOOK, NOTHING._replace(url="https://y/"))
    assert claimed(at(5001)).recipient.url == "https://y/"


def test_a_deleted_webhook_takes_its_queue_with_it_also_while_it_is_delivered(at: At) -> None:
    make(at(0))
    tell_of(at(0), 2)
    delivery = claimed(at(0))
    delete_webhook(at(0), HOOK)
    assert settle(at(0), "w", delivery, DONE, 0.0) is None
    assert at(0).rows("SELECT * FROM webhook_deliveries") == at(0).rows("SELECT * FROM webhook_events") == []


def test_the_log_keeps_the_latest_only(at: At, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KEPT, "DELIVERED", 3)
    monkeypatch.setitem(KEPT, "DEAD", 2)
    make(at(0))
    tell_of(at(0), 5)
    late = GIVE_UP_MS + 1
    settled(at(late), claimed(at(late)), DOWN)
    tell_of(at(late), 6)
    delivery: Delivery | None = claimed(at(late + 1000))
    while delivery:
        delivery = settled(at(late + 1000), delivery, DONE).next
    assert [(one.number, one.state) for one in entries(at(late))] == [
        *((number, "DELIVERED") for number in (11, 10, 9)),
        *((number, "DEAD") for number in (5, 4)),
    ]


def test_a_queue_that_nobody_empties_ends_where_the_oldest_are_given_up(at: At) -> None:
    make(at(0))
    tell_of(at(0), MAX_QUEUE + 500)
    waiting = entries(at(0), "PENDING")
    assert MAX_QUEUE <= len(waiting) <= MAX_QUEUE + outbox.LOOK_EVERY
    assert waiting[0].number == MAX_QUEUE + 500
    assert {one.error_message for one in entries(at(0), "DEAD")} == {"The queue was full."}
    assert claimed(at(0)).number == waiting[-1].number


def test_delivering_takes_the_same_number_of_statements_however_long_the_queue_is(at: At) -> None:
    sent = []
    make(at(0))
    for count in (10, 1000):
        tell_of(at(0), count)
        before = at(0).statements
        delivery = claimed(at(0))
        for outcome in (DONE, DONE, DOWN):
            delivery = settled(at(0), delivery, outcome).next or delivery
        sent.append(at(0).statements - before)
        update_webhook(at(0), HOOK, NOTHING)
    assert sent == [2 + 3 * 5, 2 + 3 * 5]


def test_pages_of_webhooks_are_in_order_and_may_leave_out_those_of_runs(at: At) -> None:
    make(at(0))
    only = NewWebhook(OTHER, "hook", "https://x/", "d", "ACTIVE", [VERSION_CREATED], None)
    create_webhook(at(1), only)
    found, token = find_webhooks(at(2), WebhookQuery(of_runs=True, max_results=1))
    rest, end = find_webhooks(at(2), WebhookQuery(of_runs=True, max_results=1, page_token=token))
    assert [one.webhook_id for one in (*found, *rest)] == [OTHER, HOOK] and end is None
    mlflows, _ = find_webhooks(at(2), WebhookQuery(of_runs=False, max_results=10))
    assert [one.webhook_id for one in mlflows] == [OTHER]
    assert found[0].description == "d" and found[0].creation_timestamp == NOW_MS + 1


def test_two_workers_on_one_database_never_have_the_same_webhook(database: Database) -> None:
    async def scenario() -> list[list[Delivery]]:
        for number in range(10):
            await database.write(make, f"{number}{HOOK[1:]}")
        await database.write(tell_of, 1)
        return await asyncio.gather(*(database.write(claim, f"worker {number}", 3) for number in range(8)))

    got = [delivery.webhook for part in asyncio.run(scenario()) for delivery in part]
    assert len(got) == len(set(got)) > 0


def test_numbers_are_given_in_the_order_of_the_commits_by_many_at_once(database: Database) -> None:
    async def scenario() -> list[int]:
        await database.write(make)
        await asyncio.gather(*(database.write(tell_of, 5) for _ in range(20)))
        numbers = []
        delivery: Delivery | None = (await database.write(claim, "w", 1))[0]
        while delivery:
            numbers.append(delivery.number)
            after = await database.write(settle, "w", delivery, DONE, 0.0)
            delivery = after and after.next
        return numbers

    assert asyncio.run(scenario()) == list(range(1, 101))
