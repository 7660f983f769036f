"""The rows of the pages: how long people wait until they see what they asked for, and what it costs their browser."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from itertools import count
from urllib.parse import quote

from playwright.sync_api import Page

from bench.pages_data import COMPARED, KEYS, POINTS
from bench.pages_lab import PagesLab, painted
from bench.peers import Peer
from bench.rows import Goal, Row

ROWS_SHOWN = {"Trackline": ".runs .row:not(.head) a", "MLflow": "[role=row] a[href*='/runs/']"}
CURVE_SHOWN = {
    "Trackline": ".drawing canvas",
    "MLflow": ".js-plotly-plot .scatterlayer path.js-line, .js-plotly-plot .gl-canvas",  # as SVG, or by WebGL
}
THEIRS = {"MLflow": "its page does this otherwise: it loads 100 rows, and is not live"}
TEN_TIMES = {"MLflow": 10}
_steps = count(2)

# From what is done to other first row, painted.
UNTIL_OTHER_ROWS = """(act) => new Promise((done, fail) => {
  setTimeout(() => fail(new Error("the rows stayed")), 60000);
  const first = () => [...document.querySelectorAll(".runs .row:not(.head) a")].slice(0, 8).map((a) => a.href).join();
  const before = first();
  const began = performance.now();
  const input = document.querySelector(".filter input");
  const heads = [...document.querySelectorAll(".runs .head .sort")];
  if (act === "sort") heads.find((head) => head.textContent.includes("metric_")).click();
  else {
    input.focus();
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(input, act);
    input.dispatchEvent(new InputEvent("input", { bubbles: true }));
    input.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    input.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
    input.form?.requestSubmit();
  }
  const look = () => {
    const now = first();
    if (!now || now === before) requestAnimationFrame(look);
    else requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - began)));
  };
  look();
})"""
SCROLLED = """() => new Promise((done) => {
  const box = document.querySelector(".runs");
  let longest = 0;
  let before = performance.now();
  let left = 180;
  const frame = (now) => {
    longest = Math.max(longest, now - before);
    before = now;
    box.scrollTop += 240;
    if (--left) requestAnimationFrame(frame);
    else done(longest);
  };
  requestAnimationFrame((now) => { before = now; requestAnimationFrame(frame); });
})"""
UNTIL_TEXT = """([where, text]) => new Promise((done, fail) => {
  setTimeout(() => fail(new Error(`${text} was not shown`)), 60000);
  const look = () => {
    if (document.querySelector(where)?.textContent.includes(text)) done(performance.timeOrigin + performance.now());
    else requestAnimationFrame(look);
  };
  look();
})"""


def table_address(peer: Peer, experiment: str) -> str:
    return f"/#/experiments/{experiment}/runs" if peer.name == "MLflow" else f"/experiments/{experiment}/runs"


def empty(lab: PagesLab, peer: Peer) -> float:
    return lab.painted_ms(peer, "/health", "body")


def table(runs: int) -> Callable[[PagesLab, Peer], float]:
    def measure(lab: PagesLab, peer: Peer) -> float:
        address = table_address(peer, lab.shown(peer).table(runs))
        return lab.painted_ms(peer, address, ROWS_SHOWN[peer.name])

    return measure


def changed(act: str) -> Callable[[PagesLab, Peer], float]:
    def measure(lab: PagesLab, peer: Peer) -> float:
        with lab.tab(peer) as page:
            painted(page, table_address(peer, lab.shown(peer).table(100_000)), ROWS_SHOWN[peer.name])
            page.wait_for_timeout(500)
            return float(page.evaluate(UNTIL_OTHER_ROWS, act))

    return measure


def scroll(lab: PagesLab, peer: Peer) -> float:
    with lab.tab(peer) as page:
        painted(page, table_address(peer, lab.shown(peer).table(100_000)), ROWS_SHOWN[peer.name])
        page.wait_for_timeout(500)
        return float(page.evaluate(SCROLLED))


def compared(lab: PagesLab, peer: Peer) -> float:
    experiment, runs = lab.shown(peer).long_runs
    if peer.name == "MLflow":
        # Its page of compared runs has no curves; this one, of one metric, has.
        named = {"runs": runs, "metric": "loss", "experiments": [experiment], "plot_metric_keys": ["loss"]}
        address = "/#/metric?" + "&".join(f"{name}={quote(json.dumps(value))}" for name, value in named.items())
    else:
        address = "/compare?" + "&".join(f"run={run}" for run in runs)
    return lab.painted_ms(peer, address, CURVE_SHOWN[peer.name])


def one_run(lab: PagesLab, peer: Peer) -> float:
    experiment, runs = lab.shown(peer).long_runs
    mlflows = f"/#/experiments/{experiment}/runs/{runs[0]}/model-metrics"
    address = mlflows if peer.name == "MLflow" else f"/runs/{runs[0]}?tab=charts"
    return lab.painted_ms(peer, address, CURVE_SHOWN[peer.name])


def new_point(lab: PagesLab, peer: Peer) -> float:
    """From the answer to the client until the page shows it."""
    shown = lab.shown(peer)
    run, step = shown.growing_run, next(_steps)
    with lab.tab(peer) as page:
        painted(page, f"/runs/{run}?tab=charts", ".hearing.live")
        page.evaluate(UNTIL_TEXT, [".card .caption", f"{step} points"])
        shown.grow(run, step)
        logged = time.time() * 1000
        return float(page.evaluate(UNTIL_TEXT, [".card .caption", f"{step + 1} points"])) - logged


def heap(lab: PagesLab, peer: Peer) -> float:
    """The most that scripts held while the run's overview and charts were opened and scrolled, in MB."""
    run = lab.shown(peer).run_of_many_keys
    most = 0.0
    with lab.tab(peer) as page:
        for tab, looks in (("overview", ".metrics .row a"), ("charts", ".drawing canvas")):
            painted(page, f"/runs/{run}?tab={tab}", looks)
            for _ in range(15):
                page.mouse.wheel(0, 700)
                page.wait_for_timeout(40)
                most = max(most, used_bytes(page))
    return most / 1e6


