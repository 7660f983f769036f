"""What pages ask for while they are loaded is what they show afterwards, so nothing is asked for twice."""

from __future__ import annotations

import httpx
import pytest
from playwright.sync_api import Page, Request, expect

from tests.e2e.made import made_experiment, made_run

CHART, ROWS = ".drawing canvas", ".runs .row:not(.head) a"
PAGES = {
    "experiments": ("/experiments", ".experiments .row a"),
    "runs": ("/experiments/{experiment}/runs", ROWS),
    "runs chosen": ("/experiments/{experiment}/runs?filter=metrics.loss+>+-1&column=params.lr&order=params.lr", ROWS),
    "groups": ("/experiments/{experiment}/runs?group=params.lr", ROWS.replace(" a", " strong")),
    "run": ("/runs/{first}", ".spark path"),
    "charts": ("/runs/{first}?tab=charts&search=o&x=time", CHART),
    "curves": ("/compare?run={first}&run={second}&smooth=0.5", CHART),
    "curves chosen": ("/compare?run={first}&run={second}&metric=loss&from=1&to=3", CHART),
}


@pytest.fixture(scope="module")
def made(http: httpx.Client) -> dict[str, str]:
    experiment = made_experiment(http, "early/all")
    metrics = {
        "loss": {step: 1 / (step + 1) for step in range(5)},
        "val/loss": {0: 1.0, 1: 2.0},
        "system/cpu": {0: 1.0},
    }
    first, second = [
        made_run(http, experiment, f"run {n}", n + 1, params={"lr": str(n)}, metrics=metrics) for n in range(2)
    ]
    return {"experiment": experiment, "first": first, "second": second}


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_asked_for_twice_while_a_page_is_opened(page: Page, made: dict[str, str], name: str) -> None:
    asked: list[str] = []

    def note(request: Request) -> None:
        if "/api/" in request.url or "/ajax-api/" in request.url:
            asked.append(f"{request.url} {request.post_data or ''}")

    page.on("request", note)
    address, shown = PAGES[name]
    page.goto(address.format(**made))
    expect(page.locator(shown).first).to_be_visible()
    page.wait_for_load_state("load")
    assert len(asked) > 1
    assert sorted(asked) == sorted(set(asked))
