"""Passwords: argon2id beside the event loop, and what was found to fit kept for a while."""

from __future__ import annotations

import asyncio
import hmac
import secrets
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from trackline.db.database import Database
from trackline.db.errors import Overloaded
from trackline.domain.access import MAX_PASSWORD, Credential, is_user_name
from trackline.domain.errors import NotSignedIn
from trackline.server.failures import Failure, Refused
from trackline.store.access.identities import NOT_SIGNED_IN
from trackline.store.access.log import note_access
from trackline.store.access.users import password_of
from trackline.wire import errors

if TYPE_CHECKING:
    from argon2 import PasswordHasher

T = TypeVar("T")

KEPT, KEPT_SECONDS = 4096, 3600.0  # passwords that are known to fit, so that argon2 does not run for each request
THREADS, WAITING = 2, 64  # argon2 at one time, and in line for it: each takes 64 MiB and some 50 ms
WINDOW_SECONDS = 60.0
FAILURES_OF_PAIR, FAILURES_OF_ADDRESS, FAILURES_OF_NAME = 10, 50, 100  # in a window, before further tries are refused
MAX_COUNTED = 4096  # names and addresses whose failures are counted


class Passwords:
    """Checks passwords. What fits is kept by an HMAC under a key that only this process has, with the hash that it
    fitted: the transaction of each request compares that hash with the user's, so that a changed password, or a
    disabled user, is refused at once.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._key = secrets.token_bytes(32)
        self._fitting: OrderedDict[bytes, tuple[str, float]] = OrderedDict()
        self._failures = _Failures()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="argon2")
        self._waiting = 0

    async def checked(self, name: str, password: str, address: str) -> Credential:
        """Raises NotSignedIn where it does not fit, Refused after too many of those, Overloaded."""
        if not is_user_name(name):
            raise NotSignedIn(NOT_SIGNED_IN)
        key = hmac.digest(self._key, f"{name}\0{password}".encode(), "sha256")
        stored, until = self._fitting.get(key, ("", 0.0))
        if time.monotonic() < until:
            return Credential("password", stored, name)
        self._failures.check(name, address)
        current = await self._database.read(password_of, name)
        if len(password) > MAX_PASSWORD or not await self._run(_fits, current, password):
            self._failures.add(name, address)
            await self._database.write(note_access, "sign-in failed", name, address, "")
            raise NotSignedIn(NOT_SIGNED_IN)
        self._keep(key, current or "")
        await self._database.write(note_access, "signed in", name, address, name)
        return Credential("password", current or "", name)

    def forget(self, credential: Credential) -> None:
        """The user's password is another one by now."""
        for key in [key for key, (stored, _) in self._fitting.items() if stored == credential.proof]:
            del self._fitting[key]

    async def hashed(self, password: str) -> str:
        """As it is stored."""
        return await self._run(_hash, password)

    def _keep(self, key: bytes, stored: str) -> None:
        self._fitting[key] = (stored, time.monotonic() + KEPT_SECONDS)
        self._fitting.move_to_end(key)
        while len(self._fitting) > KEPT:
            self._fitting.popitem(last=False)

    async def _run(self, work: Callable[..., T], *args: Any) -> T:
        if self._waiting >= WAITING:
            raise Overloaded(retry_after=2)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *args)
        finally:
            self._waiting -= 1


class _Failures:
    """How often sign-in failed of late: by name and address together, and by each alone, so that neither many names
    from one place nor one name from many places can be tried out.
    """

    def __init__(self) -> None:
        self._times: OrderedDict[tuple[str, str], deque[float]] = OrderedDict()

    def check(self, name: str, address: str) -> None:
        now = time.monotonic()
        for key, most in _counted(name, address):
            times = self._times.get(key, deque())
            while times and times[0] < now - WINDOW_SECONDS:
                times.popleft()
            if len(times) >= most:
                wait = max(1, round(times[0] + WINDOW_SECONDS - now))
                message = f"Too many sign-ins have failed. Try again in {wait} s."
                raise Refused(Failure(errors.TOO_MANY, message, [(b"retry-after", b"%d" % wait)]))

    def add(self, name: str, address: str) -> None:
        for key, most in _counted(name, address):
            self._times.setdefault(key, deque(maxlen=most)).append(time.monotonic())
            self._times.move_to_end(key)
        while len(self._times) > MAX_COUNTED:
            self._times.popitem(last=False)


def _counted(name: str, address: str) -> list[tuple[tuple[str, str], int]]:
    return [
        ((name, address), FAILURES_OF_PAIR),
        (("", address), FAILURES_OF_ADDRESS),
        ((name, ""), FAILURES_OF_NAME),
    ]


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher()


def _hash(password: str) -> str:
    return _hasher().hash(password)


def _fits(stored: str | None, password: str) -> bool:
    from argon2.exceptions import InvalidHashError, VerificationError

    if not stored:
        _hash(password)  # there is no such user: it takes as long to say so
        return False
    try:
        return _hasher().verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
