"""Server-sent events: small hints of what has changed, so that a page asks for what is new and for nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from trackline.db.announcements import EVERYTHING, Listener
from trackline.domain.errors import InvalidParameter
from trackline.server.services import Services
from trackline.wire.responses import encode
from trackline.wire.ui import LiveHint

MAX_TOPICS = 200
HEARTBEAT_SECONDS = 15.0  # proxies cut off what is silent for a minute; a dead page is noticed by it as well
PAUSE_SECONDS = 0.2  # between two hints: a training that logs without end makes five a second
STREAM_SECONDS = 3600.0  # then the page connects anew: nothing stays open for ever
_HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no", "x-content-type-options": "nosniff"}


async def live(request: Request) -> Response:
    """Hints for the `topics` of the query (comma-separated): `run:ID`, `experiment:ID`, `experiments`, `registry`."""
    services: Services = request.state.services
    topics = frozenset(filter(None, request.query_params.get("topics", "").split(",")))
    if not 0 < len(topics) <= MAX_TOPICS:
        raise InvalidParameter(f"Give 1 to {MAX_TOPICS} topics, such as ?topics=run:ID,experiments.")
    return StreamingResponse(_events(services, topics), media_type="text/event-stream", headers=_HEADERS)


async def _events(services: Services, topics: frozenset[str]) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    ends = loop.time() + STREAM_SECONDS
    with services.database.listen() as listener, services.numbers.during("live"):
        yield b"retry: 2000\nevent: alive\ndata: {}\n\n"
        while loop.time() < ends and not services.stopping.is_set():
            changed = await _next(listener, services.stopping)
            if not changed:
                yield b"event: alive\ndata: {}\n\n"
            elif wanted := topics if EVERYTHING in changed else changed & topics:
                yield b"data: " + encode(LiveHint(sorted(wanted))) + b"\n\n"
                await asyncio.sleep(PAUSE_SECONDS)


async def _next(listener: Listener, stopping: asyncio.Event) -> frozenset[str]:
    """What was announced; nothing when the server stops, or when nothing was for some time."""
    announced = asyncio.ensure_future(anext(listener))
    stops = asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait({announced, stops}, timeout=HEARTBEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        return announced.result() if announced.done() else frozenset()
    finally:
        announced.cancel()
        stops.cancel()
