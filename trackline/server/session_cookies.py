"""Sessions in browsers: a cookie that scripts cannot read."""

from __future__ import annotations

import secrets

from starlette.requests import Request
from starlette.responses import Response

from trackline.server.identity import COOKIE


def new_session() -> str:
    """What the cookie will hold; the store has its digest."""
    return secrets.token_urlsafe(32)


def remember(request: Request, answer: Response, session: str, seconds: int) -> None:
    """Give the browser the session's cookie with the answer."""
    answer.set_cookie(
        COOKIE,
        session,
        max_age=seconds,
        path=root_of(request),
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )


def forget(request: Request, answer: Response) -> None:
    """Take the cookie from the browser."""
    answer.delete_cookie(COOKIE, path=root_of(request), httponly=True, samesite="lax")


def root_of(request: Request) -> str:
    """The path below which all of this server lies."""
    return str(request.scope["root_path"] or "/")
