"""The way to the JupyterLab that `trackline up --notebooks` runs beside the server."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trackline.domain.errors import NotServed
from trackline.server.services import Services


async def notebooks(request: Request) -> Response:
    """Sends an administrator there, with the token that lets them in: who is in runs programs as the server's user."""
    services: Services = request.state.services
    if not services.notebooks_url:
        raise NotServed("There are no notebooks beside this server; `trackline up --notebooks` starts some.")
    there = urlsplit(services.notebooks_url)
    host = request.url.hostname or there.hostname or ""  # as the one who asks reaches this machine
    shown = f"[{host}]" if ":" in host else host
    address = there._replace(netloc=f"{shown}:{there.port}").geturl()
    return RedirectResponse(address, 303, headers={"cache-control": "no-store", "referrer-policy": "no-referrer"})