def used_bytes(page: Page) -> float:
    return float(page.evaluate("performance.memory.usedJSHeapSize"))


def script_bytes(lab: PagesLab, peer: Peer) -> float:
    """Of the first page with a table, as they came over the wire, in KiB."""
    with lab.tab(peer) as page:
        kinds: dict[str, str] = {}
        sizes: dict[str, float] = {}
        network = page.context.new_cdp_session(page)
        network.on("Network.responseReceived", lambda said: kinds.update({said["requestId"]: said["type"]}))
        network.on("Network.loadingFinished", lambda said: sizes.update({said["requestId"]: said["encodedDataLength"]}))
        network.send("Network.enable")
        painted(page, table_address(peer, lab.shown(peer).table(200)), ROWS_SHOWN[peer.name])
        page.wait_for_timeout(1000)
    return sum(size for request, size in sizes.items() if kinds.get(request) == "Script") / 1024


_WAIT = (
    "ms from the begin of the navigation, in an open window of a browser that has never seen the server, "
    "until {} for two frames"
)

ROWS = (
    Row(
        "empty",
        "a page without anything (/health)",
        "ms",
        "lower",
        _WAIT.format("its two letters stand there") + "; no page can be quicker in this browser",
        empty,
    ),
    *(
        Row(
            f"table-{runs}",
            f"runs table, {runs:,} runs",
            "ms",
            "lower",
            _WAIT.format("rows of runs stand there"),
            table(runs),
            Goal(limit=limit, over=TEN_TIMES),
        )
        for runs, limit in ((200, None), (10_000, 300), (100_000, 500))
    ),
    Row(
        "sort",
        "sort 100,000 runs",
        "ms",
        "lower",
        "from the click on a head until the rows in the new order are painted",
        changed("sort"),
        Goal(limit=200),
        without=THEIRS,
    ),
    Row(
        "filter",
        "filter 100,000 runs",
        "ms",
        "lower",
        "from the end of writing `metrics.metric_3 > 900` until the rows that fit are painted",
        changed("metrics.metric_3 > 900"),
        Goal(limit=200),
        without=THEIRS,
    ),
    Row(
        "scroll",
        "longest frame of scrolling",
        "ms",
        "lower",
        "180 frames, 240 px in each, through 100,000 runs: the longest time between two of them",
        scroll,
        Goal(limit=50),
        without=THEIRS,
    ),
    Row(
        "compare",
        f"{COMPARED} runs x {POINTS:,} points",
        "ms",
        "lower",
        _WAIT.format("the curves stand there"),
        compared,
        Goal(limit=500, over=TEN_TIMES),
    ),
    Row(
        "one-run",
        f"one run x {POINTS:,} points",
        "ms",
        "lower",
        _WAIT.format("the curve stands there"),
        one_run,
        Goal(over=TEN_TIMES),
    ),
    Row(
        "new-point",
        "a new point on the chart",
        "ms",
        "lower",
        "from the answer to log-metric until the chart of an open page has it",
        new_point,
        Goal(limit=1000),
        without=THEIRS,
    ),
    Row(
        "heap",
        f"heap, run of {KEYS:,} metrics",
        "MB",
        "lower",
        "the most that the page's scripts held while its overview and charts were opened and scrolled",
        heap,
        Goal(limit=150),
        without=THEIRS,
    ),
    Row(
        "script",
        "JavaScript of the first page",
        "KiB",
        "lower",
        "as it came over the wire for the runs table",
        script_bytes,
        Goal(limit=200, over=TEN_TIMES),
        times="once",
    ),
)
