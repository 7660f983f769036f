from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from tests.db.notes import PATIENCE, Held, add, texts, until
from tests.postgres import Cluster, cluster
from trackline.db import line, turns
from trackline.db.errors import NotStorable, Overloaded, TookTooLong, Unavailable
from trackline.db.postgres import commits
from trackline.db.postgres import database as module
from trackline.db.postgres.connect import Server, ServerConnection
from trackline.db.postgres.database import PostgresDatabase
from trackline.db.postgres.migrate import migrate_postgres
from trackline.db.postgres.pipe import Pipe, Statement
from trackline.db.transaction import Transaction


class Attempts:
    """Work that notes how often it was begun, and does `first` in its first attempt."""

    def __init__(self, first: Any) -> None:
        self.count = 0
        self._first = first

    def __call__(self, tx: Transaction, text: str) -> int:
        self.count += 1
        add(tx, text)
        if self.count == 1:
            self._first(tx)
        return self.count


def end_connection(place: Server, pid: int) -> None:
    with place.connect() as other:
        other.execute("SELECT pg_terminate_backend(%s::int, 5000)", [pid])


def pid_of(tx: Transaction) -> int:
    return int(tx.rows("SELECT pg_backend_pid()")[0][0])


def is_commit(statements: Sequence[Statement]) -> bool:
    """Of a request, by one of the threads that write."""
    return statements[-1] == Statement("COMMIT") and threading.current_thread().name.startswith("writer")


def test_many_writes_at_once_are_all_kept_and_each_gets_its_own_result(postgres_notes: PostgresDatabase) -> None:
    async def scenario() -> None:
        wanted = [f"note {number}" for number in range(300)]
        results = await asyncio.gather(*(postgres_notes.write(add, text) for text in wanted))
        assert [text for _, text in results] == wanted
        assert sorted(await postgres_notes.read(texts)) == sorted(wanted)

    asyncio.run(scenario())


def test_one_that_fails_leaves_nothing_and_its_connection_can_be_used(postgres_notes: PostgresDatabase) -> None:
    def fail(tx: Transaction) -> None:
        add(tx, "half")
        raise ValueError("changed my mind")

    async def scenario() -> None:
        for _ in range(2 * module.WRITERS):
            with pytest.raises(ValueError, match="changed my mind"):
                await postgres_notes.write(fail)
        await asyncio.gather(*(postgres_notes.write(add, f"{number}") for number in range(20)))
        assert len(await postgres_notes.read(texts)) == 20

    asyncio.run(scenario())


def test_a_read_is_one_snapshot_and_cannot_write(postgres_notes: PostgresDatabase) -> None:
    async def scenario() -> None:
        await postgres_notes.write(add, "old")
        held = Held()

        def twice(tx: Transaction) -> tuple[list[str], list[str]]:
            before = texts(tx)
            held.hold(tx)
            return before, texts(tx)

        reading = asyncio.create_task(postgres_notes.read(twice))
        await until(held)
        await postgres_notes.write(add, "new")
        held.release()
        assert await reading == (["old"], ["old"])
        with pytest.raises(Unavailable, match="read-only"):
            await postgres_notes.read(add, "sneaked in")

    asyncio.run(scenario())


def test_two_that_wait_for_each_other_both_end_well(postgres_notes: PostgresDatabase) -> None:
    meet = threading.Barrier(2)
    met: list[str] = []

    def change(tx: Transaction, first: str, second: str) -> None:
        tx.execute("UPDATE notes SET text = text || '!' WHERE text LIKE :t", {"t": f"{first}%"})
        if len(met) < 2:
            met.append(first)
            meet.wait(PATIENCE)
        tx.execute("UPDATE notes SET text = text || '?' WHERE text LIKE :t", {"t": f"{second}%"})

    async def scenario() -> None:
        await asyncio.gather(postgres_notes.write(add, "a"), postgres_notes.write(add, "b"))
        await asyncio.gather(postgres_notes.write(change, "a", "b"), postgres_notes.write(change, "b", "a"))
        assert sorted(await postgres_notes.read(texts)) in (["a!?", "b?!"], ["a?!", "b!?"])

    asyncio.run(scenario())


def test_who_is_overtaken_between_looking_and_writing_looks_again(postgres_notes: PostgresDatabase) -> None:
    looked, written = threading.Event(), threading.Event()

    def find_or_add(tx: Transaction, text: str) -> str:
        if tx.row("SELECT id FROM notes WHERE text = :text", {"text": text}) is not None:
            return "was there"
        looked.set()
        assert written.wait(PATIENCE)
        add(tx, text)
        return "added"

    async def scenario() -> None:
        slow = asyncio.create_task(postgres_notes.write(find_or_add, "wanted"))
        assert await asyncio.to_thread(looked.wait, PATIENCE)
        await postgres_notes.write(add, "wanted")
        written.set()
        assert await slow == "was there"

    asyncio.run(scenario())


