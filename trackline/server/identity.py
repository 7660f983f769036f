"""Who asks: found in the headers of a request, and made sure of in the transaction that does its work.

A token or a session is looked up there; so is the hash of a password, after `Passwords` has found that the password
fits it. What was taken back a moment ago, here or by another process on the same database, is refused at once.
"""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.cookies import CookieError, SimpleCookie
from typing import Any, TypeVar

from starlette.types import Scope

from trackline.db.announcements import Listener
from trackline.db.database import Database, answered
from trackline.db.load import Load
from trackline.db.transaction import Transaction
from trackline.domain.access import Credential, Demand, Permission, digest_of, is_token
from trackline.domain.errors import NotAllowed, NotSignedIn
from trackline.server.access import Needs
from trackline.server.exposure import READING
from trackline.server.failures import Headers
from trackline.server.identity_passwords import Passwords
from trackline.store.access.identities import NOT_SIGNED_IN, identify
from trackline.store.access.permissions import require
from trackline.store.access.tokens import USE_NOTED_MS, note_token_use
from trackline.store.access.users import has_users

T = TypeVar("T")

COOKIE = "trackline_session"
LOOK_AGAIN_SECONDS = 1.0  # while nobody has to sign in: for the first user, made by another process
MAX_TOKENS_KEPT = 4096  # of whose use it is known when it was noted


class SignIn:
    """How people sign in at one server. `default`: what they may do where nothing is granted. Where it is not offered,
    as where a server keeps artifacts only, nobody has to; where it is required, everybody has to from the start.
    """

    def __init__(
        self, database: Database, default: Permission, is_offered: bool = True, is_required: bool = False
    ) -> None:
        self.default = default
        self.passwords = Passwords(database)
        self._database = database
        self._is_offered = is_offered
        self._is_on = is_required
        self._look_again = 0.0
        self._use_noted: dict[str, float] = {}
        self._noting: set[asyncio.Task[None]] = set()

    async def is_on(self) -> bool:
        """From the first user on everybody has to sign in; that is not taken back while the server runs."""
        if not self._is_on and self._is_offered and time.monotonic() >= self._look_again:
            self._is_on = await self._database.read(has_users)
            self._look_again = time.monotonic() + LOOK_AGAIN_SECONDS
        return self._is_on

    async def asker(self, scope: Scope, needs: Needs) -> Credential | None:
        """Whose work the request is, None where everybody may ask. Raises NotSignedIn, as `credential` does."""
        if needs.is_open or not await self.is_on():
            return None
        credential = await self.credential(scope)
        if credential is None:
            raise NotSignedIn(NOT_SIGNED_IN)
        return credential

    def guarded(self, database: Database, credential: Credential, demands: tuple[Demand, ...]) -> AskersDatabase:
        """The database as the one with this credential may use it, for a request with these demands."""
        return AskersDatabase(database, self, credential, demands)

    async def credential(self, scope: Scope) -> Credential | None:
        """What the request says of who asks; a password has been checked then. None where it says nothing.

        Raises NotSignedIn for a password that does not fit, Refused where there were too many of them.
        """
        authorization, cookies = _credential_headers(scope)
        scheme, _, value = authorization.partition(" ")
        match scheme.lower():
            case "basic":
                name, password = _basic(value.strip())
                if is_token(password):  # for programs that know only names and passwords
                    return Credential("token", digest_of(password))
                return await self.passwords.checked(name, password, address_of(scope))
            case "bearer":
                if not is_token(value.strip()):
                    raise NotSignedIn(NOT_SIGNED_IN)
                return Credential("token", digest_of(value.strip()))
        session = session_of(cookies)
        if not session:
            return None
        _check_own_page(scope)
        return Credential("session", digest_of(session))

    def note_use(self, credential: Credential) -> None:
        """Of a token that was found to hold: beside the request, and at most once a minute."""
        digest, now = credential.proof, time.monotonic()
        if credential.kind != "token" or now < self._use_noted.get(digest, 0.0):
            return
        if len(self._use_noted) >= MAX_TOKENS_KEPT:
            self._use_noted.clear()
        self._use_noted[digest] = now + USE_NOTED_MS / 1000
        task = asyncio.create_task(self._database.write(note_token_use, digest))
        self._noting.add(task)
        task.add_done_callback(self._noted)

    def _noted(self, task: asyncio.Task[None]) -> None:
        self._noting.discard(task)
        if not task.cancelled():
            task.exception()  # a full disk fails the requests themselves loudly enough


