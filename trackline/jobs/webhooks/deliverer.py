"""Empties the outbox: one task per webhook that has something to deliver, so that a slow receiver delays only its own.

Several processes on one database may do so at once; the outbox lets one at a time have a webhook.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
import uuid
from random import Random

import msgspec

from trackline.db.announcements import EVERYTHING
from trackline.db.database import Database
from trackline.db.errors import Overloaded, Unavailable
from trackline.domain.events import message
from trackline.domain.webhooks import Outcome, delivery_id
from trackline.jobs.webhooks.sender import Message, Sender
from trackline.store import outbox
from trackline.store.outbox import Delivery, Settled
from trackline.store.topics import OUTBOX

log = logging.getLogger("trackline")

MOST_AT_ONCE = 16  # webhooks
TOPICS = (OUTBOX, EVERYTHING)
LOOK_EVERY_SECONDS = 10.0  # for what another process had claimed when it died


class Deliverer:
    def __init__(self, database: Database, sender: Sender, random: Random) -> None:
        self._database = database
        self._sender = sender
        self._random = random
        self._name = uuid.uuid4().hex
        self._tasks: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()
        self._stopping = False

    async def run(self) -> None:
        """Deliver until it is cancelled; then what is under way is ended, which takes no longer than one attempt."""
        listening = asyncio.create_task(self._listen())
        try:
            while True:
                self._woken.clear()
                seconds = await self._start_what_is_due()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), seconds)
        finally:
            self._stopping = True
            listening.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            with contextlib.suppress(Overloaded, Unavailable):  # then the lease ends by itself
                await self._database.write(outbox.release, self._name)

    async def _listen(self) -> None:
        with self._database.listen() as changes:
            async for topics in changes:
                if not topics.isdisjoint(TOPICS):
                    self._woken.set()

    async def _start_what_is_due(self) -> float:
        """How many seconds to wait until there may be more."""
        try:
            room = MOST_AT_ONCE - len(self._tasks)
            due = await self._database.read(outbox.next_due) if room else None
            if due is None:
                return LOOK_EVERY_SECONDS
            wait = due / 1000 - time.time()
            if wait > 0:
                return min(wait, LOOK_EVERY_SECONDS)
            claimed = await self._database.write(outbox.claim, self._name, room)
        except Exception as error:  # noqa: BLE001 the next look may go better
            log.warning("Webhooks wait for the database: %s", error)
            return LOOK_EVERY_SECONDS
        for delivery in claimed:
            task = asyncio.create_task(self._deliver(delivery))
            self._tasks.add(task)
            task.add_done_callback(self._end)
        return 0.0 if claimed else LOOK_EVERY_SECONDS

    def _end(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._woken.set()
        if not task.cancelled() and (error := task.exception()):
            log.error("A webhook's deliveries were broken off; they go on later.", exc_info=error)

    async def _deliver(self, delivery: Delivery | None) -> None:
        """This one and those behind it, until there are none, or one is to be tried again later."""
        while delivery and not self._stopping:
            body = message(delivery.event, delivery.happened_ms, msgspec.Raw(delivery.data))
            outcome = await self._sender.send(
                delivery.recipient, Message(delivery_id(delivery.recipient.webhook_id, delivery.number), body)
            )
            settled = await self._database.write(outbox.settle, self._name, delivery, outcome, self._random.random())
            _report(delivery, outcome, settled)
            delivery = settled.next if settled else None


def _report(delivery: Delivery, outcome: Outcome, settled: Settled | None) -> None:
    """The first failure, and the end without success, are worth a line."""
    said = outcome.error or f"status {outcome.status}"
    name, number = delivery.recipient.name, delivery.number
    if settled and settled.state == "DEAD":
        log.error("Webhook %s: delivery %d (%s) is given up: %s", name, number, delivery.event.name, said)
    elif not outcome.delivered and delivery.attempts == 0:
        log.warning("Webhook %s: delivery %d (%s) failed, is tried again: %s", name, number, delivery.event.name, said)
