"""Hints of what has changed, as they reach a page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.server.talk import API, PATIENCE, client_of, error_of
from tests.servers import running_server

LIVE = "/api/trackline/live"


def made_run(http: httpx.Client) -> str:
    return str(http.post(f"{API}/runs/create", json={"experiment_id": "0"}).json()["run"]["info"]["run_id"])


def log(http: httpx.Client, run: str) -> None:
    http.post(f"{API}/runs/log-metric", json={"run_id": run, "key": "m", "value": 1, "timestamp": 1})


def hints(lines: Iterator[str]) -> Iterator[list[str]]:
    for line in lines:
        if line.startswith("data: ") and line != "data: {}":
            yield json.loads(line.removeprefix("data: "))["topics"]


def test_a_hint_comes_when_a_run_is_written_to_and_not_for_another(http: httpx.Client) -> None:
    watched, other = made_run(http), made_run(http)
    with http.stream("GET", LIVE, params={"topics": f"run:{watched},registry"}) as answer:
        lines = answer.iter_lines()
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["x-accel-buffering"] == "no"
        assert next(lines).startswith("retry:")
        log(http, other)
        log(http, watched)
        assert next(hints(lines)) == [f"run:{watched}"]


def test_the_table_of_an_experiment_hears_of_its_runs(http: httpx.Client) -> None:
    run = made_run(http)
    with http.stream("GET", LIVE, params={"topics": "experiment:0"}) as answer:
        lines = answer.iter_lines()
        next(lines)
        log(http, run)
        assert next(hints(lines)) == ["experiment:0"]


@pytest.mark.parametrize("topics", ["", ",", ",".join(f"run:{n}" for n in range(201))])
def test_one_who_wants_nothing_or_too_much_is_refused(http: httpx.Client, topics: str) -> None:
    answer = http.get(LIVE, params={"topics": topics})
    assert answer.status_code == 400
    assert "1 to 200 topics" in error_of(answer.content)[1]


def test_a_page_that_listens_does_not_keep_the_server_from_stopping(tmp_path: Path) -> None:
    with running_server(tmp_path) as server, client_of(server) as http:
        with http.stream("GET", LIVE, params={"topics": "registry"}) as answer:
            lines = answer.iter_lines()
            next(lines)
            server.process.terminate()
            assert "event: alive" in list(lines)  # to its proper end: the server did not have to cut it off
        server.process.wait(PATIENCE)
