"""The whole server without its sockets: any bytes become a request to some endpoint, and the answer is looked at."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from starlette.types import ASGIApp, Message

from trackline.server.endpoints import Call, Raw
from trackline.server.numbers import Numbers
from trackline.server.opening import open_services
from trackline.server.routes import ENDPOINTS
from trackline.server.start import application
from trackline.settings import ServerSettings
from trackline.store.experiments import create_default_experiment

# What is sent to addresses of the fuzzer's choice, or goes on until the client leaves.
LEFT_OUT = ("/test", "/retry", "/live")
ROUTES: tuple[Call | Raw, ...] = tuple(route for route in ENDPOINTS if not route.path.endswith(LEFT_OUT))
OPEN_PART = re.compile(r"\{[^}]*\}")
PART = b"\xff"  # no UTF-8 holds it; between the path's open part, the query and the body
TOLERATED = {501}  # what a local folder cannot do


@contextmanager
def door() -> Iterator[Callable[[bytes], None]]:
    """The first byte chooses the endpoint; then come the open part of the path, the query and the body."""
    with TemporaryDirectory() as folder, asyncio.Runner() as runner:
        settings = ServerSettings(
            backend_store_uri=f"sqlite:///{folder}/fuzz.db",
            artifacts_destination=str(Path(folder) / "artifacts"),
            webhook_allowed_schemes="http",
            allow_anonymous=True,
        )
        services = replace(open_services(settings, Numbers()), random=Random(1))
        with closing(services.database):
            app = application(settings, services)
            runner.run(services.database.write(create_default_experiment, services.artifact_root))
            runner.run(_prepare(app))
            yield lambda data: runner.run(_try(app, data))


async def _prepare(app: ASGIApp) -> None:
    for path, body in (
        ("/experiments/create", {"name": "fuzzed"}),
        ("/registered-models/create", {"name": "1"}),
        ("/runs/create", {"experiment_id": "1"}),
    ):
        status, answer = await _ask(app, "POST", f"/api/2.0/mlflow{path}", b"", json.dumps(body).encode())
        assert status == 200, answer


async def _try(app: ASGIApp, data: bytes) -> None:
    route = ROUTES[data[0] % len(ROUTES)] if data else ROUTES[0]
    part, query, body = (*data[1:].split(PART, 2), b"", b"")[:3]
    path = route.api[0] + OPEN_PART.sub(lambda _: part.decode(errors="replace"), route.path)
    ascii_only = bytes(byte for byte in query if byte < 128)  # others the HTTP parser refuses
    status, answer = await _ask(app, route.method, path, ascii_only, body)
    assert status < 500 or status in TOLERATED or (path == "/" and status == 503), (route.path, status, answer[:500])
    if status >= 400 and isinstance(route, Call):
        assert set(json.loads(answer)) >= {"error_code", "message"}


async def _ask(app: ASGIApp, method: str, path: str, query: bytes, body: bytes) -> tuple[int, bytes]:
    sent: list[Message] = []
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
    headers = [(b"host", b"localhost"), (b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    scope: dict[str, Any] = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(errors="replace"),
        "query_string": query,
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 5000),
    }

    async def receive() -> Message:
        if not waiting:
            await asyncio.Event().wait()
        return waiting.pop()

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])
