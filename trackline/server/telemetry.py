"""Where Prometheus reads the server's numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from starlette.requests import Request
from starlette.responses import Response

from trackline.db.errors import Overloaded, TookTooLong, Unavailable
from trackline.domain.errors import NotServed
from trackline.server.endpoints import ROOT, Call, Raw
from trackline.server.services import Services
from trackline.store.status import read_size


def showing(endpoints: Callable[[], Iterable[Call | Raw]]) -> Raw:
    """The endpoint that shows the numbers of these."""

    async def metrics(request: Request) -> Response:
        from trackline.server.exposition import exposition

        services: Services = request.state.services
        if not services.shows_numbers:
            raise NotServed("This server does not show its numbers; --expose-prometheus makes it.")
        size = await _database_size(services)
        page, kind = exposition(services.numbers, endpoints(), size, request.headers.get("accept", ""))
        return Response(page, headers={"content-type": kind, "cache-control": "no-store"})

    return Raw("GET", "/metrics", metrics, ROOT)


async def _database_size(services: Services) -> int | None:
    """In bytes; None where the database does not answer: the other numbers are all the more wanted then."""
    try:
        return await services.reading.read(read_size)
    except (NotServed, Overloaded, TookTooLong, Unavailable):
        return None
