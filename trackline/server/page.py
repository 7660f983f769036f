"""The plain page at `/`: experiments, the newest runs of one, and how to log to this server."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from html import escape
from importlib.resources import files
from string import Template
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from trackline import __version__
from trackline.domain.entities import Experiment, Run
from trackline.domain.filters import ExperimentQuery, RunQuery
from trackline.domain.limits import experiment_number
from trackline.server.services import Services
from trackline.store.experiments import DEFAULT_EXPERIMENT, find_experiments
from trackline.store.run_documents import find_runs

EXPERIMENTS_SHOWN = 200
RUNS_SHOWN = 100
METRICS_SHOWN = 4

_STYLE = (files("trackline.server") / "page.css").read_text(encoding="utf-8")
_PAGE = Template((files("trackline.server") / "page.html").read_text(encoding="utf-8"))
_HEADERS = {
    "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
    f"style-src 'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


async def home(request: Request) -> Response:
    services: Services = request.state.services
    chosen = experiment_number(request.query_params.get("experiment", str(DEFAULT_EXPERIMENT[0])))
    experiments, _ = await services.database.read(find_experiments, ExperimentQuery(max_results=EXPERIMENTS_SHOWN))
    runs, more = await services.database.read(find_runs, RunQuery(experiment_ids=[chosen], max_results=RUNS_SHOWN))
    html = _PAGE.substitute(
        style=_STYLE,
        version=escape(__version__),
        url=escape(str(request.base_url).rstrip("/")),
        experiments="\n".join(_experiment(one, chosen) for one in experiments),
        name=escape(
            next((one.name for one in experiments if one.experiment_id == str(chosen)), f"Experiment {chosen}")
        ),
        count=f"the newest {len(runs)} runs" if more else f"{len(runs)} run{'' if len(runs) == 1 else 's'}",
        runs="\n".join(_run(one) for one in runs)
        or '<tr><td colspan="5" class="empty">No runs yet. The lines above log the first one.</td></tr>',
    )
    return HTMLResponse(html, headers=_HEADERS)


def _experiment(experiment: Experiment, chosen: int) -> str:
    here = ' aria-current="page"' if experiment.experiment_id == str(chosen) else ""
    query = urlencode({"experiment": experiment.experiment_id})
    return f'<li><a href="?{query}"{here}>{escape(experiment.name)}</a></li>'


def _run(run: Run) -> str:
    metrics = run.data.metrics
    shown = ", ".join(f"{escape(metric.key)} {metric.value:.5g}" for metric in metrics[:METRICS_SHOWN])
    rest = f" and {len(metrics) - METRICS_SHOWN} more" if len(metrics) > METRICS_SHOWN else ""
    status = escape(run.info.status)
    return (
        f'<tr><td title="{escape(run.info.run_id)}">{escape(run.info.run_name)}</td>'
        f'<td><span class="status {status.lower()}">{status.capitalize()}</span></td>'
        f"<td>{_time(run.info.start_time)}</td><td>{escape(run.info.user_id)}</td><td>{shown}{rest}</td></tr>"
    )


def _time(milliseconds: int | None) -> str:
    try:
        moment = datetime.fromtimestamp((milliseconds or 0) / 1000, UTC)
    except (OverflowError, ValueError):  # a client may send any int64
        return "?"
    return f'<time datetime="{moment.isoformat()}">{moment:%Y-%m-%d %H:%M:%S} UTC</time>'
