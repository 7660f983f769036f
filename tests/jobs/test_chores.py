"""A chore is done by one server at a time, and by another where that one dies."""

from __future__ import annotations

import asyncio

import pytest

from trackline.db.database import Database
from trackline.db.transaction import Transaction
from trackline.jobs.chores import Chore, Housekeeper
from trackline.store import chores


def test_of_several_servers_one_does_it_once(database: Database) -> None:
    async def scenario() -> None:
        done: list[int] = []
        begun = asyncio.Event()

        async def work() -> None:
            done.append(1)
            begun.set()
            await asyncio.sleep(0.2)

        chore = Chore("sweep", 3600, work)
        keepers = [Housekeeper(database, [chore]) for _ in range(5)]
        assert sorted(await asyncio.gather(*(keeper.attempt(chore) for keeper in keepers))) == [False] * 4 + [True]
        assert not any([await keeper.attempt(chore) for keeper in keepers])
        assert done == [1]

    asyncio.run(scenario())


def test_what_a_dead_server_had_is_done_by_another_when_its_lease_ends(database: Database) -> None:
    async def scenario() -> None:
        async def work() -> None:
            done.append(1)

        done: list[int] = []
        chore = Chore("sweep", 0, work)
        assert await database.write(chores.claim, chore.name, "dead")
        assert not await Housekeeper(database, []).attempt(chore)

        await database.write(let_lease_end, chore.name)
        assert await Housekeeper(database, []).attempt(chore)
        assert not await database.write(chores.renew, chore.name, "dead")
        assert done == [1]

    asyncio.run(scenario())


@pytest.mark.slow
def test_a_server_that_is_running_takes_over_within_half_a_minute(database: Database) -> None:
    async def scenario() -> None:
        done = asyncio.Event()

        async def work() -> None:
            done.set()

        assert await database.write(chores.claim, "sweep", "dead")
        keeping = asyncio.create_task(Housekeeper(database, [Chore("sweep", 3600, work)]).run())
        async with asyncio.timeout(30):
            await done.wait()
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)

    asyncio.run(scenario())


def let_lease_end(tx: Transaction, name: str) -> None:
    tx.execute("UPDATE chores SET claimed_until_ms = 0 WHERE name = :name", {"name": name})


def test_what_is_broken_off_is_left_to_others_at_once(database: Database) -> None:
    async def scenario() -> None:
        begun = asyncio.Event()

        async def for_ever() -> None:
            begun.set()
            await asyncio.Event().wait()

        stopped = asyncio.create_task(Housekeeper(database, []).attempt(Chore("sweep", 3600, for_ever)))
        await begun.wait()
        assert not await database.read(chores.is_free, "sweep")
        stopped.cancel()
        with pytest.raises(asyncio.CancelledError):
            await stopped
        assert await database.read(chores.is_free, "sweep")

    asyncio.run(scenario())


def test_what_fails_is_tried_again_when_it_is_due(database: Database) -> None:
    async def scenario() -> None:
        async def fail() -> None:
            raise OSError("no room")

        with pytest.raises(OSError, match="no room"):
            await Housekeeper(database, []).attempt(Chore("sweep", 3600, fail))
        assert not await database.read(chores.is_free, "sweep")

    asyncio.run(scenario())
