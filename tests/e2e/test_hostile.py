"""Names, notes and values as nobody should write them: on every page they are text, and no page is wider for them."""

from __future__ import annotations

from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.made import EVIL, MLMODEL, log, made_experiment, made_file, made_run, made_version
from tests.server.talk import API

RIGHT_TO_LEFT = "תג \u202eلوحة 🚀👩‍🔬"
LONG = "x" * 6000
NOTE = f"# {EVIL}\n\n[link](javascript:alert(3)) {RIGHT_TO_LEFT} <iframe src='javascript:alert(4)'></iframe>\n\n{LONG}"
MODEL = f"hostile {EVIL} {RIGHT_TO_LEFT}".replace("/", "")


@pytest.fixture(scope="module")
def places(http: httpx.Client) -> dict[str, str]:
    experiment = made_experiment(http, f"hostile/{EVIL.replace('/', '')}/{RIGHT_TO_LEFT}")
    http.post(
        f"{API}/experiments/set-experiment-tag",
        json={"experiment_id": experiment, "key": "mlflow.note.content", "value": NOTE[:5000]},
    )
    runs = [
        made_run(
            http,
            experiment,
            f"{EVIL} {RIGHT_TO_LEFT} {'n' * 200}",
            n,
            params={"long": LONG[:-1] + str(n), "evil": EVIL + str(n), "p" * 200: "v"},
            tags={"hostile": f"{EVIL} {RIGHT_TO_LEFT} {n}", "mlflow.note.content": NOTE, "t" * 200: LONG[:5000]},
            metrics={"loss": {0: 1.0, 1: float(n)}, "m" * 200: {0: float(n), 1: 2.0}},
        )
        for n in (1, 2, 3)
    ]
    log(http, runs[1], tags={"mlflow.parentRunId": runs[0]})
    made_file(http, runs[0], "model/MLmodel", MLMODEL)
    made_version(http, MODEL, runs[0], description=NOTE[:5000])
    compared = "/compare?" + "&".join(f"run={run}" for run in runs)
    model = f"/models/{quote(MODEL, safe='')}"
    return {
        "experiments": "/experiments?search=hostile",
        "runs": f"/experiments/{experiment}/runs",
        "run": f"/runs/{runs[0]}",
        "child": f"/runs/{runs[1]}",
        "charts": f"/runs/{runs[0]}?tab=charts",
        "files": f"/runs/{runs[0]}?tab=artifacts&path=model/MLmodel",
        **{f"compared {tab}": f"{compared}&tab={tab}" for tab in ("curves", "parallel", "box", "differences")},
        "contour": f"{compared}&tab=contour&sx=params.evil&sy=metrics.loss&sc=metrics.loss",
        "band": f"{compared}&band=params.evil",
        "models": "/models",
        "model": model,
        "version": f"{model}/1",
    }


PAGES = (
    *("experiments", "runs", "run", "child", "charts", "files", "compared curves", "compared parallel", "compared box"),
    *("compared differences", "contour", "band", "models", "model", "version"),
)


@pytest.mark.parametrize("name", PAGES)
def test_it_is_text_and_the_page_keeps_its_width(page: Page, places: dict[str, str], name: str) -> None:
    page.goto(places[name])
    expect(page.locator("main h1").first).to_be_visible()
    expect(page.locator("main").get_by_text("onerror=alert(2)").first).to_be_attached()
    expect(page.locator("main :is(script, iframe, img[src=x], a[href^=javascript])")).to_have_count(0)
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") == width
