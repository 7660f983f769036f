from __future__ import annotations

import re
from html.parser import HTMLParser

import httpx
import pytest

from tests.server.talk import API, error_of, request, said_to
from tests.servers import Server

EVIL = "<script>alert(1)</script>\"'&"


class Page(HTMLParser):
    """What a reader sees, and what a browser would act on."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]
        assert not any(name.startswith("on") for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    @property
    def words(self) -> str:
        return " ".join("".join(self.text).split())


def make_experiment(http: httpx.Client, name: str) -> str:
    return str(http.post(f"{API}/experiments/create", json={"name": name}).json()["experiment_id"])


def make_run(http: httpx.Client, experiment: str, **given: object) -> str:
    answer = http.post(f"{API}/runs/create", json={"experiment_id": experiment, **given}).json()
    return str(answer["run"]["info"]["run_id"])


def page_of(http: httpx.Client, experiment: str | None = None) -> Page:
    answer = http.get("/", params={} if experiment is None else {"experiment": experiment})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return Page(answer.text)


def test_the_page_shows_experiments_and_how_to_log(http: httpx.Client, server: Server) -> None:
    experiment = make_experiment(http, "my experiment")
    page = page_of(http)
    assert "Default" in page.words and "my experiment" in page.words
    assert f"?experiment={experiment}" in page.links
    assert f'mlflow.set_tracking_uri("{server.url}")' in page.words


def test_an_experiment_without_runs_says_so(http: httpx.Client) -> None:
    assert "No runs yet" in page_of(http, make_experiment(http, "nothing in it")).words


def test_runs_are_shown_with_status_start_user_and_latest_metrics(http: httpx.Client) -> None:
    experiment = make_experiment(http, "with runs")
    run = make_run(http, experiment, run_name="brave-fox", user_id="ann", start_time=1_700_000_000_000)
    metrics = [{"key": f"m{n}", "value": n + 0.123456, "timestamp": 1, "step": 0} for n in range(6)]
    http.post(f"{API}/runs/log-batch", json={"run_id": run, "metrics": metrics})
    http.post(f"{API}/runs/update", json={"run_id": run, "status": "FINISHED"})

    words = page_of(http, experiment).words

    assert "with runs 1 run " in words
    for shown in ("brave-fox", "Finished", "2023-11-14 22:13:20 UTC", "ann", "m0 0.12346, m1 1.1235", "and 2 more"):
        assert shown in words


def test_of_many_runs_the_newest_are_shown(http: httpx.Client) -> None:
    experiment = make_experiment(http, "with many runs")
    for number in range(105):
        make_run(http, experiment, run_name=f"run-{number:03}", start_time=number)
    words = page_of(http, experiment).words
    assert "the newest 100 runs" in words
    assert "run-104" in words and "run-005" in words and "run-004" not in words


def test_names_are_shown_and_never_run(http: httpx.Client) -> None:
    experiment = make_experiment(http, EVIL)
    run = make_run(http, experiment, run_name=EVIL, user_id=EVIL)
    http.post(f"{API}/runs/log-metric", json={"run_id": run, "key": "m", "value": "NaN", "timestamp": 1})
    page = page_of(http, experiment)
    assert "script" not in page.tags
    assert page.words.count(EVIL) >= 4
    assert "m nan" in page.words


@pytest.mark.parametrize("start", [0, 1, -1, 2**63 - 1, -(2**63), 253_402_300_800_000, -62_135_596_800_001])
def test_a_run_may_have_begun_at_any_time(http: httpx.Client, start: int) -> None:
    experiment = make_experiment(http, f"begun at {start}")
    make_run(http, experiment, start_time=start)
    assert "Running" in page_of(http, experiment).words


def test_the_page_allows_a_browser_nothing_but_its_own_style(http: httpx.Client) -> None:
    answer = http.get("/")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert not re.search(r"(src|href)=\"(https?:)?//", answer.text)


def test_an_experiment_that_is_none_is_refused_and_one_that_is_not_there_is_empty(http: httpx.Client) -> None:
    for wrong in ("x", "", "1.5", str(2**63), "\0"):
        answer = http.get("/", params={"experiment": wrong})
        assert answer.status_code == 400
        assert error_of(answer.content)[0] == "INVALID_PARAMETER_VALUE"
    assert "No runs yet" in page_of(http, "999999").words


@pytest.mark.parametrize("host", ["[", "[::1", "a:b:c", '"><script>', "a b", "\xff", "x" * 5000, ""])
def test_a_strange_host_header_does_no_harm(server: Server, host: str) -> None:
    (answer,) = said_to(server, request("GET", "/", host=host))
    assert answer.status == 200
    assert "script" not in Page(answer.body.decode()).tags
