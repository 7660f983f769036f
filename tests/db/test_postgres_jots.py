"""What asks once and then writes is written on the event loop, with others in one transaction, and in the ordinary way
where that does not work.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
import uvloop

from tests.db.notes import PATIENCE, add, texts
from tests.postgres import Cluster, cluster
from trackline.db.errors import NotStorable, Unavailable
from trackline.db.postgres import commits, jots
from trackline.db.postgres.connect import Server
from trackline.db.postgres.database import PostgresDatabase
from trackline.db.postgres.exchange import MOST_BYTES, Exchange
from trackline.db.postgres.migrate import migrate_postgres
from trackline.db.postgres.pipe import Dumped
from trackline.db.transaction import Transaction

Run = Callable[[Coroutine[Any, Any, None]], None]
ADD = "INSERT INTO notes (text) VALUES (:text)"


def put(tx: Transaction, text: str) -> Callable[[], str]:
    """A note, if there is none like it. Gives the name of the thread that wrote it."""
    found = tx.ask("SELECT text FROM notes WHERE text = :text", {"text": text})

    def write() -> str:
        if not found():
            tx.execute(ADD, {"text": text})
        return threading.current_thread().name

    return write


def lengthen(tx: Transaction, number: int) -> Callable[[], int]:
    """Make the note one longer. Gives how long it was."""
    found = tx.ask(f"SELECT text FROM notes WHERE id = :id {tx.dialect.to_change}", {"id": number})

    def write() -> int:
        ((text,),) = found()
        tx.execute("UPDATE notes SET text = :text WHERE id = :id", {"text": f"{text}!", "id": number})
        return len(text)

    return write


def sleep(tx: Transaction, seconds: float) -> Callable[[], str]:
    tx.ask("SELECT 1 FROM pg_sleep(:seconds)", {"seconds": seconds})
    return lambda: threading.current_thread().name


async def jotted(database: PostgresDatabase, text: str) -> bool:
    """Whether the event loop wrote it."""
    return await database.jot(text, put, text) == threading.main_thread().name


async def connected(database: PostgresDatabase) -> None:
    deadline = time.monotonic() + PATIENCE
    while not await jotted(database, "first"):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


@pytest.fixture
def run(postgres_notes: PostgresDatabase) -> Run:
    """Runs a scenario once the event loop has its connection, with a note "first"."""

    async def after(scenario: Coroutine[Any, Any, None]) -> None:
        await connected(postgres_notes)
        await scenario

    return lambda scenario: uvloop.run(after(scenario))


def test_many_at_once_each_get_their_own_result_in_few_transactions(postgres_notes: PostgresDatabase, run: Run) -> None:
    async def scenario() -> None:
        before = postgres_notes.load()
        wanted = [f"note {number:03}" for number in range(300)]
        assert all(await asyncio.gather(*(jotted(postgres_notes, text) for text in wanted)))
        after = postgres_notes.load()
        assert after.writes - before.writes == 300
        assert after.commits - before.commits <= 20
        assert sorted(await postgres_notes.read(texts)) == ["first", *wanted]

    run(scenario())


def test_those_about_the_same_come_one_after_the_other_whoever_writes_them(
    postgres_notes: PostgresDatabase, run: Run
) -> None:
    async def scenario() -> None:
        number, _ = await postgres_notes.write(add, "")
        others = [number for number, _ in [await postgres_notes.write(add, f"{n}") for n in range(3)]]
        grow = [postgres_notes.jot(f"{number}", lengthen, number) for _ in range(30)]
        grow += [postgres_notes.write(lambda tx: lengthen(tx, number)(), about=f"{number}") for _ in range(30)]
        beside = [postgres_notes.jot(f"{other}", lengthen, other) for other in others]
        lengths = await asyncio.gather(*grow, *beside)
        assert sorted(lengths[:60]) == list(range(60))
        assert lengths[60:] == [1, 1, 1]

    run(scenario())


def test_what_fails_leaves_nothing_and_the_others_are_kept(postgres_notes: PostgresDatabase, run: Run) -> None:
    def refuse(tx: Transaction, at_once: bool) -> Callable[[], None]:
        tx.ask("SELECT 1")
        if at_once:
            raise ValueError("not this one")

        def write() -> None:
            tx.execute(ADD, {"text": "half"})
            raise ValueError("not this one")

        return write

    def add_and_refuse(tx: Transaction) -> Callable[[], None]:
        added = tx.ask(f"{ADD} RETURNING id", {"text": "half"})

        def write() -> None:
            assert added()
            raise ValueError("not this one")

        return write

    async def scenario() -> None:
        asked: list[Coroutine[Any, Any, Any]] = [jotted(postgres_notes, f"{number}") for number in range(4)]
        asked[1:1] = [postgres_notes.jot("a", refuse, True), postgres_notes.jot("b", refuse, False)]
        asked[3:3] = [postgres_notes.jot("c", add_and_refuse)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert [isinstance(answer, ValueError) for answer in answers] == [False, True, True, True, False, False, False]
        assert sorted(await postgres_notes.read(texts)) == ["0", "1", "2", "3", "first"]
        assert await jotted(postgres_notes, "and on")

    run(scenario())


def test_what_the_database_refuses_is_told_to_the_one_that_asked_for_it(
    postgres_notes: PostgresDatabase, run: Run
) -> None:
    def twice(tx: Transaction) -> Callable[[], None]:
        tx.ask("SELECT 1")
        return lambda: tx.execute(ADD, {"text": "first"})

    async def scenario() -> None:
        for _ in range(2):
            refused: tuple[Coroutine[Any, Any, Any], ...] = (
                postgres_notes.jot("x", twice),
                postgres_notes.jot("y", put, "nul \0"),
            )
            kept = [jotted(postgres_notes, f"{number}") for number in range(5)]
            answers = await asyncio.gather(*refused, *kept, return_exceptions=True)
            assert isinstance(answers[0], psycopg.errors.UniqueViolation)
            assert isinstance(answers[1], NotStorable)
            assert answers[2:] == [False] * 5  # by themselves
            assert await jotted(postgres_notes, "and on")
        assert sorted(await postgres_notes.read(texts)) == ["0", "1", "2", "3", "4", "and on", "first"]

    run(scenario())


def test_who_asks_more_and_what_is_large_is_written_by_a_thread_and_once(
    postgres_notes: PostgresDatabase, run: Run
) -> None:
    def ask_twice(tx: Transaction) -> Callable[[], list[str]]:
        first = tx.ask("SELECT 1")

        def write() -> list[str]:
            assert first() == [(1,)]
            tx.execute(ADD, {"text": "asked twice"})
            return texts(tx)

        return write

    async def scenario() -> None:
        large = "x" * MOST_BYTES
        more, is_small, is_jotted = await asyncio.gather(
            postgres_notes.jot("a", ask_twice), jotted(postgres_notes, large), jotted(postgres_notes, "small")
        )
        assert "asked twice" in more
        assert (is_small, is_jotted) == (False, True)
        assert sorted(await postgres_notes.read(texts)) == ["asked twice", "first", "small", large]

    run(scenario())


def test_who_waits_for_another_transaction_keeps_no_other_waiting(
    postgres_notes: PostgresDatabase, place: Server, run: Run
) -> None:
    async def scenario() -> None:
        number, _ = await postgres_notes.write(add, "held")
        with place.connect() as other, other.transaction():
            other.execute("SELECT 1 FROM notes WHERE id = %s FOR UPDATE", [number])
            waits = asyncio.create_task(postgres_notes.jot("held", lengthen, number))
            async with asyncio.timeout(PATIENCE):
                await asyncio.gather(*(jotted(postgres_notes, f"{number}") for number in range(5)))
                await connected(postgres_notes)
            assert not waits.done()
        assert await waits == 4
        assert "held!" in await postgres_notes.read(texts)

    run(scenario())


def test_while_a_transaction_takes_long_the_others_are_written_by_threads(
    postgres_notes: PostgresDatabase, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jots, "TURN_SECONDS", 0.1)

    async def scenario() -> None:
        slow = asyncio.create_task(postgres_notes.jot("slow", sleep, 1.0))
        await asyncio.sleep(0.05)
        assert await asyncio.gather(*(jotted(postgres_notes, f"{number}") for number in range(3))) == [False] * 3
        assert not await jotted(postgres_notes, "later")
        assert not slow.done()
        assert await slow == threading.main_thread().name
        assert await jotted(postgres_notes, "and on")

    run(scenario())


def count_up(tx: Transaction, who: str) -> Callable[[], None]:
    """A note of how many such notes there were before."""
    counted = tx.ask("SELECT count(*) FROM notes WHERE text LIKE 'after %'")
    return lambda: tx.execute(ADD, {"text": f"after {counted()[0][0]} {who}"})


def test_one_that_is_given_up_leaves_the_others_theirs(postgres_notes: PostgresDatabase, run: Run) -> None:
    async def scenario() -> None:
        for turns in range(12):
            before = asyncio.create_task(postgres_notes.jot("before", sleep, 0.05))
            await asyncio.sleep(0.02)  # it is under way
            given_up, behind = (
                asyncio.create_task(postgres_notes.jot("same", count_up, f"{who} {turns}")) for who in "ab"
            )
            other = asyncio.create_task(jotted(postgres_notes, f"{turns}"))
            for _ in range(turns):
                await asyncio.sleep(0)
            given_up.cancel()
            assert await other
            await asyncio.gather(before, behind)
        notes = [text.split()[1:] for text in await postgres_notes.read(texts) if text.startswith("after ")]
        assert [int(number) for number, *_ in notes] == list(range(len(notes)))
        assert [int(turns) for _, who, turns in notes if who == "b"] == list(range(12))

    run(scenario())


Fate = Callable[[Exchange, Server], None]


def end_before(exchange: Exchange, place: Server) -> None:
    with place.connect() as other:
        other.execute("SELECT pg_terminate_backend(%s::int, 5000)", [exchange.connection.info.backend_pid])


def lose_after(exchange: Exchange, place: Server) -> None:
    """When PostgreSQL has kept it, and before that is heard."""
    deadline = time.monotonic() + PATIENCE
    with place.connect() as other:
        while not other.execute("SELECT 1 FROM notes WHERE text = 'here'").fetchone():
            assert time.monotonic() < deadline
            time.sleep(0.01)
    exchange.lose()


@pytest.mark.parametrize(
    ("is_commit", "fate"),
    [(False, end_before), (True, end_before), (True, lose_after)],
    ids=["asks", "commits", "is kept"],
)
def test_a_lost_connection_costs_nobody_a_write_and_writes_nothing_twice(
    postgres_notes: PostgresDatabase,
    place: Server,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    is_commit: bool,
    fate: Fate,
) -> None:
    send = Exchange.send

    def lost(exchange: Exchange, statements: Sequence[Dumped], *told: Any) -> None:
        if is_commit != (statements[-1].form.text == "COMMIT"):
            send(exchange, statements, *told)
            return
        monkeypatch.setattr(Exchange, "send", send)
        if fate is end_before:
            fate(exchange, place)
        send(exchange, statements, *told)
        if fate is lose_after:
            fate(exchange, place)

    async def scenario() -> None:
        monkeypatch.setattr(Exchange, "send", lost)
        await asyncio.gather(*(jotted(postgres_notes, text) for text in ("here", "there")))
        assert sorted(await postgres_notes.read(texts)) == ["first", "here", "there"]
        await connected(postgres_notes)

    run(scenario())


def test_connections_that_end_under_load_cost_nothing_and_leave_nobody_waiting(
    postgres_notes: PostgresDatabase, place: Server, run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    written: list[str] = []

    async def write(client: int, ended: asyncio.Event) -> None:
        for number in count():
            if ended.is_set():
                return
            while True:
                with contextlib.suppress(Unavailable):  # its connections ended again and again
                    await jotted(postgres_notes, f"{client} {number}")
                    break
            written.append(f"{client} {number}")

    def end_all() -> None:
        with place.connect() as other:
            for _ in range(20):
                other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
                time.sleep(0.05)

    async def scenario() -> None:
        ended = asyncio.Event()
        clients = [asyncio.create_task(write(client, ended)) for client in range(8)]
        await asyncio.to_thread(end_all)
        ended.set()
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*clients)
        assert sorted(await postgres_notes.read(texts)) == sorted(["first", *written])

    run(scenario())
    assert not caplog.records  # asyncio tells there of what it found nobody to tell


def test_what_a_synchronous_standby_does_not_confirm_in_time_is_not_acknowledged(
    postgres_migrations: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commits, "PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(commits, "LOOK_SECONDS", 0.1)

    async def wait_until_unconfirmed(database: PostgresDatabase) -> None:
        """The setting reaches one process after the other."""
        deadline = time.monotonic() + PATIENCE
        for number in count():
            assert time.monotonic() < deadline
            try:
                await jotted(database, f"before {number}")
            except Unavailable:
                return

    async def scenario(database: PostgresDatabase, own_cluster: Cluster) -> None:
        await connected(database)
        own_cluster.ask("ALTER SYSTEM SET synchronous_standby_names = 'away'")
        own_cluster.ask("SELECT pg_reload_conf()")
        await wait_until_unconfirmed(database)
        answers = await asyncio.gather(*(jotted(database, f"{number}") for number in range(3)), return_exceptions=True)
        assert all(isinstance(answer, Unavailable) for answer in answers)
        assert all("perhaps without its standby" in str(answer) for answer in answers)
        assert {"0", "1", "2"} < {*await database.read(texts)}

    with cluster() as own_cluster:
        place = own_cluster.server(own_cluster.new())
        migrate_postgres(place, postgres_migrations, {})
        with closing(PostgresDatabase(place)) as database:
            uvloop.run(scenario(database, own_cluster))


def test_what_is_announced_is_heard_once_it_is_kept(postgres_notes: PostgresDatabase, run: Run) -> None:
    def tell(tx: Transaction) -> Callable[[], None]:
        tx.ask("SELECT 1")

        def write() -> None:
            tx.execute(ADD, {"text": "told"})
            tx.announce("notes")

        return write

    async def scenario() -> None:
        with postgres_notes.listen() as changes:
            await postgres_notes.jot("told", tell)
            async with asyncio.timeout(PATIENCE):
                async for topics in changes:
                    if "notes" in topics:
                        break
        assert "told" in await postgres_notes.read(texts)

    run(scenario())
