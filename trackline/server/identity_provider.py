"""The OpenID provider by which people sign in: what it says of itself, of its keys, and of who comes back from it."""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote_plus

import msgspec

from trackline.db.errors import Overloaded
from trackline.domain.errors import NotAllowed
from trackline.domain.sign_on import Person, Rules
from trackline.server.failures import Failure, Refused
from trackline.wire import errors

log = logging.getLogger("trackline")
T = TypeVar("T")

WHOLE_SECONDS = 10.0  # for one answer of the provider's
MAX_ANSWER = 1024 * 1024  # bytes
MAX_ASKED = 16  # questions to the provider at one time
KEPT_SECONDS = 600.0  # what the provider says of itself
LEEWAY_SECONDS = 60  # by which its clock may differ
SHOWN = 300  # characters of what it says went wrong
# Those with a public key: with others, whoever knows the client's secret could make tokens.
ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"}
)
KEY_TYPES = frozenset({"RSA", "EC", "OKP"})


class Metadata(msgspec.Struct):
    """What a provider says of itself (OpenID Connect Discovery 1.0)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    id_token_signing_alg_values_supported: tuple[str, ...] = ("RS256",)


class Keys(msgspec.Struct):
    keys: list[dict[str, Any]]


class Tokens(msgspec.Struct):
    id_token: str
    access_token: str = ""


class Attempt(msgspec.Struct):
    """One try to sign in, which only the browser that began it can end. `back` is where it wants to be in the end."""

    state: str
    nonce: str
    verifier: str
    back: str


@dataclass
class Provider:
    """`public_url` is the server's own, as people open it, with its prefix."""

    rules: Rules
    client_id: str
    client_secret: str = field(repr=False)
    scopes: str
    public_url: str
    title: str
    _metadata: Metadata | None = None
    _metadata_until: float = 0.0
    _asked: int = 0
    _trust: ssl.SSLContext | None = None

    @property
    def redirect_uri(self) -> str:
        """Where the provider sends people back to; it must know this address."""
        return f"{self.public_url}/api/trackline/oidc/callback"

    async def address(self, attempt: Attempt) -> str:
        """Where somebody's browser goes to sign in."""
        from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
        from authlib.oauth2.rfc7636 import create_s256_code_challenge

        metadata = await self._described()
        address: str = prepare_grant_uri(
            metadata.authorization_endpoint,
            self.client_id,
            "code",
            redirect_uri=self.redirect_uri,
            scope=self.scopes,
            state=attempt.state,
            nonce=attempt.nonce,
            code_challenge=create_s256_code_challenge(attempt.verifier),
            code_challenge_method="S256",
        )
        return address

    async def person(self, code: str, attempt: Attempt) -> Person:
        """Who came back with this code. Raises NotAllowed, and Refused where the provider cannot be asked."""
        metadata = await self._described()
        tokens = await self._exchanged(metadata, code, attempt)
        keys = await self._asked_for(Keys, "GET", metadata.jwks_uri)  # anew each time: keys change, and are withdrawn
        claims = self._verified(metadata, tokens, keys, attempt)
        if metadata.userinfo_endpoint and tokens.access_token and not self.rules.wanted <= claims.keys():
            headers = {"Authorization": f"Bearer {tokens.access_token}"}
            more = await self._asked_for(dict[str, Any], "GET", metadata.userinfo_endpoint, headers=headers)
            if more.get("sub") != claims["sub"]:
                raise NotAllowed("The identity provider speaks of two people at once; the sign-in was given up.")
            claims = {**more, **claims}
        return self.rules.person(claims)

    async def _described(self) -> Metadata:
        if self._metadata is None or time.monotonic() >= self._metadata_until:
            issuer = self.rules.issuer
            found = await self._asked_for(Metadata, "GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            if found.issuer != issuer:
                self._complain(f"it calls itself {found.issuer[:SHOWN]}, which --oidc-issuer must be, to the letter")
            self._metadata, self._metadata_until = found, time.monotonic() + KEPT_SECONDS
        return self._metadata

    async def _exchanged(self, metadata: Metadata, code: str, attempt: Attempt) -> Tokens:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": attempt.verifier,
        }
        if "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
            given: Any = {"auth": (quote_plus(self.client_id), quote_plus(self.client_secret))}  # RFC 6749, 2.3.1
        else:
            given = {}
            form |= {"client_id": self.client_id, "client_secret": self.client_secret}
        return await self._asked_for(Tokens, "POST", metadata.token_endpoint, data=form, **given)

    def _verified(self, metadata: Metadata, tokens: Tokens, keys: Keys, attempt: Attempt) -> dict[str, Any]:
        """The claims of the ID token, where it was made by the issuer, for us, for this attempt, and just now."""
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        usable: Any = {"keys": [key for key in keys.keys if key.get("kty") in KEY_TYPES and key.get("use") != "enc"]}
        algorithms = ALGORITHMS.intersection(metadata.id_token_signing_alg_values_supported)
        expected: Any = {
            "iss": {"essential": True, "value": self.rules.issuer},
            "aud": {"essential": True, "value": self.client_id},
        }
        params = {"nonce": attempt.nonce, "client_id": self.client_id, "access_token": tokens.access_token}
        try:
            token = jwt.decode(tokens.id_token, KeySet.import_key_set(usable), algorithms=sorted(algorithms))
            claims = CodeIDToken(token.claims, token.header, expected, params)
            claims.validate(leeway=LEEWAY_SECONDS)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            log.warning("An ID token of %s was refused: %s", self.rules.issuer, error)
            raise NotAllowed(f"The identity provider's ID token does not hold ({error}). Sign in again.") from None
        return dict(claims)

    async def _asked_for(self, shape: type[T], method: str, url: str, **given: Any) -> T:
        """What the provider answers. Raises NotAllowed where it refuses, Refused where it gives no usable answer."""
        import httpx

        if self._asked >= MAX_ASKED:
            raise Overloaded(retry_after=2)
        self._asked += 1
        try:
            async with asyncio.timeout(WHOLE_SECONDS):
                status, body = await self._answer(method, url, given)
            if status in (400, 401, 403) and method == "POST":
                raise _refusal(body)
            if status != 200:
                self._complain(f"it answered {status} at {url}")
            return msgspec.json.decode(body, type=shape)
        except TimeoutError:
            self._complain(f"there was no whole answer from {url} within {WHOLE_SECONDS:.0f} s")
        except msgspec.DecodeError as error:
            self._complain(f"what it answers at {url} is not what it should be: {error}")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            self._complain(f"{url} cannot be reached: {type(error).__name__}: {error}")
        finally:
            self._asked -= 1
        raise AssertionError("_complain raises")

    async def _answer(self, method: str, url: str, given: Mapping[str, Any]) -> tuple[int, bytes]:
        import httpx

        if self._trust is None:  # made once: reading the certificates takes longer than a request
            self._trust = httpx.create_ssl_context()
        body = b""
        async with (
            httpx.AsyncClient(verify=self._trust, timeout=WHOLE_SECONDS) as client,
            client.stream(method, url, **given) as answer,
        ):
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > MAX_ANSWER:
                    self._complain(f"its answer at {url} is larger than {MAX_ANSWER} bytes")
        return answer.status_code, body

    def _complain(self, reason: str) -> None:
        log.error("The identity provider %s is of no use now: %s.", self.rules.issuer, reason)
        message = f"The identity provider is of no use now: {reason}. An administrator of this server can look into it."
        raise Refused(Failure(errors.UNAVAILABLE, message, [(b"retry-after", b"10")]))


def _refusal(body: bytes) -> NotAllowed:
    """In the provider's own words (RFC 6749, 5.2)."""
    try:
        said = msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.DecodeError:
        said = {}
    reason = ": ".join(str(said[key]) for key in ("error", "error_description") if said.get(key))
    log.warning("The identity provider refused a code: %s", reason[:SHOWN])
    hint = (
        "The server's --oidc-client-id or its secret is not the provider's."
        if said.get("error") == "invalid_client"
        else "The sign-in took too long, or was ended before. Sign in again."
    )
    return NotAllowed(f"The identity provider refused ({reason[:SHOWN] or 'without a reason'}). {hint}")