def test_a_connection_lost_in_mid_transaction_is_replaced_and_the_work_done_once(
    postgres_notes: PostgresDatabase, place: Server
) -> None:
    work = Attempts(lambda tx: end_connection(place, pid_of(tx)))

    async def scenario() -> None:
        assert await postgres_notes.write(work, "kept") == 2
        assert await postgres_notes.read(texts) == ["kept"]

    asyncio.run(scenario())


@pytest.mark.parametrize("kept", [True, False], ids=["after", "before"])
def test_a_connection_lost_in_the_commit_is_asked_after_and_nothing_is_done_twice(
    postgres_notes: PostgresDatabase, place: Server, monkeypatch: pytest.MonkeyPatch, kept: bool
) -> None:
    """The connection ends just before, or just after, PostgreSQL has committed; the client cannot tell which."""
    run = Pipe.run
    lost = threading.Event()

    def run_and_lose(pipe: Pipe, statements: Sequence[Statement]) -> Any:
        if not lost.is_set() and is_commit(statements):
            lost.set()
            (asked,) = run(pipe, [Statement("SELECT pg_backend_pid()")])
            ((pid,),) = pipe.rows(asked)
            if kept:
                run(pipe, statements)
            end_connection(place, pid)
        return run(pipe, statements)

    work = Attempts(lambda _: None)

    async def scenario() -> None:
        monkeypatch.setattr(Pipe, "run", run_and_lose)
        assert await postgres_notes.write(work, "once") == (1 if kept else 2)
        assert await postgres_notes.read(texts) == ["once"]

    asyncio.run(scenario())


def test_who_waits_too_long_is_told_to_come_back_and_those_being_served_are_served(
    postgres_notes: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "WAIT_SECONDS", 0.2)

    async def scenario() -> None:
        held = Held()
        served = [asyncio.create_task(postgres_notes.write(held.hold)) for _ in range(module.WRITERS)]
        await until(held)
        with pytest.raises(Overloaded) as refusal:
            await postgres_notes.write(add, "one too many")
        assert refusal.value.retry_after >= 1
        held.release()
        await asyncio.gather(*served)
        assert await postgres_notes.read(texts) == []

    asyncio.run(scenario())


def test_too_many_in_line_are_turned_away_at_once(
    postgres_notes: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "MAX_WAITING", 20)
    monkeypatch.setattr(turns, "WAIT_SECONDS", PATIENCE)

    async def scenario() -> None:
        held = Held()
        served = [asyncio.create_task(postgres_notes.write(held.hold)) for _ in range(20)]
        await until(held)
        with pytest.raises(Overloaded):
            await postgres_notes.write(add, "one too many")
        held.release()
        await asyncio.gather(*served)

    asyncio.run(scenario())


def test_a_statement_that_never_ends_is_ended(postgres_notes: PostgresDatabase) -> None:
    def sleep(tx: Transaction) -> None:
        tx.execute("SET LOCAL statement_timeout = 100")
        tx.rows("SELECT pg_sleep(600)")

    async def scenario() -> None:
        with pytest.raises(TookTooLong):
            await postgres_notes.write(sleep)
        assert await postgres_notes.write(lambda tx: tx.rows("SHOW statement_timeout")) == [("30s",)]
        assert await postgres_notes.write(lambda tx: tx.rows("SHOW lock_timeout")) == [("10s",)]

    asyncio.run(scenario())


def test_a_statement_that_somebody_cancels_is_no_fault_of_the_request(postgres_notes: PostgresDatabase) -> None:
    def cancelled(tx: Transaction) -> None:
        tx.rows("SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(600)")

    with pytest.raises(Unavailable, match="user request"):
        asyncio.run(postgres_notes.write(cancelled))


@pytest.mark.parametrize("text", ["nul \0", "half a pair \ud800"])
def test_a_text_that_postgresql_has_no_place_for_is_a_fault_of_the_request(
    postgres_notes: PostgresDatabase, text: str
) -> None:
    with pytest.raises((NotStorable, UnicodeEncodeError)):
        asyncio.run(postgres_notes.write(add, text))


def test_a_text_that_an_index_has_no_room_for_is_a_fault_of_the_request(postgres_notes: PostgresDatabase) -> None:
    large = "".join(map(str, range(50_000)))  # which PostgreSQL cannot make small
    with pytest.raises(NotStorable, match="index row"):
        asyncio.run(postgres_notes.write(add, large))


