"""Webhooks as values, and their rules: names, addresses, signatures, and when a delivery is tried again.

Field names are the wire's; times are milliseconds since 1970, UTC.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import re
from collections.abc import Sequence
from typing import Literal, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID, uuid5

from msgspec import Struct

from trackline.domain.errors import InvalidParameter
from trackline.domain.events import Event
from trackline.domain.limits import check_length

Status = Literal["ACTIVE", "DISABLED"]
DeliveryState = Literal["PENDING", "DELIVERED", "DEAD"]

STATUSES: tuple[Status, ...] = ("ACTIVE", "DISABLED")  # in the order of MLflow's numbers, which begin at 1
MAX_URL = 2048
MAX_DESCRIPTION = 1000
MAX_SECRET = 1000

FIRST_DELAY_MS = 1_000
LONGEST_DELAY_MS = 5 * 60_000
GIVE_UP_MS = 24 * 60 * 60_000  # of failed attempts; then a delivery is dead
REFUSED_ATTEMPTS = 12  # that end with the receiver's refusal, in 10 to 18 minutes; then it is dead as well
_NOT_NOW = frozenset({408, 425, 429})  # statuses below 500 that ask to come back

_NAME = re.compile(r"[A-Za-z0-9](?:[\w.\-]{0,61}[A-Za-z0-9])?", re.ASCII)
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f]")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class Webhook(Struct, frozen=True, omit_defaults=True):
    """What clients may know of a webhook: everything but its secret."""

    webhook_id: str
    name: str
    url: str
    events: list[Event]
    status: Status
    creation_timestamp: int
    last_updated_timestamp: int
    description: str | None = None


class WebhookQuery(Struct, frozen=True, kw_only=True):
    """A page of the webhooks, the newest first; without `of_runs`, only of those that tell of nothing but MLflow's."""

    of_runs: bool
    max_results: int
    page_token: str | None = None


class DeliveryQuery(Struct, frozen=True, kw_only=True):
    """A page of a webhook's deliveries, the latest first."""

    webhook_id: str
    state: DeliveryState | None
    max_results: int
    page_token: str | None = None


class DeliveryEntry(Struct, frozen=True, omit_defaults=True):
    """A delivery and its last attempt; `number` counts those of one webhook, in the order of what happened."""

    number: int
    delivery_id: str
    event: str
    happened: int
    state: DeliveryState
    attempts: int
    last_attempt: int | None = None
    response_status: int | None = None
    response_body: str | None = None
    error_message: str | None = None


class Recipient(NamedTuple):
    """Where a webhook's messages go. `sealed_secret` is encrypted; without one they are not signed."""

    webhook_id: str
    name: str
    url: str
    sealed_secret: str | None


class Outcome(NamedTuple):
    """How an attempt ended: with the receiver's answer, or with `error` because there was none."""

    status: int | None
    body: str | None = None
    error: str | None = None

    @property
    def delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def refused(self) -> bool:
        """The receiver is there and does not want this one; nothing says that it will later."""
        return self.status is not None and 300 <= self.status < 500 and self.status not in _NOT_NOW


def check_webhook_name(name: str) -> None:
    if _NAME.fullmatch(name) is None:
        raise InvalidParameter(
            f"Webhook name {name!r} is invalid. It must start and end with a letter or digit, be less than 63 "
            "characters long, and contain only letters, digits, dots (.), underscores (_), and hyphens (-)."
        )


def check_events(events: Sequence[Event]) -> None:
    if len(set(events)) < len(events):
        raise InvalidParameter("The list of events names one of them twice.")


def host_of(url: str, schemes: Sequence[str]) -> str:
    """The host of a webhook's address. Raises InvalidParameter where it is no address of one of these schemes."""
    check_length(url, MAX_URL, "url")
    try:
        parts = urlsplit(url)
        usable = parts.hostname is not None and parts.port != 0
    except ValueError as error:
        raise InvalidParameter(f"Invalid webhook URL '{url}': {error}.") from None
    if parts.scheme not in schemes:
        raise InvalidParameter(
            f"Invalid webhook URL scheme: '{parts.scheme}'. Allowed schemes are: {', '.join(schemes)}. "
            "The server's setting --webhook-allowed-schemes says which."
        )
    if not usable or not parts.hostname or _UNPRINTABLE.search(url):
        raise InvalidParameter(f"Invalid webhook URL '{url}': write it as https://host/path, without spaces.")
    return parts.hostname


def is_public(address: str) -> bool:
    """Whether an IP address is one of the internet at large, also where an IPv4 address hides in an IPv6 one."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        ip = inner or ip
    return ip.is_global and not ip.is_multicast


def delivery_id(webhook_id: str, number: int) -> str:
    """The same however often it is tried, so that the receiver knows what it has already."""
    return str(uuid5(UUID(webhook_id), str(number)))


def signature(secret: str, delivery: str, timestamp: str, body: bytes) -> str:
    """MLflow's, version 1: HMAC-SHA256 of id, seconds since 1970 and body, with dots between them."""
    signed = f"{delivery}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(secret.encode(), signed, hashlib.sha256)).decode()


def delay_ms(failures: int, chance: float) -> int:
    """How long to wait after so many failures in a row: doubled each time, then cut by up to a half.

    `chance` is between 0 and 1; it keeps those who fail together from coming back together.
    """
    longest = min(FIRST_DELAY_MS << min(failures - 1, 20), LONGEST_DELAY_MS)
    return max(FIRST_DELAY_MS, round(longest * (1 - chance / 2)))


def state_after(outcome: Outcome, attempts: int, age_ms: int) -> DeliveryState:
    """Of a delivery that was tried so often and has waited so long."""
    if outcome.delivered:
        return "DELIVERED"
    given_up = age_ms >= GIVE_UP_MS or (outcome.refused and attempts >= REFUSED_ATTEMPTS)
    return "DEAD" if given_up else "PENDING"
