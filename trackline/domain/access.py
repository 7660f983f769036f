"""Who asks, and what they may do: permissions, what has them, and how secrets are spelled."""

from __future__ import annotations

import hashlib
import re
import zlib
from enum import IntEnum
from typing import Literal, NamedTuple, get_args

from msgspec import Struct

from trackline.domain.errors import InvalidParameter

MIN_PASSWORD, MAX_PASSWORD = 12, 1024  # characters; the lower is MLflow's
TOKEN_PREFIX = "tlk_"  # noqa: S105 by it scanners know a token that was published by mistake
TOKEN_BYTES = 32

_NAME = re.compile(r"[^\s:/\x00-\x1f\x7f][^:/\x00-\x1f\x7f]{0,254}")
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_TOKEN_DIGITS, _CHECK_DIGITS = 43, 6  # that 32 bytes and a CRC-32 take in base 62


class Permission(IntEnum):
    """What somebody may do with an experiment or a registered model, and all that it holds; each includes those before.

    USE is a step of MLflow's for things that this server has not; here it allows what READ does.
    """

    NO_PERMISSIONS = 0
    READ = 1
    USE = 2
    EDIT = 3
    MANAGE = 4


Kind = Literal["experiment", "registered_model"]
KINDS: tuple[Kind, ...] = get_args(Kind)
# How a request names what it is about. What lies in an experiment has the experiment's permissions.
Named = Literal[
    "experiment", "experiment_name", "run", "logged_model", "registered_model", "proxied_path", "user", "server"
]


class Resource(NamedTuple):
    """Something with permissions: `id` is what the request calls it. A user has MANAGE on the user that they are;
    on the server everybody has EDIT, which is to make things, and administrators MANAGE.
    """

    named: Named
    id: str


SERVER = Resource("server", "")


class Demand(NamedTuple):
    """What a request needs: the permission on each of the resources."""

    permission: Permission
    resources: tuple[Resource, ...]


class Credential(NamedTuple):
    """What a request says of who asks. `proof`: for a password its stored hash, once that was found to fit; for a token
    or a session its digest.
    """

    kind: Literal["password", "token", "session"]
    proof: str
    name: str = ""


class Identity(Struct, frozen=True):
    """Who asks. `default` is what they may do where nothing is granted; `most` what their token allows at most.

    `token_id` is set for a token that is limited to some experiments and models.
    """

    user_id: int
    name: str
    is_admin: bool
    default: Permission
    most: Permission = Permission.MANAGE
    token_id: int | None = None

    @property
    def sees_all(self) -> bool:
        return self.is_admin and self.token_id is None


class User(Struct, frozen=True, omit_defaults=True):
    """Somebody who signs in, or a program (`service`) that has tokens and no password. Times are milliseconds."""

    id: int
    username: str
    is_admin: bool
    is_service: bool
    created_ms: int
    default_permission: str | None = None
    disabled_ms: int | None = None


class Token(Struct, frozen=True, omit_defaults=True):
    """A token without its secret, which is shown once. `limits` are the things it is limited to, if any."""

    id: int
    username: str
    name: str
    scope: Literal["read", "write"]
    created_ms: int
    expires_ms: int | None = None
    used_ms: int | None = None
    limits: list[str] = []


def permission_named(name: str) -> Permission:
    """MLflow 3.17 calls NO_PERMISSIONS "DENY" where it is said of somebody."""
    try:
        return Permission["NO_PERMISSIONS" if name == "DENY" else name]
    except KeyError:
        names = ", ".join(Permission.__members__)
        raise InvalidParameter(f"Invalid permission '{name}'. Valid permissions are: {names}, DENY.") from None


def folded(permissions: list[int], default: Permission) -> Permission:
    """Of all that is granted to somebody for one thing: a denial counts, or else the highest, or else the default."""
    if not permissions:
        return default
    return Permission(0 if min(permissions) == 0 else max(permissions))


def is_user_name(name: str) -> bool:
    """Basic authentication cannot carry a colon."""
    return _NAME.fullmatch(name) is not None and name == name.strip()


def check_user_name(name: str) -> None:
    if not is_user_name(name):
        raise InvalidParameter(
            f"Invalid username '{name[:80]}'. Give 1 to 255 characters, without ':', '/', control characters, and "
            "blanks at its ends."
        )


def check_password(password: str) -> None:
    if len(password) < MIN_PASSWORD:
        raise InvalidParameter(f"Password must be at least {MIN_PASSWORD} characters.")
    if len(password) > MAX_PASSWORD:
        raise InvalidParameter(f"Password must be at most {MAX_PASSWORD} characters.")


def token_text(secret: bytes) -> str:
    """TOKEN_BYTES random bytes as the token that its owner sees; its last digits are a checksum of the others."""
    body = TOKEN_PREFIX + _digits(int.from_bytes(secret), _TOKEN_DIGITS)
    return body + _digits(zlib.crc32(body.encode()), _CHECK_DIGITS)


def is_token(text: str) -> bool:
    """Whether it is spelled like a token, so that a mistyped one is known without a look at the database."""
    body, check = text[:-_CHECK_DIGITS], text[-_CHECK_DIGITS:]
    if not (body.startswith(TOKEN_PREFIX) and len(body) == len(TOKEN_PREFIX) + _TOKEN_DIGITS and body.isascii()):
        return False
    return check == _digits(zlib.crc32(body.encode()), _CHECK_DIGITS)


def digest_of(secret: str) -> str:
    """What is stored of a token or a session: it is random, so a plain hash gives nothing away."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _digits(number: int, count: int) -> str:
    digits = []
    for _ in range(count):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