def test_closing_finishes_what_has_begun_and_turns_the_rest_away(place: Server, postgres_migrations: Path) -> None:
    migrate_postgres(place, postgres_migrations, {})

    async def scenario() -> None:
        database = PostgresDatabase(place)
        asked = [asyncio.create_task(database.write(add, f"{number:03}")) for number in range(100)]
        await asyncio.sleep(0)
        database.close()
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert [isinstance(answer, Overloaded) for answer in answers] == [False] * module.WRITERS + [True] * 88
        with pytest.raises(Overloaded):
            await database.write(add, "too late")

    asyncio.run(scenario())


@pytest.fixture
def own_cluster() -> Iterator[Cluster]:
    """One that a test may end."""
    with cluster() as running:
        yield running


def test_a_commit_lost_in_a_crash_is_not_taken_for_another_that_got_its_number(
    own_cluster: Cluster, postgres_migrations: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL forgets the numbers of transactions of which nothing is on the disk yet, and gives them again."""
    place = own_cluster.server(own_cluster.new())
    migrate_postgres(place, postgres_migrations, {})
    run = Pipe.run
    crashed = threading.Event()
    ask_number = Statement("SELECT pg_current_xact_id()::text::bigint")

    def crash_instead(pipe: Pipe, statements: Sequence[Statement]) -> Any:
        if not crashed.is_set() and is_commit(statements):
            crashed.set()
            ((mine,),) = pipe.rows(run(pipe, [ask_number])[0])
            own_cluster.stop("immediate")
            own_cluster.start()
            with place.connect() as other:
                number = 0
                while number < mine:
                    ((number,),) = other.pipe.rows(run(other.pipe, [ask_number])[0])
        return run(pipe, statements)

    async def scenario(database: PostgresDatabase) -> None:
        monkeypatch.setattr(Pipe, "run", crash_instead)
        with contextlib.suppress(Unavailable):
            await database.write(add, "acknowledged")
            assert await database.read(texts) == ["acknowledged"]

    with closing(PostgresDatabase(place)) as database:
        asyncio.run(scenario(database))
    assert crashed.is_set()


def test_a_server_that_crashed_begins_a_new_life(own_cluster: Cluster) -> None:
    place = own_cluster.server("postgres")
    with place.connect() as one, place.connect() as other:
        assert one.life == other.life
    with place.connect() as doomed:
        before = doomed.life
        psutil.Process(doomed.info.backend_pid).kill()  # PostgreSQL ends all others, and recovers
        with pytest.raises(psycopg.OperationalError):
            doomed.execute("SELECT 1")
    assert wait_for_connection(place).life != before


def wait_for_connection(place: Server) -> ServerConnection:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with place.connect() as connection:
                return connection
        except psycopg.OperationalError:  # it recovers
            assert time.monotonic() < deadline


def test_what_a_synchronous_standby_does_not_confirm_in_time_is_not_acknowledged(
    own_cluster: Cluster, postgres_migrations: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commits, "PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(commits, "LOOK_SECONDS", 0.1)
    place = own_cluster.server(own_cluster.new())
    migrate_postgres(place, postgres_migrations, {})
    own_cluster.ask("ALTER SYSTEM SET synchronous_standby_names = 'away'")
    own_cluster.ask("SELECT pg_reload_conf()")

    async def scenario(database: PostgresDatabase) -> None:
        for number in range(2):
            with pytest.raises(Unavailable, match="perhaps without its standby"):
                await database.write(add, f"{number}")
        assert await database.read(texts) == ["0", "1"]

    with closing(PostgresDatabase(place)) as database:
        asyncio.run(scenario(database))


def test_while_the_database_is_down_requests_are_told_so_and_when_it_is_back_they_are_served(
    own_cluster: Cluster, postgres_migrations: Path
) -> None:
    place = own_cluster.server(own_cluster.new())
    migrate_postgres(place, postgres_migrations, {})

    async def scenario(database: PostgresDatabase) -> None:
        await asyncio.gather(*(database.write(add, f"{number}") for number in range(20)))
        own_cluster.stop()
        for _ in range(2):
            with pytest.raises(Unavailable):
                await database.write(add, "lost")
            with pytest.raises(Unavailable):
                await database.read(texts)
        own_cluster.start()
        await asyncio.gather(*(database.write(add, f"again {number}") for number in range(20)))
        assert len(await database.read(texts)) == 40

    with closing(PostgresDatabase(place)) as database:
        asyncio.run(scenario(database))
