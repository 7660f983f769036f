"""Each caller may ask for so much and no more."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.server.talk import client_of, error_of
from tests.servers import running_server
from trackline.server import rates
from trackline.server.failures import Refused
from trackline.server.rates import BURST_SECONDS, Rates


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def taken(limits: Rates, caller: str, requests: int) -> int:
    """How many of so many requests in one moment were let through."""
    for number in range(requests):
        try:
            limits.count(caller)
        except Refused:
            return number
    return requests


def test_a_few_seconds_worth_may_come_at_once_and_then_so_many_a_second() -> None:
    clock = Clock()
    limits = Rates(10, clock)

    assert taken(limits, "ana", 1000) == 10 * BURST_SECONDS
    for _ in range(3):
        clock.now += 1.0
        assert taken(limits, "ana", 1000) == 10


def test_one_caller_takes_nothing_from_another() -> None:
    limits = Rates(10, Clock())
    taken(limits, "ana", 1000)

    assert taken(limits, "ben", 20) == 20


def test_a_refusal_says_when_to_come_back_and_then_it_is_true() -> None:
    clock = Clock()
    limits = Rates(10, clock)
    taken(limits, "ana", 1000)

    with pytest.raises(Refused) as refused:
        limits.count("ana")
    (name, seconds), *_ = refused.value.failure.headers
    clock.now += int(seconds)

    assert name == b"retry-after"
    assert taken(limits, "ana", 1) == 1


def test_without_a_limit_everything_is_let_through() -> None:
    assert taken(Rates(0, Clock()), "ana", 10_000) == 10_000


def test_callers_are_forgotten_before_they_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "MAX_CALLERS", 2)
    limits = Rates(1, Clock())
    for caller in ("ana", "ben", "cem"):
        taken(limits, caller, 100)

    assert taken(limits, "cem", 1) == 0
    assert taken(limits, "ana", 1) == 1


def test_a_server_tells_those_who_ask_too_often_to_wait(tmp_path: Path) -> None:
    with running_server(tmp_path, "--rate-limit=2") as server, client_of(server) as http:
        answers = [http.get("/api/2.0/mlflow/experiments/get?experiment_id=0") for _ in range(100)]
        refused = [answer for answer in answers if answer.status_code == 429]

        assert answers[0].status_code == 200
        assert refused
        assert int(refused[0].headers["retry-after"]) > 0
        code, message = error_of(refused[0].content)
        assert code == "REQUEST_LIMIT_EXCEEDED"
        assert "--rate-limit" in message
        assert http.get("/health").status_code == 200
