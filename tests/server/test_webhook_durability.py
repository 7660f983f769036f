"""Webhooks when a server is killed or stopped, and when a receiver is down: everything arrives, in order."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest

from tests.databases import Postgres
from tests.receivers import Received, Receiver, Reply, receiver, until
from tests.server.hooks import PRIVATE, RUN_ENDS, deliveries, made, run_to_end
from tests.server.talk import client_of
from tests.servers import free_port, running_server


@pytest.mark.slow
def test_a_killed_server_delivers_in_order_what_it_had_acknowledged(tmp_path: Path) -> None:
    port = free_port()
    with running_server(tmp_path, *PRIVATE) as server, client_of(server) as http:
        hook = made(http, f"http://127.0.0.1:{port}/", events=RUN_ENDS)
        runs = [run_to_end(http) for _ in range(5)]
        server.process.kill()
        server.process.wait()
    with receiver(port) as told, running_server(tmp_path, *PRIVATE) as server, client_of(server) as http:
        until(lambda: len(deliveries(http, hook, state="DELIVERED")) == 5)
        assert in_order(told) == runs


@pytest.mark.slow
def test_a_server_killed_while_it_delivers_delivers_again(tmp_path: Path) -> None:
    with receiver() as told:
        held = answering_when_set(told)
        with running_server(tmp_path, *PRIVATE) as server, client_of(server) as http:
            hook = made(http, told.url, events=RUN_ENDS)
            runs = [run_to_end(http) for _ in range(3)]
            told.wait_for(1)
            server.process.kill()
            server.process.wait()
        held.set()
        with running_server(tmp_path, *PRIVATE) as server, client_of(server) as http:
            until(lambda: len(deliveries(http, hook, state="DELIVERED")) == 3)
        assert in_order(told) == runs
        first, again = (one for one in told.got if one.data["run_id"] == runs[0])
        assert first.headers["x-mlflow-delivery-id"] == again.headers["x-mlflow-delivery-id"]


def test_a_server_that_is_stopped_ends_the_attempt_and_leaves_the_rest_for_the_next(tmp_path: Path) -> None:
    with receiver() as told:
        held = answering_when_set(told)
        with running_server(tmp_path, *PRIVATE) as server, client_of(server) as http:
            hook = made(http, told.url, events=RUN_ENDS)
            runs = [run_to_end(http) for _ in range(2)]
            told.wait_for(1)
            server.process.terminate()
            held.set()
        with running_server(tmp_path, *PRIVATE) as server, client_of(server) as http:
            until(lambda: len(deliveries(http, hook, state="DELIVERED")) == 2)
        assert [one.data["run_id"] for one in told.got] == runs


@pytest.mark.slow
def test_everything_arrives_in_order_after_the_receiver_was_down_for_a_minute(tmp_path: Path) -> None:
    port = free_port()
    with running_server(tmp_path, *PRIVATE) as server, client_of(server) as http:
        hook = made(http, f"http://127.0.0.1:{port}/", events=RUN_ENDS)
        runs = []
        end = time.monotonic() + 60
        while time.monotonic() < end:
            runs.append(run_to_end(http))
            time.sleep(0.5)
        with receiver(port) as told:
            until(lambda: len(deliveries(http, hook, state="DELIVERED", max_results=1000)) == len(runs))
            assert in_order(told) == runs


def in_order(told: Receiver) -> list[str]:
    """The runs that were told of, each where it was first."""
    return list(dict.fromkeys(json.loads(one.body)["data"]["run_id"] for one in told.got))


@pytest.mark.slow
def test_of_two_servers_on_one_database_the_other_takes_over_from_the_one_that_is_killed(
    tmp_path: Path, postgres_engine: Postgres
) -> None:
    held = threading.Event()
    with postgres_engine.uri() as uri, receiver() as told:

        def wait(_: Received) -> Reply:
            held.wait(60)
            return Reply()

        told.answer = wait
        flags = ("--backend-store-uri", uri, *PRIVATE)
        with running_server(tmp_path / "one", *flags) as one, client_of(one) as http:
            hook = made(http, told.url, events=RUN_ENDS)
            runs = [run_to_end(http) for _ in range(5)]
            told.wait_for(1)
            with running_server(tmp_path / "other", *flags) as other, client_of(other) as left:
                one.process.kill()
                one.process.wait()
                held.set()
                until(lambda: len(deliveries(left, hook, state="DELIVERED")) == 5)
        assert in_order(told) == runs


def answering_when_set(told: Receiver) -> threading.Event:
    """The event without which the receiver keeps whoever tells it something waiting, for a minute at most."""
    held = threading.Event()

    def wait(_: Received) -> Reply:
        held.wait(60)
        return Reply()

    told.answer = wait
    return held
