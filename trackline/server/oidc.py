"""Endpoints of signing in by an identity provider: there, and back (OpenID Connect, authorization code with PKCE)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trackline.domain.access import digest_of
from trackline.domain.errors import InvalidParameter, NotAllowed, NotServed
from trackline.domain.sign_on import Person
from trackline.server.identity import address_of
from trackline.server.identity_provider import SHOWN, Attempt, Provider
from trackline.server.services import Services
from trackline.server.session_cookies import new_session, remember, root_of
from trackline.store.access.log import note_access
from trackline.store.access.sign_on import sign_on

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

ATTEMPT = "trackline_sign_in"  # the cookie by which only the browser that began ends it
ATTEMPT_SECONDS = 600
SESSION_SECONDS = 24 * 3600  # shorter than with a password: whom the provider has dropped is not heard of
MAX_BACK = 1024  # characters of a cookie
MAX_CODE = 4096  # characters


async def start(request: Request) -> Response:
    """Send the browser to the provider. `next` is the path of the page that it comes back to in the end."""
    provider = _provider(request)
    attempt = Attempt(
        state=secrets.token_urlsafe(24),
        nonce=secrets.token_urlsafe(24),
        verifier=secrets.token_urlsafe(48),
        back=_own(provider, request.query_params.get("next", "")),
    )
    answer = _redirect(await provider.address(attempt))
    answer.set_cookie(
        ATTEMPT,
        _seal(provider).encrypt(msgspec.json.encode(attempt)).decode(),
        max_age=ATTEMPT_SECONDS,
        path=root_of(request),
        secure=provider.public_url.startswith("https:"),
        httponly=True,
        samesite="lax",
    )
    return answer


async def callback(request: Request) -> Response:
    """Where the provider sends the browser back to: a session begins."""
    provider = _provider(request)
    attempt = _attempt(provider, request)
    person = await provider.person(_code(provider, request), attempt)
    answer = _redirect(attempt.back)
    answer.delete_cookie(ATTEMPT, path=root_of(request), httponly=True, samesite="lax")
    remember(request, answer, await _session(request, person), SESSION_SECONDS)
    return answer


async def _session(request: Request, person: Person) -> str:
    """A new session of the person. Raises NotAllowed, of which the log tells."""
    services: Services = request.state.services
    session, address = new_session(), address_of(request.scope)
    try:
        await services.database.write(sign_on, person, address, digest_of(session), SESSION_SECONDS * 1000)
    except NotAllowed:
        await services.database.write(note_access, "sign-in failed", person.name, address, "")
        raise
    return session


def _provider(request: Request) -> Provider:
    services: Services = request.state.services
    if services.provider is None:
        raise NotServed("People sign in with name and password here; no identity provider is set up (--oidc-issuer).")
    return services.provider


def _attempt(provider: Provider, request: Request) -> Attempt:
    """What this browser began. Raises InvalidParameter where it began nothing, or something else, or long ago."""
    from cryptography.fernet import InvalidToken

    try:
        sealed = request.cookies.get(ATTEMPT, "").encode()
        attempt = msgspec.json.decode(_seal(provider).decrypt(sealed, ttl=ATTEMPT_SECONDS), type=Attempt)
    except InvalidToken:
        raise InvalidParameter(
            f"This browser has begun no sign-in in the last {ATTEMPT_SECONDS // 60} minutes, or has ended it. Sign in "
            f"again, at {provider.public_url}/, with cookies allowed."
        ) from None
    if not hmac.compare_digest(request.query_params.get("state", "").encode(), attempt.state.encode()):
        raise InvalidParameter("This is the end of another sign-in than the one that was begun last. Sign in again.")
    return attempt


def _code(provider: Provider, request: Request) -> str:
    """Raises NotAllowed where the provider, or the person there, refused."""
    given = request.query_params
    if given.get("iss", provider.rules.issuer) != provider.rules.issuer:  # RFC 9207
        raise NotAllowed("Another identity provider answered than the one that was asked. Sign in again.")
    if reason := given.get("error"):
        words = f"{reason}: {given['error_description']}" if given.get("error_description") else reason
        raise NotAllowed(f"The identity provider refused ({words[:SHOWN]}).")
    code = given.get("code", "")
    if not 0 < len(code) <= MAX_CODE:
        raise InvalidParameter("The identity provider sent no code. Sign in again.")
    return code


def _own(provider: Provider, path: str) -> str:
    """The address of one of our pages; the first one's for what is none."""
    root = f"{provider.public_url}/"
    address = urljoin(root, path)
    return address if address.startswith(root) and len(address) <= MAX_BACK else root


def _redirect(address: str) -> RedirectResponse:
    return RedirectResponse(address, status_code=303, headers={"cache-control": "no-store"})


def _seal(provider: Provider) -> Fernet:
    from cryptography.fernet import Fernet

    return Fernet(_key(provider.client_secret, provider.client_id))


@cache
def _key(secret: str, salt: str) -> bytes:
    """The same at all servers with these settings; slow to make, so that a weak secret cannot be guessed from it."""
    return base64.urlsafe_b64encode(hashlib.scrypt(secret.encode(), salt=salt.encode(), n=2**14, r=8, p=1, dklen=32))
