"""Endpoints by which people sign in and out with a browser. A session is a cookie that scripts cannot read."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from trackline.domain.access import Identity, digest_of
from trackline.domain.errors import InvalidParameter, NotSignedIn
from trackline.server.identity import address_of, session_of
from trackline.server.services import Services
from trackline.server.session_cookies import forget, new_session, remember
from trackline.store.access.identities import asker
from trackline.store.access.tokens import begin_session, end_session
from trackline.wire.access_requests import NewUser
from trackline.wire.decode import Shape
from trackline.wire.responses import encode

SESSION_SECONDS = 14 * 24 * 3600
MAX_BODY = 16 * 1024  # bytes of a sign-in

_LOGIN = Shape(NewUser)


async def me(request: Request) -> Response:
    """Who asks, whether anybody has to say so, what is written on the way to the identity provider where there is one,
    and whether there are notebooks. Not being signed in is an answer, too.
    """
    services: Services = request.state.services
    is_on = await services.sign_in.is_on()
    identity: Identity | None = None
    if is_on:
        try:
            credential = await services.sign_in.credential(request.scope)
            if credential is not None:
                identity = await services.sign_in.guarded(services.database, credential, ()).read(asker)
        except NotSignedIn:
            identity = None
    user = None if identity is None else {"username": identity.name, "is_admin": identity.is_admin}
    oidc = services.provider.title if services.provider else None
    return _json({"sign_in": is_on, "user": user, "oidc": oidc, "notebooks": bool(services.notebooks_url)})


async def login(request: Request) -> Response:
    """Begin a session with name and password; its cookie is the answer."""
    services: Services = request.state.services
    given = await _given(request)
    await services.sign_in.passwords.checked(given.username, given.password, address_of(request.scope))
    answer = _json({"user": {"username": given.username}})
    session = new_session()
    await services.database.write(begin_session, given.username, digest_of(session), SESSION_SECONDS * 1000)
    remember(request, answer, session, SESSION_SECONDS)
    return answer


async def logout(request: Request) -> Response:
    """End the session, here and for whoever else has its cookie."""
    services: Services = request.state.services
    session = session_of(request.headers.get("cookie", ""))
    if session:
        await services.database.write(end_session, digest_of(session))
    answer = _json({})
    forget(request, answer)
    return answer


async def _given(request: Request) -> Any:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise InvalidParameter("Bad Request. Content-Type must be one of ['application/json'].")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise InvalidParameter(f"A sign-in is not larger than {MAX_BODY} bytes.")
    return _LOGIN.from_body(body)


def _json(answer: Any) -> Response:
    return Response(encode(answer), media_type="application/json", headers={"cache-control": "no-store"})
