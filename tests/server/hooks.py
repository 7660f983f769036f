"""Webhooks over HTTP, for tests: made, caused, looked after."""

from __future__ import annotations

import re
from typing import Any

import httpx

from tests.receivers import Received
from tests.server.talk import API
from tests.servers import ROOT

OURS = "/api/trackline"
DOCUMENT = ROOT / "docs" / "webhooks.md"
PRIVATE = ("--webhook-allow-private-ips", "--webhook-allowed-schemes", "http,https")
SECRET = "only the two of us know"
RUN_ENDS = [{"entity": "RUN", "action": action} for action in ("FINISHED", "FAILED", "KILLED")]
EVENTS = [
    *({"entity": entity, "action": "CREATED"} for entity in ("REGISTERED_MODEL", "MODEL_VERSION", "PROMPT")),
    *({"entity": entity, "action": "CREATED"} for entity in ("PROMPT_VERSION", "MODEL_VERSION_ALIAS", "PROMPT_ALIAS")),
    *({"entity": entity, "action": "DELETED"} for entity in ("MODEL_VERSION_ALIAS", "PROMPT_ALIAS")),
    *({"entity": entity, "action": "SET"} for entity in ("MODEL_VERSION_TAG", "PROMPT_TAG", "PROMPT_VERSION_TAG")),
    *({"entity": entity, "action": "DELETED"} for entity in ("MODEL_VERSION_TAG", "PROMPT_TAG", "PROMPT_VERSION_TAG")),
    *RUN_ENDS,
]


def made(http: httpx.Client, url: str, **fields: Any) -> str:
    """A webhook's id."""
    body = {"name": "hook", "url": url, "events": EVENTS, **fields}
    return str(post(http, f"{API}/webhooks", body)["webhook"]["webhook_id"])


def post(http: httpx.Client, path: str, body: Any = None, method: str = "POST") -> dict[str, Any]:
    answer = http.request(method, path, json=body or {})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def run_to_end(http: httpx.Client, status: str = "FINISHED", name: str = "") -> str:
    run = post(http, f"{API}/runs/create", {"experiment_id": "0", "run_name": name})["run"]["info"]["run_id"]
    post(http, f"{API}/runs/update", {"run_id": run, "status": status, "end_time": 5})
    return str(run)


def deliveries(http: httpx.Client, hook: str, **query: Any) -> list[dict[str, Any]]:
    answer = http.get(f"{OURS}/webhooks/{hook}/deliveries", params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json().get("deliveries", [])
    return found


def is_signed(received: Received, secret: str) -> bool:
    """As docs/webhooks.md tells receivers to find out."""
    (code,) = [
        block for block in re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL) if "hmac" in block
    ]
    told: dict[str, Any] = {}
    exec(code, told)  # noqa: S102 our own
    return bool(told["is_ours"](httpx.Headers(received.headers), received.body, secret))
