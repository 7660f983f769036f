"""Each waits for those before that are about the same, and for no others."""

from __future__ import annotations

import asyncio

import pytest

from trackline.db import turns
from trackline.db.errors import Overloaded
from trackline.db.turns import Turns


def test_one_at_a_time_about_each_thing_in_the_order_in_which_they_came() -> None:
    line = Turns()
    begun: list[tuple[str, int]] = []
    ended: list[tuple[str, int]] = []

    async def go(about: str, number: int) -> None:
        async with line.of(about):
            begun.append((about, number))
            await asyncio.sleep(0)
            assert sum(other == about for other, _ in begun) == 1 + sum(other == about for other, _ in ended)
            ended.append((about, number))

    async def scenario() -> None:
        await asyncio.gather(*(go(about, number) for number in range(5) for about in "ab"))
        assert begun[:2] == [("a", 0), ("b", 0)]
        assert [number for about, number in ended if about == "a"] == [*range(5)]

    asyncio.run(scenario())


def test_who_is_given_up_or_fails_passes_the_turn_on() -> None:
    line = Turns()

    async def fail() -> None:
        async with line.of("a"):
            await asyncio.sleep(0)
            raise ValueError

    async def go() -> str:
        async with line.of("a"):
            return "gone"

    async def scenario() -> None:
        for gives_up_at in range(4):
            failing, given_up, last = (asyncio.create_task(one) for one in (fail(), go(), go()))
            for _ in range(gives_up_at):
                await asyncio.sleep(0)
            given_up.cancel()
            assert await last == "gone"
            await asyncio.gather(failing, given_up, return_exceptions=True)

    asyncio.run(scenario())


def test_who_waits_too_long_is_told_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "WAIT_SECONDS", 0.1)
    line = Turns()

    async def wait() -> None:
        async with line.of("a"):
            pass

    async def scenario() -> None:
        async with line.of("a"):
            with pytest.raises(Overloaded):
                await wait()
        await wait()

    asyncio.run(scenario())
