"""Statements that go out together."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trackline.db.postgres import pipe as module
from trackline.db.postgres.connect import Server, ServerConnection
from trackline.db.postgres.pipe import Statement
from trackline.db.postgres.transaction import ROWS_AT_ONCE, PostgresTransaction


@pytest.fixture
def connection(place: Server) -> Iterator[ServerConnection]:
    with place.connect() as connection:
        yield connection


def test_each_statement_has_its_own_result_in_turn(connection: ServerConnection) -> None:
    results = connection.pipe.run([Statement("SELECT $1::bigint", [number]) for number in range(100)])
    assert [connection.pipe.rows(result) for result in results] == [[(number,)] for number in range(100)]


def test_the_first_error_is_told_and_the_next_statements_work(connection: ServerConnection) -> None:
    for _ in range(4):  # the first time, when it is prepared, and later
        with pytest.raises(psycopg.errors.DivisionByZero):
            connection.pipe.run([Statement("SELECT 1"), Statement("SELECT 1 / $1::bigint", [0]), Statement("nonsense")])
        (result,) = connection.pipe.run([Statement("SELECT 1 / $1::bigint", [1])])
        assert connection.pipe.rows(result) == [(1,)]


def test_a_value_that_cannot_be_sent_leaves_the_connection_usable(connection: ServerConnection) -> None:
    with pytest.raises(psycopg.DataError):
        connection.pipe.run([Statement("SELECT 1"), Statement("SELECT $1::text", ["nul \0"])])
    assert connection.execute("SELECT 1").fetchone() == (1,)


TEXTS = st.lists(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0") | st.sampled_from('"\\,{} '))
)


@given(texts=TEXTS, numbers=st.lists(st.integers(-(2**63), 2**63 - 1)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_lists_arrive_as_they_are(connection: ServerConnection, texts: list[str], numbers: list[int]) -> None:
    (result,) = connection.pipe.run([Statement("SELECT $1::text[], $2::bigint[]", [texts, numbers])])
    assert connection.pipe.rows(result) == [(texts, numbers)]


@pytest.mark.parametrize("text", ["nul \0", "half a pair \ud800"])
def test_a_text_in_a_list_that_cannot_be_sent_is_told(connection: ServerConnection, text: str) -> None:
    with pytest.raises((psycopg.DataError, UnicodeEncodeError)):
        connection.pipe.run([Statement("SELECT $1::text[]", [["fine", text]])])
    assert connection.execute("SELECT 1").fetchone() == (1,)


def test_no_more_statements_stay_prepared_than_may(
    connection: ServerConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_PREPARED", 3)
    for _ in range(3):
        for number in range(5):
            for _ in range(3):
                (result,) = connection.pipe.run([Statement(f"SELECT {number}, $1::bigint", [number])])
                assert connection.pipe.rows(result) == [(number, number)]
    assert connection.execute("SELECT count(*) <= 3 FROM pg_prepared_statements").fetchone() == (True,)


def test_more_than_a_socket_takes_goes_both_ways(connection: ServerConnection) -> None:
    large = "x" * 3_000_000
    results = connection.pipe.run([Statement("SELECT $1::text", [large])] * 8)
    assert [connection.pipe.rows(result) for result in results] == [[(large,)]] * 8


def test_rows_of_any_number_are_inserted_and_asked_for_in_their_order(connection: ServerConnection) -> None:
    connection.execute("CREATE TEMP TABLE pairs (a BIGINT PRIMARY KEY, b TEXT)")
    for count in (1, ROWS_AT_ONCE, 2 * ROWS_AT_ONCE + 1):
        tx = PostgresTransaction(connection.pipe, 0)
        tx.execute("DELETE FROM pairs")
        before = tx.ask("SELECT count(*) FROM pairs")
        tx.insert("INSERT INTO pairs (a, b) VALUES (:a, :b)", [{"b": f"{n}", "a": n} for n in range(count)])
        after = tx.ask("SELECT a, b FROM pairs ORDER BY a")
        assert after() == [(n, f"{n}") for n in range(count)]
        assert before() == [(0,)]