class AskersDatabase:
    """The database as one request may use it: whoever asks is made sure of first, in the same transaction."""

    def __init__(
        self, database: Database, sign_in: SignIn, credential: Credential, demands: tuple[Demand, ...]
    ) -> None:
        self._whole = database
        self._sign_in = sign_in
        self._credential = credential
        self._demands = demands

    async def check(self) -> None:
        """Raises what every other call would raise."""
        await self.read(lambda _: None)

    async def write(self, work: Callable[..., T], *args: Any, about: str = "") -> T:
        with self._noted():
            return await self._whole.write(self._guarded, work, args, about=about)

    async def read(self, work: Callable[..., T], *args: Any) -> T:
        with self._noted():
            return await self._whole.read(self._guarded, work, args)

    async def glance(self, work: Callable[..., Callable[[], T]], *args: Any) -> T:
        return await self.read(answered, work, args)

    async def jot(self, about: str, work: Callable[..., Callable[[], T]], *args: Any) -> T:
        return await self.write(answered, work, args, about=about)

    def listen(self) -> AbstractContextManager[Listener]:
        return self._whole.listen()

    def load(self) -> Load:
        return self._whole.load()

    def close(self) -> None:
        """It is the server's."""

    def _guarded(self, tx: Transaction, work: Callable[..., T], args: tuple[Any, ...]) -> T:
        tx.asker = identify(tx, self._credential, self._sign_in.default)
        for demand in self._demands:
            require(tx, demand)
        return work(tx, *args)

    @contextmanager
    def _noted(self) -> Iterator[None]:
        """What came of the credential is remembered by those who keep something of it."""
        try:
            yield
        except NotSignedIn:
            self._sign_in.passwords.forget(self._credential)
            raise
        self._sign_in.note_use(self._credential)


def challenge(scope: Scope) -> Headers:
    """What asks a browser for name and password; a script's request gets none, since its page asks in its own way."""
    from_script = any(name == b"sec-fetch-dest" and value == b"empty" for name, value in scope["headers"])
    return [] if from_script else [(b"www-authenticate", b'Basic realm="trackline", charset="UTF-8"')]


def session_of(cookies: str) -> str:
    """The session in a Cookie header, "" for none."""
    try:
        found = SimpleCookie(cookies).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


def address_of(scope: Scope) -> str:
    return str(scope["client"][0]) if scope.get("client") else ""


def _credential_headers(scope: Scope) -> tuple[str, str]:
    authorization = cookies = ""
    for name, value in scope["headers"]:
        if name == b"authorization":
            authorization = value.decode("latin-1")
        elif name == b"cookie":
            cookies = value.decode("latin-1")
    return authorization, cookies


def _basic(value: str) -> tuple[str, str]:
    try:
        name, colon, password = base64.b64decode(value, validate=True).decode().partition(":")
    except ValueError:  # no base64, or no UTF-8 in it
        raise NotSignedIn(NOT_SIGNED_IN) from None
    if not colon:
        raise NotSignedIn(NOT_SIGNED_IN)
    return name, password


def _check_own_page(scope: Scope) -> None:
    """A browser sends its cookies by itself. With what may change something it says which page asks (Origin), and the
    door has let only known ones pass (`Exposure`); what does not say it is refused.
    """
    if scope["method"] not in READING and not any(name == b"origin" for name, _ in scope["headers"]):
        raise NotAllowed("A request with a session must say where it comes from (Origin), as browsers do.")
